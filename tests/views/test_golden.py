"""Every view × sample × width against golden files; `tests/golden/README.md` says how to update them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.rows import calls_of
from tests.samples import SAMPLES
from tests.views.printing import printed

GOLDEN = Path(__file__).parent.parent / "golden"
WIDTHS = (80, 120)
CASES = [(view, sample, width) for view in views.names() for sample in SAMPLES for width in WIDTHS]


@pytest.mark.parametrize(("view", "sample", "width"), CASES)
def test_view_prints_its_golden_file(view: str, sample: str, width: int) -> None:
    """A view's output changes only on purpose, and never is a line wider than the terminal."""
    text = printed(views.load(view).render(SAMPLES[sample](), Selection()), width)
    path = GOLDEN / f"{view}-{sample}-{width}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_every_golden_file_belongs_to_a_case() -> None:
    """A file left over from a view or sample that is gone would pass for proof."""
    expected = {f"{view}-{sample}-{width}.txt" for view, sample, width in CASES}
    assert {path.name for path in GOLDEN.glob("*.txt")} == expected


@pytest.mark.parametrize("view", views.names())
def test_hostile_names_reach_the_terminal_as_text(view: str) -> None:
    """No control character, bidi mark or surrogate of the traced program is ever printed."""
    text = printed(views.load(view).render(SAMPLES["hostile"](), Selection(orphaned=True)), 80)
    assert all(each.isprintable() for line in text.split("\n") for each in line)
    assert "[bold]shout[/bold]" in text
    assert len(text) < 6_000


@pytest.mark.parametrize("view", views.names())
@pytest.mark.parametrize("sample", SAMPLES)
def test_an_ascii_terminal_gets_ascii(view: str, sample: str) -> None:
    """A terminal without UTF-8 raises UnicodeEncodeError on the first box character."""
    text = printed(views.load(view).render(SAMPLES[sample](), Selection()), 80, encoding="ascii")
    assert text.isascii()


EVERYDAY = ["checkout", "raising", "recursive", "robust", "concurrent", "folded", "deep", "queries"]


@pytest.mark.parametrize("width", [50, 80, 120])
@pytest.mark.parametrize(
    ("view", "sample"),
    [(view, "suite") for view in views.names()]
    + [(view, sample) for view in views.names() if view != "tests" for sample in EVERYDAY],
)
def test_the_receivers_own_name_is_never_cut(view: str, width: int, sample: str) -> None:
    """What is cut is cut in the middle of a path: the last part of every receiver that ran is there.

    The view of queries names those that ran any.
    """
    trace = SAMPLES[sample]()
    text = printed(views.load(view).render(trace, Selection()), width)
    calls = [call for row in trace.rows() for call in calls_of(row)]
    ran = [
        trace.receivers[call.receiver].name
        for call in calls
        if view != "queries" or trace.queries_of(call.id)
    ]
    assert all(name.rsplit(".", 1)[-1] in text for name in ran)


@pytest.mark.parametrize("view", views.names())
@pytest.mark.parametrize("width", [20, 40, 300])
def test_odd_widths_neither_fail_nor_overflow(view: str, width: int) -> None:
    """A narrow pane or a huge one is laid out like any other."""
    for build in SAMPLES.values():
        text = printed(views.load(view).render(build(), Selection()), width)
        assert max(cell_len(line) for line in text.splitlines()) <= width
