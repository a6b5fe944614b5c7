"""Findings silenced by a setting or a comment, and silences without effect."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.silences import COMMENT, DJANGOS, OURS, Setting, Silenced, Unused, sort_out
from signaltrace.declarations import FunctionDef, Silence, Source
from tests.analysis.findings.building import module
from tests.doctor_samples import finding, rule

RULES = (rule("W007"), rule("W008"))
FILE = "/srv/shop/receivers.py"


def sorted_out(findings, silences=(), settings=(), ran=RULES, **more):
    source = Source((module(silences=tuple(silences), **more),))
    return sort_out(findings, source, settings, RULES, ran)


def on(line, rule_id="W007"):
    return finding(
        rule_id, evidence=(Evidence("the receiver", "/srv/lib.py", 1), Evidence("here", FILE, line))
    )


def test_a_comment_behind_a_statement_counts_on_each_of_its_lines():
    """From the line it begins on to the comment's own."""
    silence = Silence(12, ("W007",), first=10)
    assert [bool(sorted_out([on(line)], [silence]).kept) for line in (9, 10, 11, 12, 13)] == [
        True, False, False, False, True,
    ]  # fmt: skip


def test_a_comment_alone_on_its_line_is_told_with_that_line():
    """It counts on the next line of code; what is said of it leads to itself."""
    parted = sorted_out([on(10)], [Silence(10, ("W007",), 8), Silence(30, ("W008",), 28)])
    assert parted.silenced == (Silenced(on(10), COMMENT, FILE, 8),)
    assert [each.line for each in parted.unused] == [28]


@pytest.mark.parametrize("text", ["W007", "w007", "signaltrace.W007", "rule-w007"])
def test_a_comment_on_any_line_of_the_evidence(text):
    """However the id is written."""
    parted = sorted_out([on(10)], [Silence(10, (text,))])
    assert parted.silenced == (Silenced(on(10), COMMENT, FILE, 10),)
    assert (parted.kept, parted.unused) == ((), ())


@pytest.mark.parametrize("line", [8, 9, 10])
def test_a_comment_from_the_first_decorator_to_the_def(line):
    """They are one head, whichever of the lines the evidence names."""
    head = FunctionDef("notify", line=8, def_line=10, end_line=20)
    for evidence in (8, 9, 10):
        assert sorted_out([on(evidence)], [Silence(line, ("W007",))], functions=(head,)).kept == ()


@pytest.mark.parametrize("line", [7, 11, 20])
def test_no_comment_beyond_the_head(line):
    """The body is the body's."""
    head = FunctionDef("notify", line=8, def_line=10, end_line=20)
    parted = sorted_out([on(8)], [Silence(line, ("W007",))], functions=(head,))
    assert parted.kept == (on(8),)
    assert len(parted.unused) == 1


def test_a_comment_is_about_the_ids_it_names():
    """Several may stand in one."""
    parted = sorted_out([on(10), on(10, "W008")], [Silence(10, ("W008", "W007"))])
    assert len(parted.silenced) == 2
    parted = sorted_out([on(10)], [Silence(10, ("W008",))])
    assert parted.kept == (on(10),)


@pytest.mark.parametrize(
    ("setting", "text", "works"),
    [
        (OURS, "W007", True),
        (OURS, "signaltrace.W007", True),
        (DJANGOS, "signaltrace.W007", True),
        (DJANGOS, "W007", False),
    ],
)
def test_a_setting(setting, text, works):
    """In Django's own an id has its prefix: others there are not ours."""
    parted = sorted_out([on(10)], settings=[Setting(setting, text)])
    assert bool(parted.silenced) is works
    assert parted.unused == ()


@pytest.mark.parametrize(
    ("settings", "silences", "unused"),
    [
        ([Setting(OURS, "W008")], [], Unused(f"{OURS} names W008, which found nothing there: take it out")),
        (
            [],
            [Silence(11, ("W007",))],
            Unused(f"{COMMENT} names W007, which found nothing there: take it out", FILE, 11),
        ),
        (
            [Setting(DJANGOS, "signaltrace.W07")],
            [],
            Unused(f"{DJANGOS} names signaltrace.W07, which is no rule; did you mean W007?"),
        ),
        (
            [],
            [Silence(10, ())],
            Unused(f"{COMMENT} names no rule: {COMMENT}[W004] would silence that one", FILE, 10),
        ),
    ],
)
def test_a_silence_that_silences_nothing_is_told(settings, silences, unused):
    """Else it would hide what comes later."""
    assert sorted_out([on(10)], silences, settings).unused == (unused,)


def test_other_peoples_needless_silences_are_not_told():
    """Of Django's checks, and in packages."""
    parted = sorted_out([on(10)], [Silence(9, ("W008",))], [Setting(DJANGOS, "fields.W342")], mine=False)
    assert parted.unused == ()


def test_a_rule_that_did_not_run_judges_no_silence():
    """It might have found something."""
    assert sorted_out([], [Silence(9, ("W008",))], ran=(RULES[0],)).unused == ()


def test_two_silences_of_one_finding_are_both_of_use():
    """Neither is told to be needless."""
    parted = sorted_out([on(10)], [Silence(10, ("W007",))], [Setting(OURS, "W007")])
    assert len(parted.silenced) == 1
    assert parted.unused == ()
