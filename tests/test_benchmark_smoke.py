"""The benchmark runs: its figures are nobody's pass or fail."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_overhead_benchmark_runs_and_says_what_it_measured() -> None:
    """A ratio for each workload of a budget, and the machine they were measured on."""
    command = [
        sys.executable,
        "tests/benchmarks/overhead.py",
        "--quick",
        "--only",
        "signaltrace",
        "--json",
        "-",
    ]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")
    result = json.loads(shown.stdout)
    assert sorted(result["machine"]) == ["cores", "django", "processor", "python", "system"]
    workloads = result["tools"]["signaltrace"]["workloads"]
    assert {"no_receiver", "one", "five", "save", "asend"} <= workloads.keys()
    assert all(each["ratio"] > 0 for each in workloads.values())
    assert result["measures"].keys() == {"growth", "growth_dropping", "bytes", "floor"}
