"""Writes that bypassed receivers, on a page: what a line says of them, and that they were not to be shown."""

from __future__ import annotations

import pytest

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.rows import STEP
from signaltrace.trace import Trace
from tests.probed_samples import event, transacted
from tests.views.printing import printed


def page(view: str, trace: Trace, **facts: bool) -> str:
    return printed(views.load(view).render(trace, Selection(**facts)), 120)  # type: ignore[arg-type]


def line(how: str, *overrides: str) -> str:
    """What the tree says of one write."""
    trace = transacted()
    data = {"how": how, "model": "shop.Profile", "rows": 3, "overrides": list(overrides)}
    trace.events = [event("bypass", 9 * STEP, data=data)]
    lines = page("tree", trace).splitlines()
    at = next(at for at, each in enumerate(lines) if "shop.Profile" in each)
    below = [" ".join(lines[at + 1].split())] if lines[at + 1] else []
    return " / ".join([" ".join(lines[at].split("ms")[-1].split()), *below])


def test_what_a_write_bypassed_is_said_without_a_double_negative() -> None:
    """Nothing was connected; or the model's own method did not run; a raw load runs receivers."""
    assert line("update") == "update shop.Profile 3 rows no receiver connected"
    assert line("update", "save") == "update shop.Profile 3 rows bypassed / └○ Profile.save() did not run"
    assert line("raw") == "raw load shop.Profile 3 rows with raw=True"
    assert line("raw", "save") == "raw load shop.Profile 3 rows with raw=True / └○ Profile.save() did not run"


@pytest.mark.parametrize("view", ["tree", "profile", "receivers-called"])
def test_what_no_bypassed_leaves_out_is_counted(view: str) -> None:
    """A page that leaves something out says so, with the option."""
    text = page(view, transacted(), bypassed=False)
    said = "2 writes that bypassed receivers or overridden methods, 1 write that had none to bypass"
    assert f"Not shown: {said} (--no-bypassed).\n" in text
    assert "did not run" not in text
    assert "--no-bypassed" not in page(view, transacted())


def test_nothing_is_said_where_nothing_was_left_out() -> None:
    """Neither of a trace without such writes, nor by the queries, which never tell of them."""
    trace = transacted()
    assert "--no-bypassed" not in page("queries", trace, bypassed=False)
    trace.events = []
    assert "--no-bypassed" not in page("tree", trace, bypassed=False)
