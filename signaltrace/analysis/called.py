"""Which receivers ran, which did not, which dispatches found none, stage *analysis*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signaltrace.analysis.forest import Rules
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import has_failed
from signaltrace.analysis.summary import Orphaned, orphaned_matching
from signaltrace.rows import Row
from signaltrace.trace import RAISED, ReceiverInfo, SenderInfo, SignalInfo, Trace


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
class Reach:
    """What was called, not called and orphaned, as far as a selection asks for it."""

    called: tuple[CalledReceiver, ...]
    not_called: tuple[NotCalledReceiver, ...]
    orphaned: tuple[Orphaned, ...]


class _Counts:
    """What one pass over the rows adds up."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.routes: dict[int, dict[int, int]] = {}
        self.errors: dict[int, int] = {}
        self.skipped: dict[int, dict[int, int]] = {}
        self.raised: dict[int, dict[int, None]] = {}

    def add(self, row: Row, rules: Rules, failed_only: bool) -> None:
        """Count one dispatch's receivers."""
        route = row[2]
        extra = row[9]
        if extra is None:
            if not failed_only:
                for receiver in row[7][::3]:
                    if rules.matches(route, receiver):
                        self._call(receiver, route)
            return
        raisers = []
        for call in self.trace.calls(row) if "late" not in extra else ():
            if call.outcome == RAISED:
                raisers.append(call.receiver)
            if rules.matches(route, call.receiver) and (has_failed(call) or not failed_only):
                self._call(call.receiver, route)
                self.errors[call.receiver] = self.errors.get(call.receiver, 0) + has_failed(call)
        for receiver in extra.get("not_called", ()):
            if rules.matches(route, receiver):
                occasions = self.skipped.setdefault(receiver, {})
                occasions[route] = occasions.get(route, 0) + 1
                self.raised.setdefault(receiver, {}).update(dict.fromkeys(raisers))

    def _call(self, receiver: int, route: int) -> None:
        occasions = self.routes.setdefault(receiver, {})
        occasions[route] = occasions.get(route, 0) + 1

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


def reach(trace: Trace, selection: Selection, orphaned: Sequence[Orphaned]) -> Reach:
    """Called, not called, and those of ``orphaned`` asked for (see Summary).

    Receivers of dropped spans are called ones, on unknown occasions.
    """
    rules = Rules(trace, selection)
    counts = _Counts(trace)
    for row in trace.rows():
        if rules.routes[row[2]]:
            counts.add(row, rules, selection.errors)
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
        tuple(sorted(called, key=lambda each: (-each.count, each.receiver.name))),
        tuple(sorted(not_called, key=lambda each: (-each.count, each.receiver.name))),
        orphaned_matching(orphaned, selection),
    )
