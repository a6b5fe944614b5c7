"""One run of a package's suite, bare or traced, alone or beside another tool, and what it wrote down."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.django_suite.running import NotRun, Run
from tests.django_suite.suite_inside.places import FOLDER, TRACED
from tests.packages.catalogue import Package
from tests.packages.packages_inside.places import COLLECTED, LEFT_OUT, PLACE, SETTINGS, TOOL
from tests.packages.preparing import Workplace

# A suite that hangs is no proof of anything: it is ended, and the command says so.
TIME_LIMIT = 3600


@dataclass(frozen=True, slots=True)
class Way:
    """How a suite is run: ``tool`` is "", "sentry" or "toolbar"; ``place`` where it stands to us."""

    traced: bool
    tool: str = ""
    place: str = ""

    @property
    def name(self) -> str:
        """The run's folder, and what it is called in messages."""
        beside = f" {self.place} us" if self.traced and self.place else ""
        with_tool = f", {self.tool}{beside}" if self.tool else ""
        return ("traced" if self.traced else "bare") + with_tool


@dataclass
class PackageRun(Run):
    """A run with what its process said of the inventory, the receivers called and the other tool."""

    facts: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def recorded(self) -> bool:
        """Whether it was a traced run."""
        return any("dispatches" in account for account in self.accounts)

    def problems(self) -> list[str]:
        """Those of any run, and an inventory that is not what the scan found."""
        found = super().problems()
        if self.facts.get("left"):
            found.append(f"not as each tool left it: {', '.join(self.facts['left'])}")
        for each in self.facts.get("inventories", ()):
            found += [f"inventory {each['when']}: {line}" for line in each.get("differences", ())]
            if "ours" in each and each["ours"] != each["scan"]:
                found.append(f"inventory {each['when']}: {each['ours']}, scan {each['scan']}")
        return found


def run(workplace: Workplace, package: Package, way: Way) -> PackageRun:
    """Run the suite. Raises NotRun where it broke down."""
    folder = workplace.folder / way.name.replace(", ", "-").replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    log = folder / "output.txt"
    status = execute(
        command(workplace, package),
        workplace.source / package.folder,
        folder,
        log,
        environment(workplace, package, folder, way),
    )
    return read(folder, log, status, way)


def command(workplace: Workplace, package: Package) -> list[str]:
    """What starts the suite."""
    if package.runner == "pytest":
        own = ["-m", "pytest", "-p", "packages_inside.pytest_part", "-p", "no:cacheprovider"]
        left_out = [part for test in package.left_out for part in ("--deselect", test)]
    else:
        own = ["-m", "packages_inside.launch"]
        left_out = []
    return [str(workplace.python), *own, *package.arguments, *left_out]


def environment(workplace: Workplace, package: Package | None, folder: Path, way: Way) -> dict[str, str]:
    """The process's variables: nothing of Python's or Django's from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DJANGO_"))}
    path = os.pathsep.join((str(workplace.path), str(workplace.source)))
    kept |= {"PYTHONPATH": path, "PYTHONHASHSEED": "0", FOLDER: str(folder), TOOL: way.tool, PLACE: way.place}
    kept.pop(TRACED, None)
    if package is not None:
        kept |= {LEFT_OUT: "\n".join(package.left_out)}
        kept |= {COLLECTED: "1"} if package.beside else {}
        if package.settings:
            kept |= {SETTINGS: package.settings, "DJANGO_SETTINGS_MODULE": "packages_inside.settings"}
    return kept | ({TRACED: "1"} if way.traced else {})


def execute(command: list[str], where: Path, folder: Path, log: Path, variables: dict[str, str]) -> int:
    """Run a process with its output in ``log``; its exit status. Raises NotRun where it hangs."""
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command,
                cwd=where,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotRun(f"{folder.name}: not at its end after {TIME_LIMIT} s: {log}") from None
    return done.returncode


def read(folder: Path, log: Path, status: int, way: Way) -> PackageRun:
    """What the process wrote. Raises NotRun where it wrote nothing."""
    output = log.read_text(encoding="utf-8", errors="replace").splitlines()
    outcomes = folder / "outcomes.json"
    if not outcomes.exists():
        end = "\n".join(output[-30:])
        raise NotRun(f"{folder.name}: no outcomes (status {status}); the end of its output:\n{end}")
    told = json.loads(outcomes.read_text(encoding="utf-8"))
    tests = {name: sorted((each[0], each[1]) for each in seen) for name, seen in told["tests"].items()}
    ended = [json.loads(each.read_text(encoding="utf-8")) for each in sorted(folder.glob("ended-*.json"))]
    started = len(list(folder.glob("started-*.json")))
    return PackageRun(
        tests=tests,
        wall=told["wall"],
        cpu=told["cpu"],
        status=status,
        ignored=sum(line.startswith("Exception ignored") for line in output),
        accounts=ended,
        silent=started - len(ended),
        facts=json.loads((folder / "facts.json").read_text(encoding="utf-8")),
        name=way.name,
    )
