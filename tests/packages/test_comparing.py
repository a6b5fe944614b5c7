"""What the command reports as different, and that an inventory is judged by a scan of its own."""

import copy

import pytest

from tests.packages.comparing import Verdict, beside, compare, table
from tests.packages.program import compare as compare_programs
from tests.packages.running import PackageRun

KINDS = {"signals": 2, "connections": 1, "with sender": 0, "weak": 1, "async": 0, "with uid": 0, "dead": 0}
LINES = ["shop.placed", "shop.placed → shop.audit | any sender |  | (False, True, False)", "shop.shipped"]


def a_run(name: str) -> PackageRun:
    """A run of two tests without fault."""
    traced = name.startswith("traced")
    account = {"problem": ""} | ({"dispatches": 9, "calls": 4, "dropped": 0} if traced else {})
    inventories = [
        {"when": when, "scan": dict(KINDS), "lines": list(LINES)}
        | ({"ours": dict(KINDS), "differences": []} if traced else {})
        for when in ("after setup", "after the suite")
    ]
    facts = {"inventories": inventories, "left": [], "spans": {"shop.audit": 3}}
    facts |= {"sent": {"shop.placed.send": 9}, "called": {"shop.placed → shop.audit": 4}} if traced else {}
    tests = {"test_one": [("passed", "")], "test_two": [("skipped", "no network")]}
    return PackageRun(tests, 1.0, 1.0, 0, 0, [account], facts=facts, name=name)


def test_equal_runs_are_the_same():
    """No difference is made up."""
    assert compare(a_run("bare"), a_run("traced")) == []
    assert beside(a_run("bare, sentry"), a_run("traced"), a_run("traced, sentry under us")) == []


def _another_outcome(run):
    run.tests["test_one"] = [("failed", "KeyError")]


def _test_not_run(run):
    del run.tests["test_two"]


def _another_reason(run):
    run.tests["test_two"] = [("skipped", "no database")]


def _nothing_recorded(run):
    run.accounts[0]["calls"] = 0


def _no_account(run):
    run.accounts, run.silent = [], 1


def _methods_lost(run):
    run.accounts[0]["problem"] = "Signal's methods were not signaltrace's after test_one"


def _fault(run):
    run.accounts[0]["faults"] = ["labels: KeyError (x1)"]


def _not_restored(run):
    run.facts["left"] = ["send"]


def _another_status(run):
    run.status = 1


def _entry_missing(run):
    run.facts["inventories"][1]["differences"] = ["shop.placed: 0 connections, 1 entries"]


def _another_count(run):
    run.facts["inventories"][1]["ours"]["weak"] = 0


def _no_inventory(run):
    del run.facts["inventories"][1]


def _receiver_kept(run):
    line = "shop.shipped → shop.mail | any sender |  | (False, True, False)"
    run.facts["inventories"][1]["lines"].append(line)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_another_outcome, "traced: test_one: bare passed, traced failed (KeyError)"),
        (_test_not_run, "traced: test_two: bare skipped (no network), traced did not run"),
        (_another_reason, "traced: test_two: bare skipped (no network), traced skipped (no database)"),
        (_nothing_recorded, "traced: no receiver call was recorded"),
        (_no_account, "traced: 1 processes ran tests and gave no account of their recording"),
        (_methods_lost, "traced: Signal's methods were not signaltrace's after test_one"),
        (_fault, "traced: labels: KeyError (x1)"),
        (_not_restored, "traced: not as each tool left it: send"),
        (_another_status, "exit status: bare 0, traced 1"),
        (_entry_missing, "traced: inventory after the suite: shop.placed: 0 connections, 1 entries"),
        (_another_count, "traced: inventory after the suite: {"),
        (_no_inventory, "traced: the inventory was not taken twice"),
        (_receiver_kept, "traced: connected after the suite: shop.shipped → shop.mail"),
    ],
)
def test_each_difference_is_told(spoil, told):
    """An outcome, a lost recording, a wrong inventory: each makes the runs different."""
    traced = a_run("traced")
    spoil(traced)
    assert any(line.startswith(told) for line in compare(a_run("bare"), traced))


