"""Runs of one package side by side: what differs between them, and the row of the table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.django_suite.comparing import differences
from tests.packages.running import PackageRun

COLUMNS = (
    ("package", 24), ("version", 9), ("run", 24), ("passed", 7), ("failed", 7), ("skipped", 8),
    ("dispatches", 11), ("calls", 9), ("CPU s", 7), ("signals", 8), ("entries", 8),
)  # fmt: skip


@dataclass
class Verdict:
    """What came of one package: its runs, and a line for each thing that is not as it should be."""

    package: str
    version: str
    runs: list[PackageRun] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    not_run: str = ""


def compare(bare: PackageRun, traced: PackageRun) -> list[str]:
    """Outcomes, status, connections left behind, and each run's own problems."""
    found = [f"{traced.name}: {line}" for line in differences(bare, traced)]
    for run in (bare, traced):
        found += [f"{run.name}: {problem}" for problem in run.problems()]
    if bare.status != traced.status:
        found.append(f"exit status: bare {bare.status}, {traced.name} {traced.status}")
    if not bare.tests:
        found.append(f"{bare.name}: no test ran")
    if not traced.total("calls"):
        found.append(f"{traced.name}: no receiver call was recorded")
    if [each["when"] for each in traced.facts["inventories"]] != ["after setup", "after the suite"]:
        found.append(f"{traced.name}: the inventory was not taken twice")
    for before, after in zip(bare.facts["inventories"], traced.facts["inventories"], strict=False):
        found += _counted(f"{traced.name}: connected {before['when']}", before["lines"], after["lines"])
    return found


def beside(bare: PackageRun, alone: PackageRun, traced: PackageRun) -> list[str]:
    """Beside another tool: its spans as without us, ours as without it."""
    found = compare(bare, traced)
    if not traced.name.startswith("traced, sentry"):
        return found  # the toolbar's own requests and templates are in the counts
    found += _counted(f"{traced.name}: sentry's spans", bare.facts["spans"], traced.facts["spans"])
    if not traced.facts["spans"]:
        found.append(f"{traced.name}: sentry reported no receiver")
    brought = receivers(bare) - receivers(alone)
    for what in ("sent", "called"):
        # Names, not numbers: a tool that looks at request.user loads users, and sends for them.
        before = set(alone.facts[what])
        after = {name for name in traced.facts[what] if name.rpartition(" → ")[2] not in brought}
        found += _counted(f"{traced.name}: {what}, without the tool and with it", before, after)
    return found


def receivers(run: PackageRun) -> set[str]:
    """The receivers that were connected before and after the suite."""
    lines = [line for each in run.facts["inventories"] for line in each["lines"]]
    return {line.partition(" → ")[2].partition(" | ")[0] for line in lines}


def _counted(what: str, before: object, after: object) -> list[str]:
    one, other = Counter(before), Counter(after)  # type: ignore[call-overload]
    names = sorted(name for name in one.keys() | other.keys() if one[name] != other[name])
    return [f"{what}: {name}: {one[name]} and {other[name]}" for name in names]


def table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The head, then one line a run; signals and entries are ours and, where it differs, the scan's."""
    yield "".join(
        f"{name:<{width}}" if width > 8 and place < 3 else f"{name:>{width}}"
        for place, (name, width) in enumerate(COLUMNS)
    )
    for verdict in verdicts:
        if verdict.not_run:
            yield f"{verdict.package:24}{verdict.version:9}could not run"
        for run in verdict.runs:
            yield _row(verdict, run)


def _row(verdict: Verdict, run: PackageRun) -> str:
    counts = run.counts()
    failed = counts["failed"] + counts["error"]
    last = run.facts["inventories"][-1]
    inventory = "".join(f"{_pair(last, name):>8}" for name in ("signals", "connections"))
    recorded = f"{run.total('dispatches'):>11,}{run.total('calls'):>9,}" if run.recorded else f"{'':20}"
    passed = counts["passed"] + counts["expected failure"]
    return (
        f"{verdict.package:24}{verdict.version:9}{run.name:24}{passed:>7,}{failed:>7,}{counts['skipped']:>8,}"
        f"{recorded}{run.cpu:>7.1f}{inventory}"
    )


def _pair(inventory: dict[str, dict[str, int]], name: str) -> str:
    scan = inventory["scan"][name]
    ours = inventory.get("ours", inventory["scan"])[name]
    return str(scan) if ours == scan else f"{ours}/{scan}"
