"""What all rules have in common."""

from __future__ import annotations

import re

import pytest

from signaltrace.analysis.connected import connected_at
from signaltrace.analysis.finding import SEVERITIES, Evidence
from signaltrace.analysis.findings import rules
from signaltrace.analysis.rule_ids import find_rule, hint
from signaltrace.facts import Facts
from signaltrace.span import CallSite
from tests.analysis.findings.building import APPS, PAID, conn, event, facts

LETTERS = {"E": "error", "W": "warning", "I": "info"}


@pytest.mark.parametrize("rule", rules(), ids=lambda each: each.ID)
def test_a_rule_says_what_it_is(rule):
    """The letter of the id is the severity; name and texts are what views print."""
    assert re.fullmatch(r"signaltrace\.[EWI]\d{3}", rule.ID)
    assert LETTERS[rule.ID.partition(".")[2][0]] == rule.SEVERITY
    assert rule.SEVERITY in SEVERITIES
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.NAME)
    assert rule.SUMMARY.endswith(".")
    assert rule.WHY.endswith(".")
    assert len(rule.SUMMARY) <= 100
    assert rule.NEEDS_TRACE is (rule.ID[-3] == "1")


def test_numbers_and_names_are_unique():
    """A silence, a baseline and the README name a rule by them."""
    assert len({each.ID[-3:] for each in rules()}) == len(rules())
    assert len({each.NAME for each in rules()}) == len(rules())


@pytest.mark.parametrize("rule", [each for each in rules() if not each.NEEDS_TRACE], ids=lambda each: each.ID)
@pytest.mark.parametrize("given", [Facts(), facts()])
def test_of_nothing_nothing_is_found(rule, given):
    """No evidence, no finding."""
    assert list(rule.find(given)) == []


def test_a_rule_has_three_spellings():
    """In any case: the id with and without the prefix, and the name."""
    spellings = ("W007", "w007", "signaltrace.W007", "connected-twice", " W007 ")
    assert {find_rule(each, rules()).ID for each in spellings} == {"signaltrace.W007"}
    assert find_rule("W7", rules()) is None
    assert find_rule("", rules()) is None


def test_a_spelling_that_is_none_gets_the_nearest():
    """So that a typing mistake is one, and no silence."""
    assert hint("W00", rules()).startswith("did you mean W00")
    assert hint("signaltrace.connected_twice", rules()) == "did you mean connected-twice?"
    assert hint("xyzzy", rules()).startswith("there are ")


@pytest.mark.parametrize(
    ("function", "within", "text"),
    [
        ("<module>", "shop.apps.ShopConfig.ready", ", imported by shop.apps.ShopConfig.ready()"),
        ("ShopConfig.ready", "shop.apps.ShopConfig.ready", " in shop.apps.ShopConfig.ready()"),
        ("wire_up", "shop.apps.ShopConfig.ready", ", while shop.apps.ShopConfig.ready() ran"),
        ("<module>", "", ""),
    ],
)
def test_a_line_is_said_to_be_in_a_ready_only_if_it_is(function, within, text):
    """A module's own line is in no function, whoever imported it."""
    one = event(site=CallSite(APPS, 30, function), within=within)
    assert connected_at(facts(events=(one,)), PAID, conn()) == [Evidence(f"connected here{text}", APPS, 30)]
