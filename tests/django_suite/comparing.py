"""Two runs side by side: the table of counts, and each test whose outcome differs."""

from collections.abc import Iterator, Sequence

from tests.django_suite.running import Run

OUTCOMES = ("passed", "failed", "error", "skipped", "expected failure", "unexpected success")


def differences(bare: Run, traced: Run) -> list[str]:
    """One line for each test that did not end the same way, with both outcomes."""
    return [
        f"{name}: bare {_told(bare.tests.get(name))}, traced {_told(traced.tests.get(name))}"
        for name in sorted(bare.tests.keys() | traced.tests.keys())
        if bare.tests.get(name) != traced.tests.get(name)
    ]


def table(bare: Run, traced: Run) -> Iterator[str]:
    """The lines of the table: a count for each outcome, then the seconds the tests took."""
    yield f"{'':20}{'bare':>10}{'traced':>10}"
    for outcome in OUTCOMES:
        yield f"{outcome:20}{bare.counts()[outcome]:>10,}{traced.counts()[outcome]:>10,}"
    yield f"{'tests':20}{len(bare.tests):>10,}{len(traced.tests):>10,}"
    yield f"{'exceptions ignored':20}{bare.ignored:>10,}{traced.ignored:>10,}"
    for name, before, after in (("wall s", bare.wall, traced.wall), ("CPU s", bare.cpu, traced.cpu)):
        yield f"{name:20}{before:>10.1f}{after:>10.1f}{after / before:>8.2f} ×"


def seen(traced: Run) -> str:
    """What the recordings saw, in one line."""
    processes = len(traced.accounts)
    return (
        f"traced: {traced.total('dispatches'):,} dispatches, {traced.total('calls'):,} receiver calls kept, "
        f"{traced.total('dropped'):,} spans dropped, in {processes} process{'es' if processes != 1 else ''}"
    )


def _told(outcomes: Sequence[tuple[str, str]] | None) -> str:
    if outcomes is None:
        return "did not run"
    return " and ".join(f"{outcome} ({detail})" if detail else outcome for outcome, detail in outcomes)
