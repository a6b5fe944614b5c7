"""Durations and self times of rows and calls, stage *analysis*: what was measured, turned into columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from signaltrace.intervals import union_ns
from signaltrace.rows import STEP, Call, Row
from signaltrace.trace import RAISED, RETURNED_ERROR, Trace

FAILED = (RAISED, RETURNED_ERROR)


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
    """Whether a dispatch reached no receiver at all, for want of any (not because it failed early)."""
    extra = row[9]
    if row[7]:
        return False
    return extra is None or not ("not_called" in extra or "error" in extra or "opaque" in extra)


def has_failed(call: Call) -> bool:
    """Whether a receiver raised, be it that ``send_robust`` caught it."""
    return call.outcome in FAILED


def dispatch_of(span_id: int) -> int:
    """The id of the dispatch a receiver call belongs to."""
    return span_id - span_id % STEP


def call_times(trace: Trace, call: Call) -> tuple[int, int]:
    """Duration and self time of a receiver call: less the union of the dispatches it sent."""
    pauses = trace.pauses
    duration = call.duration_ns - pauses.get(call.id, 0) if pauses else call.duration_ns
    below = trace.rows_by_parent.get(call.id)
    if not below:
        return duration, duration
    end = call.start_ns + call.duration_ns
    if len(below) == 1 and below[0][5] + below[0][6] <= end:
        covered = below[0][6]
    else:
        covered = _clipped(((row[5], row[5] + row[6]) for row in below), call.start_ns, end)
    paused = sum(pauses.get(row[0], 0) for row in below) if pauses else 0
    return duration, max(duration - covered + paused, 0)


def dispatch_times(trace: Trace, row: Row) -> tuple[int, int]:
    """Duration and self time of a dispatch: less the union of its receiver calls."""
    pauses = trace.pauses
    duration = row[6] - pauses.get(row[0], 0) if pauses else row[6]
    if row[9] is None:  # one after the other: only async calls, which leave a mark, overlap
        covered = sum(row[7][2::3])
        paused = _call_pauses(pauses, row) if pauses else 0
        return duration, max(duration - covered + paused, 0)
    calls = trace.calls(row)
    spans = ((call.start_ns, call.start_ns + call.duration_ns) for call in calls)
    covered = _clipped(spans, row[5], row[5] + row[6])
    paused = sum(pauses.get(call.id, 0) for call in calls) if pauses else 0
    return duration, max(duration - covered + paused, 0)


def times_of_calls(trace: Trace, calls: Iterable[Call]) -> Times:
    """The times of receiver calls together; ``busy_ns`` is set where any of them is async."""
    count = total = own = high = 0
    low = None
    busy = None
    for call in calls:
        duration, self_ns = call_times(trace, call)
        count += 1
        total += duration
        own += self_ns
        high = max(high, duration)
        low = duration if low is None or duration < low else low
        if call.busy_ns is not None:
            busy = (busy or 0) + call.busy_ns
    return Times(count, total, own, low or 0, high, busy)


def times_of_dispatches(trace: Trace, rows: Iterable[Row]) -> Times:
    """The times of dispatches together."""
    count = total = own = high = 0
    low = None
    for row in rows:
        duration, self_ns = dispatch_times(trace, row)
        count += 1
        total += duration
        own += self_ns
        high = max(high, duration)
        low = duration if low is None or duration < low else low
    return Times(count, total, own, low or 0, high)


def _call_pauses(pauses: dict[int, int], row: Row) -> int:
    first = row[0] + 1
    return sum(pauses.get(span, 0) for span in range(first, first + len(row[7]) // 3))


def _clipped(spans: Iterable[tuple[int, int]], start: int, end: int) -> int:
    return union_ns((max(low, start), min(high, end)) for low, high in spans if high > start and low < end)
