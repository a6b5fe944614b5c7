"""The command: measure in child processes, print tables, say what does not hold. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.overhead import machine
from tests.load.bounds import PARTS, broken, growth
from tests.load.shapes import SHAPES

ROOT = Path(__file__).resolve().parents[2]


class NotMeasured(Exception):
    """A child process failed."""


def main() -> int:
    """Measure, print, judge; the exit status: 0 all holds, 1 something does not, 2 not measured."""
    parser = argparse.ArgumentParser(prog="tests/load/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, or less")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
    given = parser.parse_args()
    try:
        result = measured(given.quick)
    except NotMeasured as error:
        print(error, file=sys.stderr)
        return 2
    found = broken(result)
    if given.json:
        Path(given.json).write_text(
            json.dumps({**result, "broken": found}, indent=2) + "\n", encoding="utf-8"
        )
    _print(result)
    for line in found:
        print(f"BROKEN  {line}")
    print(f"{len(found)} do not hold" if found else "all exact checks and bounds hold")
    return 1 if found else 0


def measured(quick: bool) -> dict[str, Any]:
    """All figures: ``recording`` by size, ``shape`` by name and size, ``limited``, ``crowd``."""
    repeats = 1 if quick else 3
    sizes = (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)
    calls, limit = (500_000, 50_000) if quick else (10_000_000, 1_000_000)
    dispatches, fewer, snapshots = (50, 50, 3) if quick else (2_000, 1_000, 20)
    each_task = 2 if quick else 40
    return {
        "machine": machine(),
        "quick": quick,
        "recording": {str(size): _child("recording", size, repeats) for size in sizes},
        "shape": {
            name: {str(size): _child("shape", name, size, repeats) for size in sizes[:2]} for name in SHAPES
        },
        "limited": {
            "roots": _child("limited", calls, limit, "roots"),
            "under one call": _child("limited", max(calls // 5, 500_000), limit // 5, "inside"),
        },
        "crowd": {
            "32 threads": _child("threads", 32, dispatches, 0, "apart"),
            "32 threads inside a receiver": _child("threads", 32, dispatches, 0, "inside"),
            "32 threads, traces taken meanwhile": _child("threads", 32, fewer, snapshots, "inside"),
            "1,000 tasks": _child("tasks", 1_000, each_task, 0),
            "1,000 tasks, traces taken meanwhile": _child("tasks", 1_000, max(each_task // 4, 2), snapshots),
        },
    }


def _child(*arguments: object) -> Any:
    name = " ".join(map(str, arguments))
    print(f"… {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "tests.load.child", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or ["no message"]
        raise NotMeasured(f"{name} failed: {last[0]}")
    return json.loads(child.stdout)


def _print(result: dict[str, Any]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    facts = result["machine"]
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, {facts['system']}; "
        f"Python {facts['python']}, Django {facts['django']}; seconds are CPU time",
        highlight=False,
    )
    for table in (_recordings(result), _shapes(result), _limits(result), _crowds(result)):
        console.print(table)


def _recordings(result: dict[str, Any]) -> Table:
    table = Table(title="a recording of so many receiver calls", title_justify="left")
    for column in ("calls", "ns a call", "bytes, RSS", *PARTS):
        table.add_column(column, justify="right")
    ratios = {part: growth(result["recording"], part) for part in PARTS}
    for size, figures in result["recording"].items():
        cells = [
            f"{figures[f'{part}_s']:.2f} s ×{ratios[part][size]:.2f}\n+{_mb(figures[f'{part}_peak'])}"
            for part in PARTS
        ]
        held = f"{figures['bytes']:.1f}, {figures['rss_bytes']:.1f}"
        table.add_row(f"{int(size):,}", f"{figures['call_ns']:.0f}", held, *cells)
    return table


def _shapes(result: dict[str, Any]) -> Table:
    table = Table(title="traces of other shapes: seconds, × growth per call", title_justify="left")
    table.add_column("shape")
    table.add_column("calls", justify="right")
    for part in PARTS:
        table.add_column(part, justify="right")
    for name, by_size in result["shape"].items():
        ratios = {part: growth(by_size, part) for part in PARTS}
        size = max(by_size, key=int)
        cells = [f"{by_size[size][f'{part}_s']:.2f} ×{ratios[part][size]:.2f}" for part in PARTS]
        table.add_row(name.replace("_", " "), f"{int(size):,}", *cells)
    return table


def _limits(result: dict[str, Any]) -> Table:
    table = Table(title="past the limit: peak memory after each fifth of the calls", title_justify="left")
    for column in ("dispatches", "calls", "limit", "peaks", "calls in the profile"):
        table.add_column(column, justify="right")
    for name, each in result["limited"].items():
        peaks = " ".join(_mb(peak) for peak in each["peaks"])
        table.add_row(name, f"{each['calls']:,}", f"{each['limit']:,}", peaks, f"{each['counted']:,}")
    return table


def _crowds(result: dict[str, Any]) -> Table:
    table = Table(title="threads and tasks at once", title_justify="left")
    for column in ("who", "receiver calls", "traces taken", "seconds", "wrong"):
        table.add_column(column, justify="right")
    for name, each in result["crowd"].items():
        counts = (f"{each['calls']:,}", f"{each['snapshots']}", f"{each['seconds']:.1f}")
        table.add_row(name, *counts, f"{len(each['found'])}")
    return table


def _mb(size: int) -> str:
    return f"{size / 2**20:.0f} MB"
