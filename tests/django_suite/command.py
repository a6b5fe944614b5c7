"""The command: prepare, run bare, run traced, compare; exit status 0 only where nothing differs."""

import argparse
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.django_suite.comparing import differences, seen, table
from tests.django_suite.labels import DEFAULT
from tests.django_suite.preparing import NotPrepared, Workplace
from tests.django_suite.running import NotRun, Run, run


def main() -> int:
    """Run the command line; the exit status: 0 same, 1 different, 2 not run at all."""
    options = _parse()
    labels = [] if options.all else options.labels.split() if options.labels else list(DEFAULT)
    if options.keep:
        return _proof(options.keep.resolve(), labels, options.parallel)
    with tempfile.TemporaryDirectory(prefix="django-suite-") as folder:
        return _proof(Path(folder), labels, options.parallel)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/django_suite/run",
        description="Run the suite of the installed Django bare and under signaltrace, and compare outcomes.",
    )
    parser.add_argument("--labels", metavar='"A B …"', help="parts of the suite; default: those with signals")
    parser.add_argument("--all", action="store_true", help="the whole suite")
    parser.add_argument("--parallel", type=int, default=1, metavar="N", help="processes; default: 1")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep sdist, environment and outputs here")
    return parser.parse_args()


def _proof(folder: Path, labels: Sequence[str], parallel: int) -> int:
    try:
        workplace = Workplace(folder)
        workplace.prepare()
        what = f"{len(labels)} labels" if labels else "the whole suite"
        print(
            f"Django {workplace.django}, Python {platform.python_version()}, {what}, --parallel {parallel}",
            flush=True,
        )
        bare = run(workplace, labels, parallel=parallel, traced=False)
        traced = run(workplace, labels, parallel=parallel, traced=True)
    except (NotPrepared, NotRun) as error:
        print(error)
        return 2
    return _verdict(bare, traced)


def _verdict(bare: Run, traced: Run) -> int:
    for line in table(bare, traced):
        print(line)
    for line in (seen(traced), *traced.notes()):
        print(line)
    found = differences(bare, traced)
    found += [f"bare: {problem}" for problem in bare.problems()]
    found += [f"traced: {problem}" for problem in traced.problems()]
    if not traced.total("calls"):
        found.append("traced: no receiver call was recorded")
    if bare.status != traced.status:
        found.append(f"exit status of runtests.py: bare {bare.status}, traced {traced.status}")
    for line in found:
        print(f"DIFFERS  {line}")
    print(f"DIFFERENT in {len(found)}" if found else "same outcomes, no faults")
    return 1 if found else 0
