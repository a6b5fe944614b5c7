"""Times of receivers whose calls overlap, stage *analysis*: exact, where a tally in bounded memory estimates.

Calls of one thread are inside one another or apart, and a tally of them is exact. Those of several
threads or tasks need all their intervals at once, which a kept trace has.
"""

from __future__ import annotations

from itertools import pairwise

from signaltrace.analysis.forest import Rules
from signaltrace.analysis.spans import span_times
from signaltrace.intervals import union_ns
from signaltrace.rows import calls_of
from signaltrace.trace import Trace


def overlap(trace: Trace) -> bool:
    """Whether any two dispatches or receiver calls ran at the same time, neither inside the other."""
    if any(row[9] is not None and ("busy" in row[9] or "late" in row[9]) for row in trace.rows()):
        return True
    return any(
        one[5] + one[6] > other[5] for rows in trace.rows_by_parent.values() for one, other in pairwise(rows)
    )


def times_of_receivers(trace: Trace, rules: Rules | None) -> dict[int, tuple[int, int]]:
    """Self time and time in which at least one call was running, by receiver; with ``rules``, of the
    calls they ask for alone."""
    own: dict[int, int] = {}
    intervals: dict[int, list[tuple[int, int]]] = {}
    sent, pauses = trace.rows_by_parent, trace.pauses
    for row in trace.rows():
        for call in calls_of(row):
            receiver, start, took = call.receiver, call.start_ns, call.duration_ns
            if rules is not None and not rules.matches(row[2], receiver):
                continue
            self_ns = took
            if call.id in sent or pauses:
                self_ns = max(span_times(trace, call.id, start, took)[1], 0)
            own[receiver] = own.get(receiver, 0) + self_ns
            intervals.setdefault(receiver, []).append((start, start + took))
    return {receiver: (own[receiver], union_ns(found)) for receiver, found in intervals.items()}
