"""What must hold, given what was measured: each thing that does not, in a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

FIRST = 10_000
"""The number of calls that growth is relative to."""

MOST_GROWTH = 3.0
"""Time of a call in a larger trace ÷ in one of FIRST. What is quadratic would be at 10 and 100; caches that
no longer hold a trace and the garbage collector take their share."""

MOST_SECONDS = {"save": 20.0, "load": 30.0, "tree": 30.0, "profile": 30.0, "receivers-called": 30.0}
"""CPU seconds at a million calls: seconds, not minutes, also on a slow machine."""

MOST_BYTES = 45.0
"""Packed, per receiver call; see the budgets of tests/benchmarks."""

MOST_COST = 1.5
"""Cost of recording a call in the largest recording ÷ at FIRST; the benchmark measures it closely."""

# Beyond the first peak, later ones may be so much higher: what the allocator keeps for itself.
SLACK, SLACK_BYTES = 0.05, 16 * 2**20

# Below this a time is mostly what any view takes, however small the trace.
_LEAST_S = 0.05
PARTS = tuple(MOST_SECONDS)


def broken(result: dict[str, Any]) -> list[str]:
    """A line for each bound and each exact check that does not hold."""
    return [*_of_recordings(result["recording"]), *_of_shapes(result["shape"]), *_exact(result)]


def growth(figures: dict[str, dict[str, Any]], part: str) -> dict[str, float]:
    """Per size, the time of a call ÷ that at the smallest."""
    sizes = sorted(figures, key=int)
    per_call = {
        size: max(figures[size][f"{part}_s"], _LEAST_S * int(size) / 10**6) / int(size) for size in sizes
    }
    return {size: per_call[size] / per_call[sizes[0]] for size in sizes}


def _grows(name: str, figures: dict[str, dict[str, Any]]) -> Iterator[str]:
    for part in PARTS:
        for size, ratio in growth(figures, part).items():
            if ratio > MOST_GROWTH:
                yield f"{name}: {part} of {int(size):,} calls takes {ratio:.1f} times as long per call"
        for size, measured in figures.items():
            if measured[f"{part}_s"] > MOST_SECONDS[part] * max(int(size) / 10**6, 0.2):
                yield f"{name}: {part} of {int(size):,} calls takes {measured[f'{part}_s']:.1f} s"


def _of_recordings(figures: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield from _grows("recording", figures)
    sizes = sorted(figures, key=int)
    for size in sizes:
        if figures[size]["bytes"] > MOST_BYTES:
            yield f"recording: {figures[size]['bytes']:.1f} bytes a call at {int(size):,} calls"
    cost = figures[sizes[-1]]["call_ns"] / figures[sizes[0]]["call_ns"]
    if cost > MOST_COST:
        yield f"recording: a call costs {cost:.2f} times as much at {int(sizes[-1]):,} calls"


def _of_shapes(shapes: dict[str, dict[str, dict[str, Any]]]) -> Iterator[str]:
    for name, figures in shapes.items():
        yield from _grows(name, figures)


def _exact(result: dict[str, Any]) -> Iterator[str]:
    for name, measured in result["limited"].items():
        first, *later = measured["peaks"]
        if max(later) > first * (1 + SLACK) + SLACK_BYTES:
            yield f"limit, {name}: memory grows from {first / 2**20:.0f} to {max(later) / 2**20:.0f} MB"
        if measured["counted"] != measured["calls"]:
            yield f"limit, {name}: the profile counts {measured['counted']:,} of {measured['calls']:,} calls"
        if measured["spans"] != measured["expected_spans"]:
            yield f"limit, {name}: {measured['spans']:,} spans, not {measured['expected_spans']:,}"
        if not measured["limit"] - 6 < measured["kept"] <= measured["limit"]:
            yield f"limit, {name}: {measured['kept']:,} spans kept, not {measured['limit']:,}"
        yield from (f"limit, {name}: a fault of signaltrace itself: {each}" for each in measured["faults"])
    for name, measured in result["crowd"].items():
        yield from (f"{name}: {each}" for each in measured["found"][:20])
