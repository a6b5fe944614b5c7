"""The log a program keeps of its own dispatches: plain objects, told by the program itself.

It owes nothing to signaltrace or to context variables: a dispatch carries its number in its keywords,
a receiver call knows the dispatch it got, a dispatch the call that sends it.
"""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.random_programs.programs import Send


@dataclass(eq=False)
class Call:
    """One receiver call; ``position`` is its place in the order of the dispatch."""

    sent: Sent
    receiver: int
    position: int
    thread: str
    is_async: bool
    outcome: str = "open"
    error: str | None = None


@dataclass(eq=False)
class Sent:
    """One dispatch; ``expected`` are the receivers it has to call, in order; ``begun`` says that the
    method ran; ``depth`` is its stack depth where that can be compared; ``waiting`` are calls that wait
    for the other async ones to end."""

    number: int
    step: Send
    sender: str
    method: str
    strand: Strand
    expected: list[int]
    thread: str
    task: str | None
    begun: bool = False
    depth: int | None = None
    calls: list[Call] = field(default_factory=list)
    error: str | None = None
    awaited_by: weakref.ref[asyncio.Task[Any]] | None = None
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    ended: int = 0


@dataclass(eq=False)
class Strand:
    """Where steps run: in sync or async code of some thread or task, inside the call ``parent``.

    ``hopped``: sync code in a thread that a running loop waits for. ``shared``: async code in a loop that
    goes on after it. ``awaiting``: the task that awaits the dispatch this is called by.
    """

    path: str
    parent: Call | None = None
    origin: Sent | None = None
    depth: int = 0
    is_async: bool = False
    hopped: bool = False
    shared: bool = False
    awaiting: weakref.ref[asyncio.Task[Any]] | None = None
    children: count[int] = field(default_factory=count)

    def within(self, sent: Sent) -> bool:
        """Whether this is part of that dispatch."""
        origin = self.origin
        while origin is not None and origin is not sent:
            origin = origin.strand.origin
        return origin is not None

    def child(self, *, context: bool = True, thread: bool = False) -> Strand:
        """A task or thread begun here; without the context its dispatches have no parent."""
        path = f"{self.path}.{next(self.children)}"
        parent = self.parent if context else None
        hopped = self.hopped and not thread
        is_async = self.is_async and not thread
        return Strand(path, parent, self.origin, self.depth, is_async, hopped, self.shared)

    def called(self, call: Call, depth: int) -> Strand:
        """The inside of a receiver call; ``self`` sent the dispatch."""
        sent = call.sent
        strand = Strand(f"{sent.number}/{call.position}", call, sent, depth, call.is_async)
        crosses = sent.step.way == "hop"
        if call.is_async:
            awaited = self.is_async and not crosses
            strand.shared = self.shared if awaited else crosses or self.hopped
            strand.awaiting = sent.awaited_by if awaited else None
        else:
            strand.hopped = self.hopped or sent.method.startswith("asend") or crosses
        return strand


def type_name(error: BaseException) -> str:
    """The type of an exception as a trace names it."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
