"""Ten million receiver calls past the limit: memory must not grow, nothing may be lost from the totals."""

from __future__ import annotations

import gc
from typing import Any

from django.dispatch import Signal

from signaltrace import record
from signaltrace.analysis.profile import profile
from signaltrace.analysis.selection import Selection
from tests.benchmarks.workloads import noop_receivers
from tests.load.memory import forget_peak, peak

POINTS = 5
RECEIVERS = 5


def past_the_limit(calls: int, limit: int, inside: bool) -> dict[str, Any]:
    """Peaks of memory after each fifth of the calls, and what the totals came to.

    ``inside``: all dispatches are sent by one receiver, as in a long-running command.
    """
    receivers = noop_receivers(RECEIVERS)
    signal = Signal()
    for receiver in receivers:
        signal.connect(receiver)
    peaks: list[int] = []

    def send(**kwargs: Any) -> None:
        for _ in range(POINTS):
            for number in range(calls // RECEIVERS // POINTS):
                signal.send(None, number=number)
            peaks.append(peak())

    around = Signal()
    around.connect(send, weak=False)
    gc.collect()
    forget_peak()
    with record(limit=limit) as recording:
        around.send(None) if inside else send()
    trace = recording.trace
    kept = sum(1 + len(row[7]) // 3 for row in trace.rows())
    counted = [row.ncalls for row in profile(trace, Selection()).receivers]
    return {
        "calls": calls,
        "limit": limit,
        "peaks": peaks,
        "kept": kept,
        "spans": kept + trace.dropped,
        "expected_spans": calls + calls // RECEIVERS + (2 if inside else 0),
        "counted": sum(counted) - (1 if inside else 0),
        "faults": [each.message for each in trace.faults],
    }
