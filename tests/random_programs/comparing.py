"""Two trees to compare: what a program's log says happened, and what a trace says."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest.mock import ANY

from signaltrace.trace import DISPATCH, SignalInfo, Span, Trace
from tests.random_programs import making, shelf
from tests.random_programs.log import Call, Sent
from tests.random_programs.making import FIRST_LINE, NAMELESS
from tests.random_programs.world import World

SENDER_NAMES = {
    "none": "any sender",
    "class": f"{making.__name__}.Sender",
    "instance": f"instance of {making.__name__}.Sender",
    "text": "a text",
}


def shelve(world: World, run: int) -> None:
    """Give the signals of a run names, for as long as the shelf is not cleared."""
    for number, signal in enumerate(world.signals):
        setattr(shelf, f"signal_{run}_{number}", signal)


def clear_shelf() -> None:
    """Take all signals off."""
    for name in [each for each in vars(shelf) if each.startswith("signal_")]:
        delattr(shelf, name)


def signal_name(run: int, number: int) -> str:
    """The name of a shelved signal."""
    return f"{shelf.__name__}.signal_{run}_{number}"


class ShelfNames:
    """Names signals by the shelf alone: a search of all loaded modules would take longer than a program."""

    def refresh(self) -> None:
        """Nothing is kept that could be out of date."""

    def name(self, signal: Any) -> SignalInfo:
        """The name on the shelf."""
        found = [name for name, value in vars(shelf).items() if value is signal]
        return SignalInfo(f"{shelf.__name__}.{found[0]}" if found else "(a signal)")


# -- the log ---------------------------------------------------------------------------------------


class Told:
    """The log of one run as trees."""

    def __init__(self, world: World, run: int, orphaned: bool) -> None:
        self.world = world
        self.run = run
        self.orphaned = orphaned
        # of what nobody hears only what Django's own methods saw through to the end is counted
        self.sent = [
            each
            for each in world.log
            if each.begun and (each.expected or not (self.loops(each) or each.error is not None))
        ]

    def loops(self, sent: Sent) -> bool:
        """Whether a signal's own loop dispatched it."""
        return self.world.program.signals[sent.step.signal][0] == "loops itself" and sent.method == "send"

    def orphans(self) -> Counter[tuple[str, str]]:
        """How many dispatches nobody heard, by signal and sender."""
        return Counter(
            (signal_name(self.run, each.step.signal), SENDER_NAMES[each.sender])
            for each in self.sent
            if not each.expected
        )

    def below(self, call: Call | None) -> list[Any]:
        """The dispatches sent inside a call, or outside of all of them, in their order."""
        return [
            self.dispatch(each)
            for each in self.sent
            if each.strand.parent is call and (each.expected or self.orphaned)
        ]

    def dispatch(self, sent: Sent) -> dict[str, Any]:
        """One dispatch with its calls, by position."""
        opaque = self.loops(sent)
        # asgiref decides where a hop goes to: only what runs there can tell
        thread, task = (ANY, ANY) if sent.step.way == "hop" else (sent.thread, sent.task)
        reached = {each.position for each in sent.calls}
        missing = [number for at, number in enumerate(sent.expected) if at not in reached]
        calls = [self.call(each, opaque) for each in sorted(sent.calls, key=lambda each: each.position)]
        if opaque:  # async receivers went to code that may have called them or not
            later = [number for number in sent.expected if self.world.is_async(number)]
            calls += [
                {"receiver": each, "outcome": "unknown", "error": None, "thread": thread, "inside": []}
                for each in later
            ]
        failed = sent.error is not None and not opaque
        return {
            "signal": signal_name(self.run, sent.step.signal),
            "sender": SENDER_NAMES[sent.sender],
            "method": sent.method,
            "outcome": "raised" if failed else "ok",
            "error": sent.error if failed else None,
            "thread": thread,
            "task": task,
            "opaque": opaque,
            "not called": missing if failed else [],
            "calls": calls,
        }

    def call(self, call: Call, opaque: bool) -> dict[str, Any]:
        """One call with what was sent inside it."""
        nameless = self.world.program.receivers[call.receiver].kind in NAMELESS
        outcome: Any = call.outcome
        error: Any = call.error
        if opaque and error:  # who raised can't be seen from outside such a loop
            outcome, error = "unknown", None
        elif outcome == "returned_error" and nameless:  # Django then raises an error of its own
            outcome, error = ANY, ANY
        return {
            "receiver": call.receiver,
            "outcome": outcome,
            "error": error,
            "thread": call.thread,
            "inside": self.below(call),
        }


# -- the trace -------------------------------------------------------------------------------------


def recorded(trace: Trace) -> list[Any]:
    """The same trees from a trace."""
    roots: list[Any] = []
    path: list[list[Any]] = [roots]
    for depth, span in trace.walk():
        assert 0 <= span.start_ns <= span.end_ns
        assert span.duration_ns >= 0
        entry = _dispatch(span) if span.kind == DISPATCH else _call(span)
        del path[depth + 1 :]
        path[depth].append(entry)
        path.append(entry["calls" if span.kind == DISPATCH else "inside"])
    return roots


def _dispatch(span: Span) -> dict[str, Any]:
    return {
        "signal": span.signal.name,
        "sender": span.sender.name,
        "method": span.method,
        "outcome": span.outcome,
        "error": span.error and span.error.type,
        "thread": span.thread,
        "task": span.task,
        "opaque": span.opaque,
        "not called": [_number(each) for each in span.not_called],
        "calls": [],
    }


def _call(span: Span) -> dict[str, Any]:
    return {
        "receiver": _number(span.receiver),
        "outcome": span.outcome,
        "error": span.error and span.error.type,
        "thread": span.thread,
        "inside": [],
    }


def by_number(trees: list[Any]) -> dict[int, Any]:
    """Trees with their lists as dicts: what is missing is then told by its place."""
    return {
        at: {key: by_number(value) if key in ("calls", "inside") else value for key, value in entry.items()}
        for at, entry in enumerate(trees)
    }


def _number(receiver: Any) -> Any:
    return receiver.name if receiver.line is None else receiver.line - FIRST_LINE


def orphans_recorded(trace: Trace) -> Counter[tuple[str, str]]:
    """Dispatches nobody heard, as the trace counts them."""
    counts: Counter[tuple[str, str]] = Counter()
    for signal, sender, count in trace.orphaned:
        counts[trace.signals[signal].name, trace.senders[sender].name] += count
    return counts
