"""Runs of the project beside this file, each in a process of its own, and what their traces tell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from signaltrace import storage
from signaltrace.ran import CALL, SETUP, TEARDOWN
from signaltrace.trace import Trace

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).parent / "project"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "PYTEST"))},
    "PYTHONPATH": str(ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "100",
    "NO_COLOR": "1",
}


class Ran:
    """A run of manage.py that is over; ``left`` is what it left in the folder for temporary files."""

    def __init__(self, folder: Path, *arguments: str, wait: bool = True, **variables: str) -> None:
        self.folder = folder
        self.variables = variables
        self.temporary = folder / "temporary"
        self.temporary.mkdir(parents=True)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=ENVIRONMENT | {"TMPDIR": str(self.temporary)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if wait:
            self.end()

    def end(self) -> None:
        """Wait for it."""
        self.out, self.err = self.process.communicate(timeout=60)
        self.status = self.process.returncode
        self.left = [each.name for each in self.temporary.iterdir() if each.name.startswith("signaltrace")]

    @property
    def trace(self) -> Trace:
        """What it saved."""
        return storage.load(self.folder / "trace.json")


def traced(folder: Path, *arguments: str, wait: bool = True, **variables: str) -> Ran:
    """``signaltrace run test`` with a trace saved."""
    save = ("--save", str(folder / "trace.json"))
    return Ran(folder, "signaltrace", "run", *save, "test", *arguments, wait=wait, **variables)


def printed(ran: Ran) -> str:
    """What the runner printed on stderr, but for its time."""
    return re.sub(r"in \d+\.\d+s", "in …s", ran.err.partition("signaltrace: trace saved")[0])


def totals(trace: Trace) -> dict[tuple[str, str, str, str], int]:
    """Calls by test, outcome, phase and receiver; phases without any count 0 under no receiver."""
    found: dict[tuple[str, str, str, str], int] = {}
    for test in trace.tests:
        if test.node_id:
            for phase in test.phases:
                found.setdefault((test.node_id, test.outcome, phase.when, ""), 0)
            for when in (SETUP, CALL, TEARDOWN):
                for cost in test.costs(when).values():
                    name = trace.receivers[cost.receiver].name
                    found[test.node_id, test.outcome, when, name] = cost.calls
    return found


def calls_of(trace: Trace, test: str) -> dict[str, dict[str, int]]:
    """Of a test by the end of its id: by phase, the calls of each receiver of the project."""
    ran = next(each for each in trace.tests if each.node_id.endswith(test))
    return {
        phase.when: {
            trace.receivers[cost.receiver].name: cost.calls
            for cost in ran.costs(phase.when).values()
            if trace.receivers[cost.receiver].mine
        }
        for phase in ran.phases
    }


def outcomes(trace: Trace) -> dict[str, str]:
    """By test without its module."""
    return {each.node_id.removeprefix("shop."): each.outcome for each in trace.tests if each.node_id}
