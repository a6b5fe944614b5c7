"""What `pytest --signaltrace` costs a suite, and that it changes none of its outcomes; see README.md here.

    cd SUITE && python CHECKOUT/tests/benchmarks/suite.py [--pairs 5] [PYTEST ARGUMENTS…]

Bare and traced runs alternate, in CPU time of the processes. Exit status 1 where a test came out otherwise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

BARE, TRACED = "bare", "traced"
Outcomes = list[tuple[str, str, tuple[str, ...]]]


def run(arguments: list[str], report: Path, traced: bool) -> tuple[float, float, Outcomes]:
    """CPU seconds and wall seconds of one run, and how each of its tests came out."""
    option = ["--signaltrace"] if traced else []
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *option, *arguments]
    before, began = _cpu(), time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(f"pytest ended with {ended.returncode}: {(ended.stdout + ended.stderr)[-2_000:]}")
    return _cpu() - before, time.monotonic() - began, _outcomes(report)


def _cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _outcomes(report: Path) -> Outcomes:
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = sorted(each.tag for each in case if each.tag in ("failure", "error", "skipped"))
        found.append((case.get("classname", ""), case.get("name", ""), tuple(kinds)))
    return sorted(found)


def main() -> int:
    """Run the pairs, print each and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=5)
    options, arguments = parser.parse_known_args()
    ratios: dict[str, list[float]] = {"CPU": [], "wall": []}
    different: set[tuple[str, str]] = set()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.pairs):
            seen = {}
            for kind in (BARE, TRACED) if number % 2 else (TRACED, BARE):
                seen[kind] = run(arguments, Path(folder, "report.xml"), kind == TRACED)
            (bare, bare_wall, outcomes), (traced, traced_wall, again) = seen[BARE], seen[TRACED]
            different |= {each[:2] for each in set(outcomes) ^ set(again)}
            ratios["CPU"].append(traced / bare)
            ratios["wall"].append(traced_wall / bare_wall)
            wall = f"wall {bare_wall:.2f} → {traced_wall:.2f} s"
            said = f"{len(outcomes)} tests, CPU {bare:.2f} → {traced:.2f} s, {wall}"
            print(f"{said}, × {traced / bare:.3f}", flush=True)
    medians = {name: statistics.median(each) for name, each in ratios.items()}
    print(f"median of {options.pairs} pairs: CPU × {medians['CPU']:.3f}, wall × {medians['wall']:.3f}")
    for classname, name in sorted(different):
        print(f"came out otherwise: {classname}::{name}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
