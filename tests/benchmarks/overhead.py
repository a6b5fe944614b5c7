"""What tracing costs, beside other tools; see README.md in this folder.

Every cell is traced ÷ untraced, the median of interleaved pairs in one process; every process
measures one tool on one workload. Run by hand: the figures depend on the machine, the ratios
much less.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import django  # noqa: E402 - the checkout stands before an installed signaltrace
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from tests.benchmarks import tools  # noqa: E402

MEASURES = {
    "growth": ("cost of a call at a million ÷ at ten thousand", 1.08),
    "growth_dropping": ("the same, with the oldest dropped", None),
    "bytes": ("bytes a receiver call", 45),
    "floor": ("two clock reads and an append, ns a call", None),
}


def measure(name: str, tool: str, quick: bool) -> Any:
    """The result of one child process; None, with a line on stderr, where it fails."""
    command = [sys.executable, "-m", "tests.benchmarks.child", name, tool, *(["--quick"] if quick else [])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or ["no message"]
        print(f"{tool} on {name} failed: {last[0]}", file=sys.stderr)
        return None
    return json.loads(child.stdout)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "django": django.get_version(),
    }


def run(only: str | None, quick: bool, work: list[str] | None = None) -> dict[str, Any]:
    """All measurements: ``machine``, ``tools`` (version, ratios per workload) and ``measures``."""
    result: dict[str, Any] = {"machine": machine(), "quick": quick, "tools": {}, "measures": {}}
    for name in tools.names():
        version = tools.version(name)
        if only not in (None, name):
            continue
        if version is None:
            print(f"{name} is not installed: left out", file=sys.stderr)
            continue
        module = tools.load(name)
        wanted = [each for each in module.WORKLOADS if not work or each in work]
        measured = {each: measure(each, name, quick) for each in wanted}
        result["tools"][name] = {"title": module.TITLE, "version": version, "workloads": measured}
    if only in (None, tools.SELF):
        for name in MEASURES:
            result["measures"][name] = measure(name, tools.SELF, quick)
    return result


def table(result: dict[str, Any]) -> Table:
    """The ratios: a row a workload, a column a tool."""
    shown = Table(title="traced ÷ untraced", title_justify="left")
    shown.add_column("workload")
    shown.add_column("budget", justify="right")
    for tool in result["tools"].values():
        shown.add_column(f"{tool['title']} {tool['version']}".strip(), justify="right")
    rows: dict[str, dict[str, Any]] = {}
    for name, tool in result["tools"].items():
        for workload, figures in tool["workloads"].items():
            if figures is not None:
                rows.setdefault(workload, {})[name] = figures
    for by_tool in rows.values():
        one = next(iter(by_tool.values()))
        cells = [f"{by_tool[name]['ratio']:.2f}" if name in by_tool else "–" for name in result["tools"]]
        shown.add_row(_title(one["workload"]), _budget(one["budget"]), *cells)
    return shown


def _title(workload: str) -> str:
    return workload.replace("_", " ")


def _budget(budget: float | None) -> str:
    return "" if budget is None else f"≤ {budget:.2f}"


def measures_table(result: dict[str, Any]) -> Table:
    """What only signaltrace is asked."""
    shown = Table(title="signaltrace alone", title_justify="left")
    shown.add_column("measure")
    shown.add_column("budget", justify="right")
    shown.add_column("measured", justify="right")
    for name, figures in result["measures"].items():
        title, budget = MEASURES[name]
        value = figures["ratio"] if isinstance(figures, dict) else figures
        shown.add_row(title, "" if budget is None else f"≤ {budget}", "–" if value is None else str(value))
    return shown


def main() -> None:
    """Measure, print the tables, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few rounds: to see that it works")
    parser.add_argument("--only", metavar="TOOL", choices=tools.names(), help="one tool alone")
    parser.add_argument("--json", metavar="FILE", help="write the figures there, too; - for stdout alone")
    parser.add_argument("--work", metavar="WORKLOAD", action="append", help="this row alone, or these")
    given = parser.parse_args()
    result = run(given.only, given.quick, given.work)
    if given.json == "-":
        print(json.dumps(result, indent=2))
        return
    if given.json:
        Path(given.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    console = Console()
    facts = result["machine"]
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, {facts['system']}; "
        f"Python {facts['python']}, Django {facts['django']}",
        highlight=False,
    )
    console.print(table(result))
    if result["measures"]:
        console.print(measures_table(result))


if __name__ == "__main__":
    main()
