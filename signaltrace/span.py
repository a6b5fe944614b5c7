"""The span, stage *trace*: one timed dispatch or receiver call, and what names it. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

DISPATCH = "dispatch"
RECEIVER = "receiver"
OK = "ok"
RAISED = "raised"
RETURNED_ERROR = "returned_error"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """A signal: its dotted name, the app that defines it, whether that is the user's own code."""

    name: str
    app: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """A sender: ``shop.Order`` for a model, a dotted name for a class, ``any sender`` for None."""

    name: str
    app: str = ""


@dataclass(frozen=True, slots=True)
class ReceiverInfo:
    """A receiver and where it is written. ``file`` and ``line`` are None for what has no source."""

    name: str
    file: str | None = None
    line: int | None = None
    app: str = ""
    mine: bool = False
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class CallSite:
    """The line of the caller outside Django that led to a dispatch."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An exception as text: dotted type, message, and the line that raised it where known."""

    type: str
    message: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure of signaltrace itself: where, what, how often. Never one of the traced program."""

    where: str
    message: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Span:
    """One timed dispatch or receiver call. Times are integer nanoseconds since the trace began.

    ``paused_ns`` is time in which signaltrace itself worked inside the span; ``duration_ns`` is
    without it. ``busy_ns`` is set for async receivers: the time they ran, not awaited. ``queries`` are
    those the receiver ran itself, ``sql_ns`` the time the database took for them. ``test`` and ``phase``
    are the node id and the phase of the test that ran, in the trace of a suite.
    """

    id: int
    parent_id: int | None
    kind: str
    signal: SignalInfo
    sender: SenderInfo
    receiver: ReceiverInfo | None
    method: str
    start_ns: int
    end_ns: int
    outcome: str = OK
    error: ErrorInfo | None = None
    busy_ns: int | None = None
    paused_ns: int = 0
    thread: str = ""
    task: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    call_site: CallSite | None = None
    not_called: tuple[ReceiverInfo, ...] = ()
    muted: tuple[ReceiverInfo, ...] = ()
    opaque: bool = False
    queries: int = 0
    sql_ns: int = 0
    test: str = ""
    phase: str = ""

    @property
    def duration_ns(self) -> int:
        """End less start, less the time signaltrace itself took in between."""
        return self.end_ns - self.start_ns - self.paused_ns

    @property
    def label(self) -> str:
        """The name of what was timed: the receiver's, or the signal's for a dispatch."""
        return self.receiver.name if self.receiver is not None else self.signal.name


def arguments_dict(flat: Iterable[Any] | None) -> dict[str, Any]:
    """A row's arguments as a dict. Values are atoms, or ``{"type": label[, "pk": pk | "len": n]}``."""
    if flat is None:
        return {}
    items = iter(flat)
    return {name: _value(value) for name, value in zip(items, items, strict=True)}


def _value(value: Any) -> Any:
    if not isinstance(value, (tuple, list)):
        return value
    described: dict[str, Any] = {"type": value[0]}
    if len(value) == 3:
        described[value[1]] = value[2]
    return described
