"""The command: prepare each package, run it bare and traced, compare; status 0 only where nothing differs."""

import argparse
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.django_suite.preparing import NotPrepared
from tests.django_suite.running import NotRun
from tests.packages.catalogue import PACKAGES, Package
from tests.packages.comparing import Verdict, beside, compare, table
from tests.packages.preparing import Workplace
from tests.packages.program import small_program
from tests.packages.running import Way, run

# Where each tool is put to us. The toolbar patches per request: its place matters in the small program.
Tools = dict[str, tuple[str, ...]]
TOOLS: Tools = {"sentry": ("under", "over"), "toolbar": ("",)}


def main() -> int:
    """Run the command line; the exit status: 0 same, 1 different, 2 something could not be run."""
    options = _parse()
    chosen = [each for each in PACKAGES if not options.only or each.name in options.only]
    tools = {name: TOOLS[name] for name in TOOLS if options.beside in (None, name)}
    if options.keep:
        return _proof(options.keep.resolve(), chosen, tools, program=not options.only)
    with tempfile.TemporaryDirectory(prefix="packages-") as folder:
        return _proof(Path(folder), chosen, tools, program=not options.only)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/packages/run",
        description="Run the suites of real packages bare and under signaltrace, and compare outcomes.",
    )
    names = [each.name for each in PACKAGES]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep sdists, environments and outputs here")
    parser.add_argument("--beside", choices=(*TOOLS, "none"), help="default: all")
    return parser.parse_args()


def _proof(folder: Path, packages: Sequence[Package], tools: Tools, program: bool) -> int:
    verdicts = []
    for package in packages:
        verdicts.append(_package(folder, package, tools))
        _tell(verdicts[-1])
    found: list[str] = []
    try:
        found = small_program(folder, tools) if program and tools else []
    except (NotPrepared, NotRun) as error:
        verdicts.append(Verdict("the small program", "", not_run=str(error)))
        _tell(verdicts[-1])
    for line in found:
        print(f"DIFFERS  {line}")
    for line in table(verdicts):
        print(line)
    for package in packages:
        if package.left_out:
            print(f"left out of {package.name}: {', '.join(package.left_out)}")
    number = len(found) + sum(len(each.found) for each in verdicts)
    missing = [each.package for each in verdicts if each.not_run]
    if missing:
        print(f"could not run: {', '.join(missing)}")
    if number or not missing:
        print(f"DIFFERENT in {number}" if number else "same outcomes, same inventories, no faults")
    return 1 if number else 2 if missing else 0


def _package(folder: Path, package: Package, tools: Tools) -> Verdict:
    verdict = Verdict(package.name, "")
    try:
        workplace = Workplace(folder, package)
        workplace.prepare()
        verdict.version = workplace.version
        pair = f"Django {workplace.django}, Python {platform.python_version()}"
        print(f"{package.name} {workplace.version}, {pair}", flush=True)
        bare, alone = (run(workplace, package, Way(traced)) for traced in (False, True))
        verdict.runs += [bare, alone]
        verdict.found += compare(bare, alone)
        for tool in package.beside:
            places = tools.get(tool, ())
            if not places:
                continue
            bare = run(workplace, package, Way(False, tool))
            verdict.runs.append(bare)
            for place in places:
                traced = run(workplace, package, Way(True, tool, place))
                verdict.runs.append(traced)
                verdict.found += beside(bare, alone, traced)
    except (NotPrepared, NotRun) as error:
        verdict.not_run = str(error)
    return verdict


def _tell(verdict: Verdict) -> None:
    for line in sorted({note for each in verdict.runs for note in each.notes()}):
        print(f"  {line}")
    for line in verdict.found:
        print(f"DIFFERS  {line}")
    if verdict.not_run:
        print(verdict.not_run)
    print("  " + ("DIFFERENT" if verdict.found else "not run" if verdict.not_run else "same"), flush=True)
