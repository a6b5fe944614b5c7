"""How it is timed: many short rounds, bare and traced by turns in one process, and their medians."""

from __future__ import annotations

import gc
from statistics import median, quantiles
from typing import Any, Protocol

from tests.benchmarks.workloads import Timed, Workload


class Tool(Protocol):
    """One way of tracing. Begun once; switched on and off around rounds, outside the clock."""

    def __enter__(self) -> Any: ...

    def __exit__(self, *error: object) -> None: ...

    def on(self) -> None:
        """The rounds that follow are traced."""

    def off(self) -> None:
        """The rounds that follow are bare."""


def compare(workload: Workload, tool: Tool, rounds: int) -> dict[str, Any]:
    """Traced ÷ untraced of ``rounds`` pairs: their median and quartiles, and ns a dispatch.

    The garbage collector stays on. Each round is preceded by untimed ones, for the interpreter to
    adapt to the methods that have just been swapped; every other pair is traced first.
    """
    timed = workload.prepare()
    gc.collect()
    bare: list[float] = []
    traced: list[float] = []
    with tool:
        tool.off()
        for number in range(-3, rounds):
            pair = {}
            for side in (False, True) if number % 2 else (True, False):
                pair[side] = _round(timed, workload.chunk, tool, side)
            if number >= 0:
                bare.append(pair[False])
                traced.append(pair[True])
    ratios = [one / other for one, other in zip(traced, bare, strict=True)]
    low, _, high = quantiles(ratios, n=4)
    return {
        "workload": workload.name,
        "ratio": round(median(ratios), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "best": round(min(traced) / min(bare), 4),
        "bare_ns": round(median(bare)),
        "traced_ns": round(median(traced)),
        "rounds": rounds,
        "budget": workload.budget,
    }


def _round(timed: Timed, chunk: int, tool: Tool, on: bool) -> float:
    if on:
        tool.on()
    try:
        # The interpreter gives up on an instruction's old specialisation after some fifty misses.
        timed(min(chunk, 300))
        return timed(chunk) / chunk
    finally:
        if on:
            tool.off()
