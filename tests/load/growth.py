"""What a recording of so many receiver calls costs: while it is made, saved, loaded and shown."""

from __future__ import annotations

import gc
import io
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from signaltrace.analysis.selection import Selection
from signaltrace.storage import load, save
from signaltrace.trace import Trace
from signaltrace.views import load as view
from tests.load.memory import forget_peak, peak, resident

VIEWS = ("tree", "profile", "receivers-called")
RECEIVERS = 5
_ROUND = 400  # dispatches timed together: two thousand receiver calls

Work = Callable[[], object]


def of_recording(calls: int, repeats: int) -> dict[str, Any]:
    """Cost and bytes of a receiver call, and the times and peaks of :func:`of_trace`."""
    from signaltrace import record
    from tests.benchmarks.scale import UNLIMITED
    from tests.benchmarks.workloads import to_noops

    timed = to_noops(RECEIVERS)
    timed(_ROUND)
    bare = median(timed(_ROUND) for _ in range(20))
    gc.collect()
    before = resident()
    with record(limit=UNLIMITED) as recording:
        rounds = [timed(_ROUND) for _ in range(calls // (_ROUND * RECEIVERS))]
    added = resident() - before
    trace = recording.trace
    held = sum(map(sys.getsizeof, trace.blocks)) / calls
    late = median(rounds[-max(len(rounds) // 5, 5) :])
    return {
        "call_ns": (late - bare) / (_ROUND * RECEIVERS),
        "bytes": held,
        "rss_bytes": added / calls,
        **of_trace(trace, repeats),
    }


def of_trace(trace: Trace, repeats: int) -> dict[str, Any]:
    """Seconds of CPU (medians) and bytes at the peak beyond what there was: to save, to load, each view."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json"
        works: dict[str, Work] = {
            "save": lambda: save(trace, file),
            "load": lambda: load(file),
            **{name: lambda name=name: _show(trace, name) for name in VIEWS},  # type: ignore[misc]
        }
        found = {name: _measured(work, repeats) for name, work in works.items()}
    return {
        **{f"{name}_s": seconds for name, (seconds, _) in found.items()},
        **{f"{name}_peak": most for name, (_, most) in found.items()},
    }


def _show(trace: Trace, name: str) -> None:
    # a trace keeps what a view has unpacked: each time it is as if it had just been made
    fresh = replace(trace)
    console = Console(file=io.StringIO(), width=110)
    console.print(view(name).render(fresh, Selection()))


def _measured(work: Work, repeats: int) -> tuple[float, int]:
    times, peaks = [], []
    for _ in range(repeats):
        gc.collect()
        before = resident()
        forget_peak()
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
        peaks.append(max(peak() - before, 0))
    return median(times), max(peaks)
