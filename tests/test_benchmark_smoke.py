"""The benchmark runs: its figures are nobody's pass or fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


SHOWN = ("five", "save", "atomic", "update", "asend")


def test_the_overhead_benchmark_runs_and_says_what_it_measured() -> None:
    """A ratio for each workload of a budget, and the machine they were measured on."""
    command = [
        sys.executable,
        "tests/benchmarks/overhead.py",
        "--quick",
        "--only",
        "signaltrace",
        *(word for each in SHOWN for word in ("--work", each)),
        "--json",
        "-",
    ]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")
    result = json.loads(shown.stdout)
    assert sorted(result["machine"]) == ["cores", "django", "processor", "python", "system"]
    workloads = result["tools"]["signaltrace"]["workloads"]
    assert workloads.keys() == set(SHOWN)
    assert all(each["ratio"] > 0 for each in workloads.values())
    assert result["measures"].keys() == {"growth", "growth_dropping", "bytes", "floor"}


def test_the_suite_benchmark_compares_outcomes(tmp_path: Path) -> None:
    """The same ones: status 0 and the medians. A test that comes out otherwise is named, with status 1."""
    shutil.copytree(ROOT / "tests" / "pytest_plugin" / "project", tmp_path, dirs_exist_ok=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\nDJANGO_SETTINGS_MODULE = settings\n")
    script = str(ROOT / "tests" / "benchmarks" / "suite.py")
    plugins = ("-p", "pytest_django.plugin", "-p", "signaltrace.pytest_plugin", "-p", "no:cacheprovider")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, script, "--pairs", "1", *plugins]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
        )

    same = run()
    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.splitlines()[0].startswith("10 tests, CPU ")
    assert same.stdout.splitlines()[1].startswith("median of 1 pairs: CPU × ")
    (tmp_path / "test_other.py").write_text(
        "import sys\ndef test_other(): assert '--signaltrace' in sys.argv\n"
    )
    other = run()
    assert other.returncode == 1
    assert other.stdout.splitlines()[-1] == "came out otherwise: test_other::test_other"
