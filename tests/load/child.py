"""One measurement in a process of its own: ``python -m tests.load.child NAME NUMBER…``; prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any


def recording(calls: str, repeats: str) -> Any:
    """A recording of so many receiver calls."""
    from tests.load.growth import of_recording

    of_recording(2_000, 1)  # what is only done once in a process
    return of_recording(int(calls), int(repeats))


def shape(name: str, calls: str, repeats: str) -> Any:
    """A trace of some shape."""
    from tests.load.growth import of_trace
    from tests.load.shapes import SHAPES

    of_trace(SHAPES[name](100), 1)
    return of_trace(SHAPES[name](int(calls)), int(repeats))


def limited(calls: str, limit: str, inside: str) -> Any:
    """More calls than the limit lets through."""
    from tests.load.limited import past_the_limit

    return past_the_limit(int(calls), int(limit), inside == "inside")


def threads(workers: str, dispatches: str, snapshots: str, inside: str) -> Any:
    """Threads that dispatch at once."""
    return _crowd(False, int(workers), int(dispatches), int(snapshots), inside == "inside")


def tasks(workers: str, dispatches: str, snapshots: str) -> Any:
    """Tasks that dispatch in turns."""
    return _crowd(True, int(workers), int(dispatches), int(snapshots))


def _crowd(tasks: bool, workers: int, dispatches: int, snapshots: int, inside: bool = False) -> Any:
    from signaltrace import record
    from tests.benchmarks import workloads  # noqa: F401 - sets Django up
    from tests.load.crowd import (
        Crowd,
        Watcher,
        differences,
        expected_of_tasks,
        expected_of_threads,
    )

    crowd = Crowd()
    began = time.process_time()
    with record(limit=100_000_000) as recording:
        watcher = Watcher(recording, snapshots)
        if tasks:
            asyncio.run(crowd.tasks(workers, dispatches, watcher))
        else:
            crowd.threads(workers, dispatches, watcher, inside)
    seconds = time.process_time() - began
    expected = (expected_of_tasks if tasks else expected_of_threads)(workers, dispatches)
    found = differences(recording.trace, expected, workers, dispatches)
    return {
        "calls": sum(expected.values()),
        "snapshots": watcher.snapshots,
        "seconds": seconds,
        "found": [*watcher.found, *found],
    }


MEASURES: dict[str, Callable[..., Any]] = {
    function.__name__: function for function in (recording, shape, limited, threads, tasks)
}

if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]](*sys.argv[2:])))