def test_a_suite_without_tests_proves_nothing():
    """Two runs of nothing are equal, and no proof."""
    bare, traced = a_run("bare"), a_run("traced")
    bare.tests, traced.tests = {}, {}
    assert "bare: no test ran" in compare(bare, traced)


@pytest.mark.parametrize(
    ("what", "name"), [("called", "shop.placed → wrapper"), ("sent", "shop.placed.asend")]
)
def test_beside_sentry_another_name_is_told(what, name):
    """A receiver that goes by its wrapper's name beside another tool is a difference."""
    traced = a_run("traced, sentry over us")
    traced.facts[what] = {name: 4}
    lines = beside(a_run("bare, sentry"), a_run("traced"), traced)
    assert f"traced, sentry over us: {what}, without the tool and with it: {name}: 0 and 1" in lines


def test_beside_sentry_its_own_spans_are_compared_and_its_own_receivers_are_not():
    """Its report is as without us; what it connects for itself is not ours to explain."""
    bare, alone, traced = a_run("bare, sentry"), a_run("traced"), a_run("traced, sentry under us")
    line = "shop.failed → sentry.failed | any sender |  | (False, True, False)"
    for run in (bare, traced):
        run.facts["inventories"][1]["lines"].append(line)
    traced.facts["called"]["shop.failed → sentry.failed"] = 2
    assert beside(bare, alone, traced) == []
    traced.facts["spans"] = {}
    assert "traced, sentry under us: sentry's spans: shop.audit: 3 and 0" in beside(bare, alone, traced)
    assert "traced, sentry under us: sentry reported no receiver" in beside(bare, alone, traced)


def test_the_table_has_a_line_for_each_run():
    """Counts of both runs, and both inventories where they are not equal."""
    bare, traced = a_run("bare"), a_run("traced")
    traced.facts["inventories"][1]["ours"]["connections"] = 3
    head, one, other, last = table(
        [Verdict("shop", "1.0", [bare, traced]), Verdict("gone", "", not_run="pip ended with status 1.")]
    )
    assert head.split()[:5] == ["package", "version", "run", "passed", "failed"]
    assert one.split() == ["shop", "1.0", "bare", "1", "0", "1", "1.0", "2", "1"]
    assert other.split() == ["shop", "1.0", "traced", "1", "0", "1", "9", "4", "1.0", "2", "3/1"]
    assert last.split() == ["gone", "could", "not", "run"]


A_PROGRAM = {
    "log": ["plain"],
    "tree": ["placed.send", "  plain", "debug_toolbar.created.send", "  kept", "placed.send"],
    "sentry": ["event.django plain"],
    "toolbar": [],
    "left": [],
    "live": [],
    "faults": [],
}


@pytest.mark.parametrize(
    ("what", "value", "told"),
    [
        ("log", ["plain", "plain"], "log, bare and traced: [1] None and 'plain' (1 and 2)"),
        ("sentry", ["event.django wrapper"], "sentry, bare and traced: [0]"),
        ("tree", ["placed.send", "  wrapper"], "tree, without the tool and with it: [1] "),
        ("left", ["_live_receivers"], "not as the tool left it: _live_receivers"),
        ("live", ["send"], "still signaltrace's: send"),
        ("faults", ["Fault()"], "fault: Fault()"),
    ],
)
def test_the_small_program_differs_in_anything_it_tells(what, value, told):
    """The toolbar's own dispatches excepted, each thing it writes down is compared."""
    bare, alone, traced = (copy.deepcopy(A_PROGRAM) for _ in range(3))
    alone["tree"] = ["placed.send", "  plain", "placed.send"]
    assert compare_programs("sentry", bare, alone, traced) == []
    traced[what] = value
    assert any(line.startswith(told) for line in compare_programs("sentry", bare, alone, traced))
