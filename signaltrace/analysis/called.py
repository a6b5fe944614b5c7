"""Which receivers ran, which did not, which dispatches found none, stage *analysis*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from signaltrace.analysis.forest import Rules
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import has_failed, went_well
from signaltrace.analysis.summary import Orphaned, orphaned_matching
from signaltrace.rows import Row
from signaltrace.trace import RAISED, ReceiverInfo, SenderInfo, SignalInfo, Trace

# Kinds of dispatches told apart while counting: in a trace of as many kinds as dispatches, no more memory.
_MOST_KINDS = 10_000


@dataclass(frozen=True, slots=True)
class Occasion:
    """A signal and a sender, and how often."""

    signal: SignalInfo
    sender: SenderInfo
    count: int


@dataclass(frozen=True, slots=True)
class CalledReceiver:
    """A receiver that ran: how often, how often it failed, and on which occasions (not of dropped spans)."""

    receiver: ReceiverInfo
    count: int
    errors: int
    occasions: tuple[Occasion, ...]


@dataclass(frozen=True, slots=True)
class NotCalledReceiver:
    """A receiver that was passed over, and the receivers that raised before its turn came."""

    receiver: ReceiverInfo
    count: int
    raised: tuple[ReceiverInfo, ...]
    occasions: tuple[Occasion, ...]


@dataclass(frozen=True, slots=True)
class MutedReceiver:
    """A receiver that was muted: how often, and on which occasions (not of dropped spans)."""

    receiver: ReceiverInfo
    count: int
    occasions: tuple[Occasion, ...]


Counted = TypeVar("Counted", CalledReceiver, NotCalledReceiver, MutedReceiver)


@dataclass(frozen=True, slots=True)
class Reach:
    """What was called, not called, muted and orphaned, as far as a selection asks for it."""

    called: tuple[CalledReceiver, ...]
    not_called: tuple[NotCalledReceiver, ...]
    muted: tuple[MutedReceiver, ...]
    orphaned: tuple[Orphaned, ...]


class _Counts:
    """What one pass over the rows adds up."""

    def __init__(self, trace: Trace, rules: Rules, failed_only: bool) -> None:
        self.trace = trace
        self.rules = rules
        self.failed_only = failed_only
        self.routes: dict[int, dict[int, int]] = {}
        self.errors: dict[int, int] = {}
        self.skipped: dict[int, dict[int, int]] = {}
        self.raised: dict[int, dict[int, None]] = {}
        self.muted: dict[int, dict[int, int]] = {}

    def add_all(self) -> None:
        """Count the receivers of every dispatch; those that went well by the kind, not one by one."""
        named = self.rules.routes
        usual: dict[tuple[int, Sequence[int]], int] = {}
        for row in self.trace.rows():
            if not named[row[2]]:
                continue
            if well := went_well(self.trace, row):
                key = (row[2], tuple(row[7][::3]))
                usual[key] = usual.get(key, 0) + 1
            if not well or len(usual) >= _MOST_KINDS:
                # in the order of the rows: what is equally frequent is listed as it came
                self._add_usual(usual)
                usual.clear()
            if not well:
                self._add(row, row[9] or {})
        self._add_usual(usual)

    def _add_usual(self, usual: dict[tuple[int, Sequence[int]], int]) -> None:
        for (route, receivers), times in usual.items() if not self.failed_only else ():
            for receiver in receivers:
                if self.rules.matches(route, receiver):
                    _add_to(self.routes, receiver, route, times)

    def _add(self, row: Row, extra: dict[str, Any]) -> None:
        """One dispatch that has more to tell."""
        route = row[2]
        raisers = []
        for call in self.trace.calls(row) if "late" not in extra else ():
            if call.outcome == RAISED:
                raisers.append(call.receiver)
            if self.rules.matches(route, call.receiver) and (has_failed(call) or not self.failed_only):
                _add_to(self.routes, call.receiver, route)
                self.errors[call.receiver] = self.errors.get(call.receiver, 0) + has_failed(call)
        for receiver in extra.get("not_called", ()):
            if self.rules.matches(route, receiver):
                _add_to(self.skipped, receiver, route)
                self.raised.setdefault(receiver, {}).update(dict.fromkeys(raisers))
        for receiver in extra.get("muted", ()) if not self.failed_only else ():
            if self.rules.matches(route, receiver):
                _add_to(self.muted, receiver, route)

    def occasions(self, routes: dict[int, int]) -> tuple[Occasion, ...]:
        """Counts per route as signals and senders, most frequent first; methods do not matter here."""
        trace = self.trace
        merged: dict[tuple[int, int], int] = {}
        for route, count in routes.items():
            key = trace.routes[route][1:]
            merged[key] = merged.get(key, 0) + count
        found = [
            Occasion(trace.signals[signal], trace.senders[sender], n)
            for (signal, sender), n in merged.items()
        ]
        return tuple(sorted(found, key=lambda each: (-each.count, each.signal.name, each.sender.name)))

    def muted_receivers(self) -> list[MutedReceiver]:
        """The receivers that were muted, in no order."""
        return [
            MutedReceiver(self.trace.receivers[index], sum(routes.values()), self.occasions(routes))
            for index, routes in self.muted.items()
        ]


def _add_to(counts: dict[int, dict[int, int]], receiver: int, route: int, times: int = 1) -> None:
    occasions = counts.setdefault(receiver, {})
    occasions[route] = occasions.get(route, 0) + times


def reach(trace: Trace, selection: Selection, orphaned: Sequence[Orphaned]) -> Reach:
    """Called, not called, muted, and those of ``orphaned`` asked for (see Summary).

    Receivers of dropped spans are called ones, on unknown occasions.
    """
    rules = Rules(trace, selection)
    counts = _Counts(trace, rules, selection.errors)
    counts.add_all()
    by_route = bool(selection.signals or selection.senders or selection.apps)
    lost = {
        index: totals
        for index, totals in trace.tally.receivers.items()
        if not by_route and rules.receivers[index] and (totals.errors or not selection.errors)
    }
    called = []
    for index in {**counts.routes, **lost}:
        routes = counts.routes.get(index, {})
        total = sum(routes.values())
        errors = counts.errors.get(index, 0)
        if index in lost:
            total += lost[index].calls
            errors += lost[index].errors
        called.append(CalledReceiver(trace.receivers[index], total, errors, counts.occasions(routes)))
    not_called = [
        NotCalledReceiver(
            trace.receivers[index],
            sum(routes.values()),
            tuple(trace.receivers[each] for each in counts.raised[index]),
            counts.occasions(routes),
        )
        for index, routes in counts.skipped.items()
    ]
    return Reach(
        _most_first(called),
        _most_first(not_called),
        _most_first(counts.muted_receivers()),
        orphaned_matching(orphaned, selection),
    )


def _most_first(found: list[Counted]) -> tuple[Counted, ...]:
    return tuple(sorted(found, key=lambda each: (-each.count, each.receiver.name)))
