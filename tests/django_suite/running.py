"""One run of Django's runtests.py, bare or traced, and what its processes wrote down."""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.django_suite.preparing import Workplace
from tests.django_suite.suite_inside.places import FOLDER, TRACED

_ADDRESS = re.compile(r"0x[0-9a-f]+")


class NotRun(Exception):
    """The suite did not come to its end; the message says where its output is."""


@dataclass
class Run:
    """What came of one run: outcomes by test id, seconds, and the accounts of its processes.

    ``ignored`` counts the exceptions Python could only print (raised in a finalizer, say).
    """

    tests: dict[str, list[tuple[str, str]]]
    wall: float
    cpu: float
    status: int
    ignored: int
    accounts: list[dict[str, Any]] = field(default_factory=list)
    silent: int = 0

    def counts(self) -> Counter[str]:
        """How many tests (and failing subtests) had which outcome."""
        return Counter(outcome for outcomes in self.tests.values() for outcome, _ in outcomes)

    def problems(self) -> list[str]:
        """What makes the run no proof, whatever its tests did: sentences, none when all is well."""
        found = [account["problem"] for account in self.accounts if account["problem"]]
        found += [fault for account in self.accounts for fault in account.get("faults", ())]
        if self.silent:
            found.append(f"{self.silent} processes ran tests and gave no account of their recording")
        return found

    def total(self, name: str) -> int:
        """The sum of ``name`` over the processes."""
        return sum(account.get(name, 0) for account in self.accounts)

    def notes(self) -> list[str]:
        """What the traces say of themselves, once each."""
        return sorted({note for account in self.accounts for note in account.get("notes", ())})


def run(workplace: Workplace, labels: Sequence[str], *, parallel: int, traced: bool) -> Run:
    """Run the labels (all where there are none). Raises NotRun where the suite broke down."""
    folder = workplace.folder / ("traced" if traced else "bare")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    command = [str(workplace.python), "runtests.py", "--settings", "suite_inside.settings", "--noinput"]
    log = folder / "output.txt"
    with log.open("wb") as output:
        done = subprocess.run(
            [*command, "--parallel", str(parallel), *labels],
            cwd=workplace.tests,
            env=_environment(workplace, folder, traced),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return _read(folder, log, done.returncode)


def _environment(workplace: Workplace, folder: Path, traced: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO_"))}
    kept |= {"PYTHONPATH": str(workplace.path), "PYTHONHASHSEED": "0", FOLDER: str(folder)}
    kept.pop(TRACED, None)
    return kept | ({TRACED: "1"} if traced else {})


def _read(folder: Path, log: Path, status: int) -> Run:
    outcomes = folder / "outcomes.json"
    if not outcomes.exists():
        end = "\n".join(_lines(log)[-30:])
        raise NotRun(f"{folder.name}: no outcomes (status {status}); the end of its output:\n{end}")
    told = json.loads(outcomes.read_text(encoding="utf-8"))
    tests: dict[str, list[tuple[str, str]]] = {}
    for name, seen in sorted(told["tests"].items()):
        # subtests may be named after objects, which are elsewhere in the next process
        known = tests.setdefault(_ADDRESS.sub("0x…", name), [])
        known[:] = sorted([*known, *((each[0], each[1]) for each in seen)])
    ended = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(folder.glob("ended-*.json"))]
    started = len(list(folder.glob("started-*.json")))
    ignored = sum(line.startswith("Exception ignored") for line in _lines(log))
    cpu = told["cpu"] - sum(account.get("cpu", 0) for account in ended)
    return Run(tests, told["wall"], cpu, status, ignored, ended, started - len(ended))


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()
