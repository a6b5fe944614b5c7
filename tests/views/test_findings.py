"""What doctor says, against golden files: `tests/golden/findings/`, updated with UPDATE_GOLDEN=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from signaltrace.analysis.diagnosis import Diagnosis
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import rules
from signaltrace.views.findings import render, render_rules
from tests.doctor_samples import DIAGNOSES, SRC, finding
from tests.views.printing import printed

GOLDEN = Path(__file__).parent.parent / "golden" / "findings"
CASES = [(sample, width) for sample in DIAGNOSES for width in (80, 120)]


@pytest.fixture(autouse=True)
def _in_the_bookshop(monkeypatch):
    """Places are told relative to the current folder."""
    monkeypatch.setattr(os, "getcwd", lambda: SRC)


@pytest.mark.parametrize(("sample", "width"), CASES)
def test_it_prints_its_golden_file(sample, width):
    """Changed on purpose only, and never wider than the terminal."""
    text = printed(render(DIAGNOSES[sample]()), width)
    path = GOLDEN / f"{sample}-{width}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")
    assert max(cell_len(line) for line in text.splitlines()) <= width


def test_every_golden_file_belongs_to_a_case():
    """One left over would pass for proof."""
    assert {each.name for each in GOLDEN.glob("*.txt")} == {f"{name}-{width}.txt" for name, width in CASES}


@pytest.mark.parametrize("sample", DIAGNOSES)
@pytest.mark.parametrize("width", [20, 40, 300])
def test_odd_widths_neither_fail_nor_overflow(sample, width):
    """A narrow pane or a huge one."""
    text = printed(render(DIAGNOSES[sample]()), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("sample", DIAGNOSES)
def test_an_ascii_terminal_gets_ascii(sample):
    """No character that it has not."""
    assert printed(render(DIAGNOSES[sample]()), 80, encoding="ascii").isascii()


def test_hostile_text_is_inert():
    """Nothing of a project's names is obeyed."""
    text = printed(render(DIAGNOSES["hostile"]()), 80)
    assert all(each.isprintable() for line in text.split("\n") for each in line)
    assert "[bold]shout[/bold]" in text


def test_long_lists_at_the_foot_are_cut():
    """They are counted all the same."""
    stale = tuple(DIAGNOSES["everything"]().stale) * 30
    lines = printed(render(Diagnosis(stale=stale)), 80).splitlines()
    assert "30 entries of the baseline no longer apply:" in lines
    assert lines[-2] == "  … and 20 more"
    assert lines[-1] == "Write it again with --write-baseline FILE to be rid of them."


def test_a_finding_of_a_rule_that_is_not_there_is_shown():
    """Whatever made it."""
    text = printed(render(Diagnosis(findings=(finding("W999"),))), 80)
    assert text.splitlines()[0] == "W999 warning"


@pytest.mark.parametrize("width", [20, 80, 120])
def test_the_rules_are_listed(width):
    """Each with id, name and what it is about; none is wider than the terminal."""
    text = printed(render_rules(rules()), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    words = " ".join(text.split())
    for each in rules():
        assert each.ID.partition(".")[2] in words
        if width > 20:
            assert each.NAME in words


def test_what_one_place_shows_is_one_text():
    """A place left blank looks cut off."""
    here = f"{SRC}/shop/receivers.py"
    shown = (Evidence("the receiver", here, 10), Evidence("connected here", here, 10), Evidence("twice"))
    lines = printed(render(Diagnosis(findings=(finding(evidence=shown),))), 80).splitlines()
    assert lines[2:4] == ["    shop/receivers.py:10  the receiver; connected here", "    twice"]


def test_a_fix_of_several_is_told_once_for_them():
    """Beside one of another finding."""
    same = [finding(subject=each, fix="Do this.") for each in ("a", "b")]
    other = finding(subject="c", fix="Do that.")
    lines = printed(render(Diagnosis(findings=(same[0], other, same[1]))), 80).splitlines()
    assert [each for each in lines if "Fix" in each] == ["  Fix for these 2: Do this.", "    Fix: Do that."]
