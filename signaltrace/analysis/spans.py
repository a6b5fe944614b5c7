"""Durations and self times of rows and calls, stage *analysis*: what was measured, turned into columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signaltrace.intervals import union_ns
from signaltrace.rows import Call, Row, calls_of, dispatch_of
from signaltrace.trace import RAISED, RETURNED_ERROR, Trace

FAILED = (RAISED, RETURNED_ERROR)
# What a row's ``extra`` can say of single calls.
_OF_CALLS = frozenset(("outcomes", "busy", "threads", "positions", "late"))
# What it can say where all calls returned, and before their dispatch did.
_USUAL = frozenset(("task", "busy", "threads"))
# What it can say where nothing ran.
_EMPTY = frozenset(("task", "muted"))
# What it says only where receivers were connected, called or not.
_HEARD = frozenset(("not_called", "muted", "error", "opaque"))


@dataclass(frozen=True, slots=True)
class Times:
    """What several spans took: how many, together, by themselves, the least and the most; in ns."""

    count: int
    total_ns: int
    self_ns: int
    min_ns: int
    max_ns: int
    busy_ns: int | None = None

    @property
    def mean_ns(self) -> int:
        """Time per span, rounded."""
        return round(self.total_ns / self.count)


def is_orphaned(row: Row) -> bool:
    """Whether a dispatch reached no receiver at all, for want of any: not because it failed early, or
    because all of them were muted."""
    extra = row[9]
    if row[7]:
        return False
    return extra is None or extra.keys().isdisjoint(_HEARD)


def is_empty(row: Row) -> bool:
    """Whether nothing ran in a dispatch: it was orphaned, or all its receivers were muted."""
    return not row[7] and (row[9] is None or row[9].keys() <= _EMPTY)


def has_failed(call: Call) -> bool:
    """Whether a receiver raised, be it that ``send_robust`` caught it."""
    return call.outcome in FAILED


def call_times(trace: Trace, call: Call) -> tuple[int, int]:
    """Duration and self time of a receiver call: less the union of the dispatches it sent."""
    return span_times(trace, call.id, call.start_ns, call.duration_ns)


def span_times(trace: Trace, span: int, start: int, took: int) -> tuple[int, int]:
    """Duration and self time of the receiver call with this id, start and measured time."""
    pauses = trace.pauses
    duration = took - pauses.get(span, 0) if pauses else took
    below = trace.rows_by_parent.get(span)
    if not below:
        return duration, duration
    end = start + took
    if len(below) == 1 and below[0][5] + below[0][6] <= end:
        covered = below[0][6]
    else:
        covered = _clipped(((row[5], row[5] + row[6]) for row in below), start, end)
    # a callback of on_commit, say, comes when the call is over
    paused = sum(pauses.get(row[0], 0) for row in below if row[5] <= end) if pauses else 0
    return duration, max(duration - covered + paused, 0)


def is_even(trace: Trace, row: Row) -> bool:
    """Whether all calls of a dispatch are told by its ``calls`` alone: the bulk of any trace."""
    extra = row[9]
    if extra is None:
        return not trace.late_calls or row[0] not in trace.late_calls
    return extra.keys().isdisjoint(_OF_CALLS) and row[0] not in trace.late_calls


def went_well(trace: Trace, row: Row) -> bool:
    """Whether all receivers of a dispatch were called in order and returned, as nearly always."""
    extra = row[9]
    return (extra is None or extra.keys() <= _USUAL) and row[0] not in trace.late_calls


def dispatch_times(trace: Trace, row: Row) -> tuple[int, int]:
    """Duration and self time of a dispatch: less the union of its receiver calls."""
    pauses = trace.pauses
    duration = row[6] - pauses.get(row[0], 0) if pauses else row[6]
    if row[9] is None:  # one after the other: only async calls, which leave a mark, overlap
        covered = sum(row[7][2::3])
        paused = _call_pauses(pauses, row) if pauses else 0
        return duration, max(duration - covered + paused, 0)
    covered = _clipped(intervals_of(trace, row), row[5], row[5] + row[6])
    paused = sum(pauses.get(call.id, 0) for call in trace.calls(row)) if pauses else 0
    return duration, max(duration - covered + paused, 0)


def times_of_calls(trace: Trace, calls: Iterable[Call]) -> Times:
    """The times of receiver calls together; ``busy_ns`` is set where any of them is async."""
    times = []
    busy = None
    for call in calls:
        times.append(call_times(trace, call))
        if call.busy_ns is not None:
            busy = (busy or 0) + call.busy_ns
    return _together([each for each, _ in times], sum(own for _, own in times), busy)


def times_at(trace: Trace, rows: Sequence[Row], positions: Sequence[int], sent: bool) -> Times:
    """The times of the calls at these positions of even rows; ``sent``: whether they sent anything."""
    if not sent and not trace.pauses:
        durations = [row[7][3 * at + 2] for at in positions for row in rows]
        return _together(durations, sum(durations))
    times = [
        span_times(trace, row[0] + 1 + at, row[5] + row[7][3 * at + 1], row[7][3 * at + 2])
        for row in rows
        for at in positions
    ]
    return _together([each for each, _ in times], sum(own for _, own in times))


def times_of_dispatches(trace: Trace, rows: Sequence[Row]) -> Times:
    """The times of dispatches together."""
    if trace.pauses:
        times = [dispatch_times(trace, row) for row in rows]
        return _together([each for each, _ in times], sum(own for _, own in times))
    own_ns = 0
    for row in rows:
        if row[9] is None:
            own = row[6] - sum(row[7][2::3])
            if own > 0:
                own_ns += own
        else:
            own_ns += dispatch_times(trace, row)[1]
    return _together([row[6] for row in rows], own_ns)


def _together(durations: Sequence[int], own_ns: int, busy_ns: int | None = None) -> Times:
    if not durations:
        return Times(0, 0, 0, 0, 0, busy_ns)
    high = max(durations)
    return Times(len(durations), sum(durations), own_ns, min(durations), max(high, 0), busy_ns)


def intervals_of(trace: Trace, row: Row) -> list[tuple[int, int]]:
    """When the receiver calls of a dispatch began and ended, late ones included."""
    start = row[5]
    found = [
        (start + offset, start + offset + took)
        for offset, took in zip(row[7][1::3], row[7][2::3], strict=True)
    ]
    for call in trace.late_calls.get(row[0], ()):
        found.append((call.start_ns, call.start_ns + call.duration_ns))
    return found


def union_of_calls(trace: Trace, rows: Sequence[Row]) -> int:
    """The time in which at least one call of these dispatches, which are given by start, was running."""
    late = trace.late_calls
    covered = since = reach = 0
    for row in rows:
        start, flat = row[5], row[7]
        for offset, took in zip(flat[1::3], flat[2::3], strict=True):
            begin = start + offset
            if not covered or begin >= reach:
                covered += took
                since, reach = begin, begin + took
            elif begin < since:  # of concurrent dispatches, calls need not come by start
                return union_ns(span for each in rows for span in intervals_of(trace, each))
            elif begin + took > reach:
                covered += begin + took - reach
                reach = begin + took
        if late and row[0] in late:
            return union_ns(span for each in rows for span in intervals_of(trace, each))
    return covered


def by_dispatch(spans: Iterable[int]) -> dict[int, list[int]]:
    """The ids of receiver calls by the id of their dispatch; 0, which is none, left out."""
    within: dict[int, list[int]] = {}
    for span in spans:
        if span:
            within.setdefault(dispatch_of(span), []).append(span)
    return within


def ends_of_senders(trace: Trace) -> dict[int, int]:
    """When the receiver calls that sent something ended, by their ids."""
    within = by_dispatch(trace.rows_by_parent)
    ends: dict[int, int] = {}
    for row in trace.rows() if within else ():
        spans = within.get(row[0], ())
        if row[9] is None:
            for span in spans:
                at = 3 * (span - row[0])
                ends[span] = row[5] + row[7][at - 2] + row[7][at - 1]
        elif spans:
            for call in calls_of(row):
                ends[call.id] = call.start_ns + call.duration_ns
    return ends


def _call_pauses(pauses: dict[int, int], row: Row) -> int:
    first = row[0] + 1
    return sum(pauses.get(span, 0) for span in range(first, first + len(row[7]) // 3))


def _clipped(spans: Iterable[tuple[int, int]], start: int, end: int) -> int:
    return union_ns((max(low, start), min(high, end)) for low, high in spans if high > start and low < end)
