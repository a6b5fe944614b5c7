"""One run of a program: its objects by number, what it saw of them, and its log."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from contextvars import ContextVar
from itertools import count
from typing import Any

from tests.capture.kinds import Failure, Grave
from tests.capture.observing import Notes, described, stack_depth
from tests.random_programs.log import Call, Sent, Strand, type_name
from tests.random_programs.making import SIGNALS, Sender, Thing, lasting, make, number_of
from tests.random_programs.programs import ASYNC_KINDS, Connect, Disconnect, Program, Send
from tests.random_programs.turns import Turns

MAX_DEPTH = 3
MAX_SENT = 40
PATH: ContextVar[str] = ContextVar("path", default="nowhere")
Entry = tuple[Any, str, int, "weakref.ref[Any]"]


class World:
    """What a program is made of, in one run. ``call`` and ``acall`` are what receivers do when called."""

    def __init__(self, program: Program, notes: Notes) -> None:
        self.program = program
        self.notes = notes
        self.turns = Turns()
        self.log: list[Sent] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.signals = [SIGNALS[kind](use_caching=caching) for kind, caching in program.signals]
        self.senders = {"none": None, "class": Sender, "instance": Sender(), "text": "a text"}
        self.receivers: list[Any] = [None] * len(program.receivers)
        self.call: Any = None
        self.acall: Any = None
        self._connected: list[list[Entry]] = [[] for _ in self.signals]
        self._watched: list[tuple[str, weakref.ref[Any]]] = []
        self._spoiled = False
        self._made = count()
        self._keys = [-1] * len(program.receivers)

    # -- receivers -----------------------------------------------------------------------------

    def is_async(self, number: int) -> bool:
        """Whether Django awaits a receiver."""
        return self.program.receivers[number].kind in ASYNC_KINDS

    def connect(self, step: Connect) -> None:
        """Connect, making the receiver if there is none."""
        number = step.receiver
        if self.receivers[number] is None:
            made = make(self.program.receivers[number].kind, number, self.call, self.acall)
            self.receivers[number] = made
            self._keys[number] = next(self._made)
            self.watch(f"receiver {number}", lasting(made))
        receiver, sender = self.receivers[number], self.senders[step.sender]
        self.signals[step.signal].connect(receiver, sender=sender, weak=step.weak, dispatch_uid=step.uid)
        entries = self._live(step.signal)
        key = step.uid or self._keys[number]
        if all(entry[:2] != (key, step.sender) for entry in entries):
            entries.append((key, step.sender, number, weakref.ref(lasting(receiver))))

    def disconnect(self, step: Disconnect) -> Any:
        """Disconnect; what Django said."""
        receiver, sender = self.receivers[step.receiver], self.senders[step.sender]
        key = step.uid or (None if receiver is None else self._keys[step.receiver])
        entries = self._live(step.signal)
        entries[:] = [entry for entry in entries if entry[:2] != (key, step.sender)]
        return self.signals[step.signal].disconnect(receiver, sender=sender, dispatch_uid=step.uid)

    def drop(self, number: int) -> Any:
        """Forget a receiver; whether it lives on."""
        if self.receivers[number] is None:
            return None
        target = weakref.ref(lasting(self.receivers[number]))
        self.receivers[number] = None
        gc.collect()
        return target() is not None

    def _live(self, signal: int) -> list[Entry]:
        entries = self._connected[signal]
        entries[:] = [entry for entry in entries if entry[3]() is not None]
        return entries

    def expected(self, step: Send) -> list[int]:
        """The receivers that a dispatch has to call, in order: sync ones come first."""
        senders = ("none", self.sender_of(step))
        found = [entry[2] for entry in self._live(step.signal) if entry[1] in senders]
        return sorted(found, key=self.is_async)

    # -- dispatches ----------------------------------------------------------------------------

    def sender_of(self, step: Any) -> str:
        """The sender of a step. A caching signal takes only what can be referenced weakly."""
        if not self.program.signals[step.signal][1]:
            return str(step.sender)
        return {"none": "class", "text": "instance"}.get(step.sender, step.sender)

    def sending(self, strand: Strand, step: Send, method: str) -> Sent | None:
        """A dispatch begins; None where the program has had enough of them."""
        if strand.depth >= MAX_DEPTH or len(self.log) >= MAX_SENT:
            return None
        task = current_task()
        sent = Sent(
            number=len(self.log),
            step=step,
            sender=self.sender_of(step),
            method=method + "_robust" * step.robust,
            strand=strand,
            expected=self.expected(step),
            thread=threading.current_thread().name,
            task=None if task is None else task.get_name(),
            awaited_by=None if task is None else weakref.ref(task),
        )
        self.log.append(sent)
        return sent

    def keywords(self, sent: Sent) -> dict[str, Any]:
        """What a dispatch is sent, with an object of its own to see when it dies."""
        instance = Thing()
        self.watch(f"instance {sent.number}", instance)
        return {"number": sent.number, "instance": instance, "tags": ["a", "b"]}

    def returned(self, sent: Sent, responses: Any) -> None:
        """A dispatch returned."""
        pairs = [(number_of(receiver), self.notes.name(value)) for receiver, value in responses]
        self.notes.add(sent.strand.path, "returned", sent.number, type(responses).__name__, pairs)

    def raised(self, sent: Sent, error: BaseException) -> None:
        """A dispatch raised."""
        sent.error = type_name(error)
        if type(error) in (Failure, Grave):
            self.watch(f"error of {sent.number}", error)
        self.notes.add(sent.strand.path, "raised", sent.number, comparable(described(error, self.notes)))

    # -- receiver calls ------------------------------------------------------------------------

    def enter(self, number: int, kwargs: dict[str, Any]) -> Strand:
        """A receiver was called; the strand inside it."""
        sent = self.log[kwargs["number"]]
        places = [at for at, each in enumerate(sent.expected) if each == number]
        before = sum(each.receiver == number for each in sent.calls)
        position = places[before] if before < len(places) else -1
        is_async = self.is_async(number)
        call = Call(sent, number, position, threading.current_thread().name, is_async)
        sent.calls.append(call)
        strand = sent.strand.called(call, sent.strand.depth + 1)
        depth = None if sent.depth is None or is_async else stack_depth() - sent.depth
        raised = type(sys.exc_info()[1]).__name__
        self.notes.add(strand.path, "called", number, self.context(), list(kwargs), raised, depth)
        PATH.set(strand.path)
        kwargs.clear()
        return strand

    def leave(self, call: Call, error: BaseException | None) -> None:
        """A receiver call ended."""
        call.outcome = "ok" if error is None else "raised"
        if error is not None:
            call.error = type_name(error)
            if call.sent.method.endswith("robust") and isinstance(error, Exception):
                call.outcome = "returned_error"
            # a task group cancels in no order, and so do contexts flow back from what was cancelled
            self._spoiled = self._spoiled or isinstance(error, asyncio.CancelledError)
        self.notes.add(f"{call.sent.number}/{call.position}", call.outcome, call.error, self.context())

    def contexts_raced(self) -> None:
        """A thread waited for a loop that goes on: asgiref wakes it before it hands the context back, so
        what the thread finds in its context from now on depends on who is quicker."""
        self._spoiled = True

    def context(self) -> str | None:
        """The receiver whose context this is, as a context variable has it."""
        return None if self._spoiled else PATH.get()

    # -- what lives ----------------------------------------------------------------------------

    def watch(self, name: str, target: Any) -> None:
        """See whether ``target`` outlives the program."""
        self._watched.append((name, weakref.ref(target)))

    def survivors(self) -> list[str]:
        """What has not died yet."""
        return [name for name, reference in self._watched if reference() is not None]


def comparable(error: Any) -> Any:
    """A description without what depends on the order in which a loop that ends cancels its tasks: a set has
    none, and who is cancelled first wakes others before their turn."""
    if error is None or isinstance(error, str):
        return error
    cancelled = error["type"] == "CancelledError" and not error["args"]
    return {
        **error,
        "traceback": None if cancelled else error["traceback"],
        "cause": comparable(error["cause"]),
        "context": comparable(error["context"]),
        "grouped": [comparable(each) for each in error["grouped"]],
    }


def current_task() -> asyncio.Task[Any] | None:
    """The running task, if a loop runs in this thread."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
