"""The command: measure in child processes, print tables, say what does not hold. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich import box
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
    parser = argparse.ArgumentParser(
        prog="tests/load/run",
        description="Measure signaltrace under load and check what must be exact; see README.md beside this.",
    )
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


def _table(title: str, first: str, *others: str) -> Table:
    """Narrow enough for 80 columns: no view's name in full, no lines between columns."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column.removeprefix("receivers-"), justify="right", no_wrap=True)
    return table


def _recordings(result: dict[str, Any]) -> Table:
    title = "a recording of so many receiver calls: seconds, × growth per call, + peak memory"
    table = _table(title, "calls", "ns a call", "bytes", "RSS", *PARTS)
    ratios = {part: growth(result["recording"], part) for part in PARTS}
    for size, figures in result["recording"].items():
        cells = [
            f"{figures[f'{part}_s']:.2f}\n×{ratios[part][size]:.2f}\n+{_mb(figures[f'{part}_peak'])}"
            for part in PARTS
        ]
        held = (f"{figures['bytes']:.1f}", f"{figures['rss_bytes']:.1f}")
        table.add_row(f"{int(size):,}", f"{figures['call_ns']:.0f}", *held, *cells)
    return table


def _shapes(result: dict[str, Any]) -> Table:
    table = _table("traces of other shapes: seconds, × growth per call", "shape", "calls", *PARTS)
    for name, by_size in result["shape"].items():
        ratios = {part: growth(by_size, part) for part in PARTS}
        size = max(by_size, key=int)
        cells = [f"{by_size[size][f'{part}_s']:.2f}\n×{ratios[part][size]:.2f}" for part in PARTS]
        table.add_row(name.replace("_", " "), f"{int(size):,}", *cells)
    return table


def _limits(result: dict[str, Any]) -> Table:
    title = "past the limit: peak MB after each fifth of the calls"
    table = _table(title, "dispatches", "calls", "limit", "peaks", "in the profile")
    for name, each in result["limited"].items():
        peaks = " ".join(f"{peak / 2**20:.0f}" for peak in each["peaks"])
        table.add_row(name, f"{each['calls']:,}", f"{each['limit']:,}", peaks, f"{each['counted']:,}")
    return table


def _crowds(result: dict[str, Any]) -> Table:
    table = _table("threads and tasks at once", "who", "receiver calls", "traces taken", "seconds", "wrong")
    for name, each in result["crowd"].items():
        counts = (f"{each['calls']:,}", f"{each['snapshots']}", f"{each['seconds']:.1f}")
        table.add_row(name, *counts, f"{len(each['found'])}")
    return table


def _mb(size: int) -> str:
    return f"{size / 2**20:.0f} MB"
