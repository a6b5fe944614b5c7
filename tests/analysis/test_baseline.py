"""Baselines: what is known, what is new, what no longer applies, and their text."""

from __future__ import annotations

import pytest

from signaltrace.analysis.baseline import Entry, entries_of, from_text, kin_of, match, to_text
from signaltrace.analysis.findings import rules
from signaltrace.errors import SignaltraceError
from tests.doctor_samples import finding

ONE = Entry("signaltrace.W007", "shop.receivers.notify")
TEXT = """{"format": "signaltrace-baseline", "schema": 1, "findings": [
  {"rule": "signaltrace.E002", "subject": "a \\"b\\"", "count": 1},
  {"rule": "signaltrace.W007", "subject": "shop.receivers.notify", "count": 2}
]}
"""


def test_entries_are_counted_and_sorted_and_have_no_lines():
    """Their order says nothing; code that moves stays known."""
    findings = [finding(), finding("E002", 'a "b"'), finding(evidence=())]
    assert to_text(entries_of(findings)) == TEXT
    assert to_text(entries_of(reversed(findings))) == TEXT


@pytest.mark.parametrize("entries", [(), (ONE,), (Entry("a", "b\n\u202e ä", 3), ONE)])
def test_a_text_gives_back_what_it_was_made_of(entries):
    """Whatever a subject has in it."""
    assert from_text(to_text(entries), "it") == entries


def test_so_many_are_known_and_no_more():
    """The third of two is new."""
    three = [finding(title=each) for each in "abc"]
    matched = match(three, [Entry(ONE.rule, ONE.subject, 2)])
    assert (matched.known, matched.new, matched.stale) == (tuple(three[:2]), (three[2],), ())


def test_what_is_left_of_an_entry_no_longer_applies():
    """With the number that is left."""
    matched = match([finding()], [Entry(ONE.rule, ONE.subject, 3), Entry("signaltrace.W000", "x")])
    assert matched.stale == (Entry("signaltrace.W000", "x"), Entry(ONE.rule, ONE.subject, 2))
    assert match([], [ONE], not_judged=[ONE.rule]).stale == ()


def test_rule_and_subject_tell_findings_apart():
    """Each alone does not."""
    others = [finding("W008"), finding(subject="other")]
    assert match(others, [ONE]).new == tuple(others)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "it is no baseline: --write-baseline makes one"),
        ("[]", "it is no baseline: --write-baseline makes one"),
        ('{"format": "signaltrace", "schema": 2}', "it is no baseline: --write-baseline makes one"),
        ("[" * 100_000, "it is no baseline: --write-baseline makes one"),
        (TEXT[:90], "it is damaged: it is not JSON to the end; write it anew with --write-baseline"),
        (
            TEXT.replace('"schema": 1', '"schema": 2'),
            (
                "it was written by a newer signaltrace (schema 2, this one reads up to 1):"
                " upgrade django-signaltrace"
            ),
        ),
        *(
            (
                text,
                "it is damaged: its findings cannot be understood; write it anew with --write-baseline",
            )
            for text in (
                TEXT.replace('"schema": 1', '"schema": true'),
                TEXT.replace('"schema": 1', '"schema": 0'),
                TEXT.replace('"count": 2', '"count": 0'),
                TEXT.replace('"count": 2', '"count": true'),
                TEXT.replace('"subject"', '"sub"'),
                TEXT.replace('{"rule": "signaltrace.E002", "subject": "a \\"b\\"", "count": 1}', "null"),
                '{"format": "signaltrace-baseline", "schema": 1}',
            )
        ),
    ],
)
def test_what_is_no_baseline_is_refused_in_a_line(text, line):
    """With the way to have one."""
    with pytest.raises(SignaltraceError) as caught:
        from_text(text, "it")
    assert str(caught.value) == line


KIN = {"signaltrace.W003": ("signaltrace.E002",), "signaltrace.E002": ("signaltrace.W003",)}


@pytest.mark.parametrize(("written", "found"), [("E002", "W003"), ("W003", "E002")])
def test_a_problem_is_known_by_the_rule_that_tells_of_it_elsewhere(written, found):
    """With DEBUG on and off: the subject is the same; the entry does apply."""
    entries = entries_of([finding(written)])
    matched = match([finding(found), finding(found, "other")], entries, (), KIN)
    assert ([each.subject for each in matched.new], matched.stale) == (["other"], ())
    assert match([finding(found)], entries).known == ()


def test_an_entry_is_for_its_own_rule_first():
    """Kin take what is left."""
    three = [finding("W003", title="a"), finding("E002", title="b"), finding("E002", title="c")]
    matched = match(three, [Entry("signaltrace.E002", ONE.subject, 2)], (), KIN)
    assert [each.title for each in matched.known] == ["b", "c"]


def test_kin_are_named_by_one_and_known_to_both():
    """W003 names E002."""
    assert kin_of(rules()) == KIN
