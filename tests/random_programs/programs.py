"""Programs as data: what Hypothesis builds, and running.py runs. Everything is referred to by number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

SENDERS = ("none", "class", "instance", "text")
"""What can send; the first stands for "any sender" where receivers are connected."""
SIGNAL_KINDS = ("plain", "calls super", "loops itself")
SYNC_KINDS = (
    "function", "method", "class method", "static method", "partial", "callable object", "lambda",
    "decorated",
)  # fmt: skip
ASYNC_KINDS = ("async function", "async method", "async partial", "marked")
ENDS = ("value", "exception as a value", "failure", "grave", "cancelled")
"""How a receiver ends: by a value, or by raising an Exception, a BaseException, a CancelledError."""


@dataclass(frozen=True)
class Send:
    """One dispatch. ``way`` is ``plain`` (``send`` in sync code, ``asend`` in async), ``hop`` (the other
    one, through asgiref) or ``direct`` (``send``, also while a loop runs in this very thread)."""

    signal: int
    sender: str = "none"
    robust: bool = False
    way: str = "plain"
    caught: bool = True


@dataclass(frozen=True)
class Connect:
    """Connect a receiver, made anew if it was dropped before."""

    signal: int
    receiver: int
    sender: str = "none"
    weak: bool = True
    uid: str | None = None


@dataclass(frozen=True)
class Disconnect:
    """Take a connection back, or try to."""

    signal: int
    receiver: int
    sender: str = "none"
    uid: str | None = None


@dataclass(frozen=True)
class Drop:
    """Forget a receiver: one that is connected weakly is called no more, once nobody runs it."""

    receiver: int


@dataclass(frozen=True)
class Look:
    """Ask a signal whether anybody listens, which is no dispatch."""

    signal: int
    sender: str = "none"


@dataclass(frozen=True)
class Thread:
    """Run steps in a thread and wait for it, in a copy of the context or in a fresh one."""

    body: tuple[Step, ...]
    copied: bool = True


@dataclass(frozen=True)
class Task:
    """Run steps in a task: ``now`` awaits it, ``later`` leaves it running, ``cancelled`` stops it at its
    first pause. Sync code runs the steps in place, in a copy of the context."""

    body: tuple[Step, ...]
    end: str = "now"


@dataclass(frozen=True)
class Pause:
    """Let the others run; nothing in sync code."""


@dataclass(frozen=True)
class Cancel:
    """Cancel the task that awaits the dispatch this receiver is called by, where there is one."""


Step: TypeAlias = Send | Connect | Disconnect | Drop | Look | Thread | Task | Pause | Cancel


@dataclass(frozen=True)
class Receiver:
    """A receiver: what it is, what it does, how it ends."""

    kind: str = "function"
    body: tuple[Step, ...] = ()
    end: str = "value"


@dataclass(frozen=True)
class Program:
    """A whole program. ``root`` is ``sync`` or ``asyncio``: where ``body`` runs."""

    signals: tuple[tuple[str, bool], ...]
    """Kind and ``use_caching`` of each."""
    receivers: tuple[Receiver, ...]
    connections: tuple[Connect, ...] = ()
    body: tuple[Step, ...] = field(default=())
    root: str = "sync"
