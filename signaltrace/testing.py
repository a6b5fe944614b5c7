"""What tests use, ours and the users': assertions, a clock to set by hand, and traces built from a sketch.

::

    with assert_sent(order_paid, sender=Order, times=1, order=order):
        order.pay()

    trace = build_trace(
        sent("django.db.models.signals.post_save", "shop.Order", at=0, arguments={"created": True})(
            called("shop.receivers.notify", 5_000, error=ErrorInfo("ValueError", "no mail")),
        ),
    )
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from signaltrace.rows import STEP, Row, pack
from signaltrace.trace import CallSite, ErrorInfo, ReceiverInfo, SenderInfo, SignalInfo, Trace

if TYPE_CHECKING:
    from signaltrace.asserting.contexts import (
        assert_called,
        assert_max_queries,
        assert_not_called,
        assert_not_sent,
        assert_order,
        assert_sent,
        observe,
    )
    from signaltrace.asserting.observed import Observed

__all__ = [
    "Called",
    "FakeClock",
    "Observed",
    "Sent",
    "assert_called",
    "assert_max_queries",
    "assert_not_called",
    "assert_not_sent",
    "assert_order",
    "assert_sent",
    "build_trace",
    "called",
    "observe",
    "sent",
]


def __getattr__(name: str) -> Any:
    # Assertions need Django; the clock and the sketches do not.
    if name in __all__:
        home = import_module(f"signaltrace.asserting.{'observed' if name == 'Observed' else 'contexts'}")
        return getattr(home, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class FakeClock:
    """A clock in integer nanoseconds that moves only when told, or ``step`` at each reading."""

    def __init__(self, now: int = 0, step: int = 0) -> None:
        self.now = now
        self.step = step

    def __call__(self) -> int:
        """The time now, in nanoseconds; moves on by ``step`` afterwards."""
        now = self.now
        self.now += self.step
        return now

    def advance(self, nanoseconds: int) -> None:
        """Let time pass."""
        self.now += nanoseconds


@dataclass
class Called:
    """A receiver call of a sketch: its own time in ns, then the dispatches it sends, in sequence."""

    receiver: str
    own_ns: int
    children: list[Sent] = field(default_factory=list)
    error: ErrorInfo | None = None
    outcome: str = "ok"
    busy_ns: int | None = None
    file: str | None = None
    line: int | None = None
    app: str = ""
    mine: bool = True
    is_async: bool = False

    def __call__(self, *children: Sent) -> Called:
        """The same call with these dispatches inside it."""
        self.children = [*self.children, *children]
        return self


@dataclass
class Sent:
    """A dispatch of a sketch."""

    signal: str
    sender: str = "any sender"
    at: int | None = None
    method: str = "send"
    arguments: dict[str, Any] = field(default_factory=dict)
    site: CallSite | None = None
    not_called: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    thread: str = "MainThread"
    task: str | None = None
    opaque: bool = False
    calls: list[Called] = field(default_factory=list)

    def __call__(self, *calls: Called) -> Sent:
        """The same dispatch with these receiver calls."""
        self.calls = [*self.calls, *calls]
        return self


def called(receiver: str, own_ns: int = 0, **facts: Any) -> Called:
    """A receiver call that takes ``own_ns`` besides what it sends. ``facts``: fields of Called."""
    return Called(receiver, own_ns, **facts)


def sent(signal: str, sender: str = "any sender", **facts: Any) -> Sent:
    """A dispatch; ``at`` is its start in ns (default: when the one before ended)."""
    return Sent(signal, sender, **facts)


def build_trace(*roots: Sent, wall_ns: int | None = None, **facts: Any) -> Trace:
    """A Trace from a sketch. ``facts`` are fields of Trace; ``wall_ns`` defaults to the last end."""
    builder = _Builder()
    now = 0
    for root in roots:
        now = builder.dispatch(root, 0, now if root.at is None else root.at)
    trace = builder.trace
    trace.blocks = [pack(builder.rows)]
    trace.wall_ns = now if wall_ns is None else wall_ns
    trace.started_at = "2026-01-02T03:04:05+00:00"
    trace.versions = {"signaltrace": "0.1.0", "django": "6.0", "python": "3.12.0"}
    trace.argv = ["manage.py", "checkout"]
    for name, value in facts.items():
        setattr(trace, name, value)
    return trace


class _Builder:
    def __init__(self) -> None:
        self.trace = Trace()
        self.rows: list[Row] = []
        self._next = STEP

    def _index(self, table: list[Any], entry: Any) -> int:
        if entry not in table:
            table.append(entry)
        return table.index(entry)

    def receiver(self, call: Called) -> int:
        """The index of a sketch's receiver in the trace's table."""
        app = call.app or call.receiver.split(".", maxsplit=1)[0]
        info = ReceiverInfo(call.receiver, call.file, call.line, app, call.mine, call.is_async)
        return self._index(self.trace.receivers, info)

    def route(self, sent: Sent) -> int:
        """The index of a sketch's (method, signal, sender)."""
        mine = not sent.signal.startswith("django.")
        app = sent.signal.rsplit(".", 1)[0] if not mine else sent.signal.split(".", maxsplit=1)[0]
        signal = self._index(self.trace.signals, SignalInfo(sent.signal, app, mine))
        sender = self._index(self.trace.senders, SenderInfo(sent.sender, sent.sender.split(".")[0]))
        return self._index(self.trace.routes, (sent.method, signal, sender))

    def dispatch(self, sent: Sent, parent: int, start: int) -> int:
        """Add a dispatch and all below it; gives the time it ends."""
        number, self._next = self._next, self._next + STEP
        now = start
        calls: list[int] = []
        extra: dict[str, Any] = {}
        for position, call in enumerate(sent.calls):
            began = now
            now += call.own_ns
            for child in call.children:
                now = self.dispatch(child, number + 1 + position, now if child.at is None else child.at)
            calls += [self.receiver(call), began - start, now - began]
            outcome = call.outcome if call.outcome != "ok" or call.error is None else "raised"
            if outcome != "ok":
                error = call.error
                fields = [error.type, error.message, error.file, error.line] if error else None
                extra.setdefault("outcomes", []).append([position, outcome, fields])
                if outcome == "raised":
                    extra["error"] = fields
            if call.busy_ns is not None:
                extra.setdefault("busy", []).append([position, call.busy_ns])
        if sent.not_called:
            extra["not_called"] = [self.receiver(Called(name, 0)) for name in sent.not_called]
        if sent.muted:
            extra["muted"] = [self.receiver(Called(name, 0)) for name in sent.muted]
        if sent.task:
            extra["task"] = sent.task
        if sent.opaque:
            extra["opaque"] = True
        flat = [each for pair in sent.arguments.items() for each in pair]
        site = self._index(self.trace.sites, sent.site)
        thread = self._index(self.trace.threads, sent.thread)
        self.rows.append(
            (
                number,
                parent,
                self.route(sent),
                site,
                thread,
                start,
                now - start,
                tuple(calls),
                tuple(flat) or None,
                extra or None,
            )
        )
        return now
