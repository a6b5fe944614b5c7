"""Measures of signaltrace alone: growth, bytes a receiver call, and the floor below any tracer."""

from __future__ import annotations

import gc
import sys
import time
from statistics import median, quantiles
from typing import Any

import signaltrace
from tests.benchmarks.swapping import Swap
from tests.benchmarks.workloads import Timed, noop_receivers, to_noops

RECEIVERS = 5
SAMPLE = 2_000  # dispatches: ten thousand receiver calls
UNLIMITED = 100_000_000


def growth(repeats: int, calls: int, limit: int) -> dict[str, Any]:
    """Cost of a receiver call in a recording that holds ``calls`` ÷ in one that holds ten thousand.

    Each is traced ÷ bare, with the bare runs right beside, so that a machine that changes its
    speed between the two counts for nothing.
    """
    timed = to_noops(RECEIVERS)
    timed(SAMPLE)
    ratios = []
    for _ in range(repeats):
        gc.collect()
        swap = Swap()
        with signaltrace.record(limit=limit):
            swap.learn()
            timed(SAMPLE)
            early = _beside(timed, swap)
            timed(max(calls // RECEIVERS - 2 * SAMPLE, 0))
            late = _beside(timed, swap)
        ratios.append(late / early)
    low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3
    return {
        "ratio": round(median(ratios), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "rounds": repeats,
    }


def _beside(timed: Timed, swap: Swap) -> float:
    pairs = []
    for _ in range(10):
        swap.original()
        timed(50)
        bare = timed(SAMPLE // 4)
        swap.patched()
        timed(50)
        pairs.append(timed(SAMPLE // 4) / bare)
    return median(pairs)


def bytes_per_call(dispatches: int) -> float:
    """Bytes of packed blocks per receiver call, the objects that hold them included."""
    timed = to_noops(RECEIVERS)
    with signaltrace.record(limit=UNLIMITED) as recording:
        timed(dispatches)
    blocks = recording.trace.blocks
    return round(sum(map(sys.getsizeof, blocks)) / (dispatches * RECEIVERS), 2)


def floor_ns(rounds: int) -> float:
    """Two clock reads and an append around a call: what they add to it, in ns."""
    clock = time.perf_counter_ns
    receiver = noop_receivers(1)[0]
    count = 1_000
    added = []
    for _ in range(rounds):
        rows: list[tuple[int, int]] = []
        append = rows.append
        began = clock()
        for _ in range(count):
            receiver(sender=None)
        bare = clock() - began
        began = clock()
        for _ in range(count):
            start = clock()
            receiver(sender=None)
            append((start, clock()))
        added.append((clock() - began - bare) / count)
    return round(median(added), 1)
