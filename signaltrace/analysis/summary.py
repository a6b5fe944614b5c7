"""The whole trace in a few numbers, stage *analysis*: what the closing lines of every view say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from signaltrace.analysis.callbacks import callback_routes
from signaltrace.analysis.matching import matches
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import ends_of_senders, has_failed, intervals_of, is_orphaned, union_of_calls
from signaltrace.intervals import GrowingUnion
from signaltrace.rows import Call, is_continuation
from signaltrace.trace import SenderInfo, SignalInfo, Trace


@dataclass(frozen=True, slots=True)
class Orphaned:
    """Dispatches of one signal from one sender that no receiver heard."""

    signal: SignalInfo
    sender: SenderInfo
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals of a trace, dropped spans included. Times in ns.

    ``callbacks`` of on_commit are no dispatches and no receiver calls. ``inside_ns`` is the time in
    which at least one receiver was running. ``errors`` counts what went wrong once, however many
    receivers and dispatches it came through on its way out.
    """

    wall_ns: int
    dispatches: int
    calls: int
    errors: int
    inside_ns: int
    kept_dispatches: int
    kept_calls: int
    orphaned: tuple[Orphaned, ...]
    callbacks: int = 0

    @property
    def share(self) -> float:
        """The part of the recorded wall time spent in receivers, 0 to 1."""
        return min(self.inside_ns / self.wall_ns, 1.0) if self.wall_ns > 0 else 0.0


def summarise(trace: Trace) -> Summary:
    """The totals of a trace. Dispatches nobody heard count under ``orphaned`` alone."""
    dispatches = calls = errors = callbacks = 0
    of_callbacks = callback_routes(trace)
    alone: dict[int, int] = {}
    late = trace.late_calls
    for row in trace.rows():
        extra = row[9]
        if extra is not None and is_continuation(row):
            calls += len(row[7]) // 3
        elif not row[7] and is_orphaned(row) and row[0] not in late:
            alone[row[2]] = alone.get(row[2], 0) + 1
        else:
            if row[2] in of_callbacks:
                callbacks += 1
            else:
                dispatches += 1
                calls += len(row[7]) // 3
            if extra is not None and ("outcomes" in extra or row[0] in late):
                errors += sum(has_failed(call) and not raised_below(trace, call) for call in trace.calls(row))
    lost = trace.tally.receivers.values()
    ran = sum(trace.tally.routes.get(route, 0) for route in of_callbacks)
    return Summary(
        trace.wall_ns,
        dispatches + sum(trace.tally.routes.values()) - ran,
        calls + trace.tally.calls() - ran,
        errors + sum(totals.errors for totals in lost),
        _inside(trace),
        dispatches,
        calls,
        orphaned_dispatches(trace, alone),
        callbacks + ran,
    )


def raised_below(trace: Trace, call: Call) -> bool:
    """Whether a failed call only passed on what a dispatch it sent had raised."""
    if call.error is None:
        return False
    wanted = list(call.error[:2])
    return any(
        row[9] is not None and row[9].get("error") and list(row[9]["error"][:2]) == wanted
        for row in trace.rows_by_parent.get(call.id, ())
    )


def orphaned_dispatches(trace: Trace, as_spans: dict[int, int]) -> tuple[Orphaned, ...]:
    """Dispatches nobody heard, the user's own signals first, then the most frequent; recorded as
    spans or only counted, never both."""
    counts = {(signal, sender): count for signal, sender, count in trace.orphaned}
    spans: dict[tuple[int, int], int] = {}
    for route, count in as_spans.items():
        _, signal, sender = trace.routes[route]
        spans[signal, sender] = spans.get((signal, sender), 0) + count
    for key, count in spans.items():
        counts[key] = max(count, counts.get(key, 0))
    found = [
        Orphaned(trace.signals[signal], trace.senders[sender], n) for (signal, sender), n in counts.items()
    ]
    return tuple(
        sorted(
            found,
            key=lambda each: (not each.signal.mine, -each.count, each.signal.name, each.sender.name),
        )
    )


def orphaned_matching(orphaned: Sequence[Orphaned], selection: Selection) -> tuple[Orphaned, ...]:
    """Those a selection asks for; none when it asks for receivers or errors, for there are neither."""
    if selection.receivers or selection.errors:
        return ()
    return tuple(
        each
        for each in orphaned
        if matches(selection.signals, each.signal.name)
        and matches(selection.senders, each.sender.name)
        and any(matches(selection.apps, app) for app in (each.signal.app, each.sender.app))
    )


def _inside(trace: Trace) -> int:
    """Time in receivers: that of the outermost calls, and of what outlived the call that sent it."""
    outermost = list(trace.rows_by_parent.get(0, ()))
    roots = len(outermost)
    ends = ends_of_senders(trace)
    for parent, rows in trace.rows_by_parent.items():
        if parent:
            end, late = ends[parent], trace.late_calls
            outermost += [row for row in rows if row[5] + row[6] > end or row[0] in late]
    if len(outermost) > roots:
        outermost.sort(key=itemgetter(5))
    kept = union_of_calls(trace, outermost)
    lost = trace.tally.inside.chunks()
    if not lost:
        return kept
    if all(end <= outermost[0][5] for _, end, _ in lost) if outermost else True:
        return kept + sum(covered for _, _, covered in lost)
    union = GrowingUnion(lost)
    for row in outermost:
        for start, end in intervals_of(trace, row):
            union.add(start, end)
    return union.total()
