"""Rules run over facts: what counts, what does not, and a rule that fails."""

from __future__ import annotations

import pytest

from signaltrace.analysis.baseline import Entry
from signaltrace.analysis.diagnosis import Asked, diagnose, with_baseline
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.silences import DJANGOS, OURS, Setting
from signaltrace.declarations import SourceModule
from signaltrace.facts import Facts
from signaltrace.history import History
from signaltrace.span import Fault
from signaltrace.testing import build_trace, called, sent
from tests.analysis.findings.building import PAID, conn, facts, module, signal
from tests.doctor_samples import finding, rule

TRACE = build_trace(sent(PAID)(called("shop.receivers.notify", 5)))


def at(file: str, line: int):
    return {"evidence": (Evidence("here", file, line),)}


def test_the_worst_come_first_and_then_by_place():
    """Files by name, lines by number."""
    ids = [("I009", "b", 1), ("W007", "b", 10), ("W007", "b", 9), ("W008", "a", 30), ("E002", "z", 1)]
    findings = [finding(each, f"{file}{line}", **at(file, line)) for each, file, line in ids]
    found = diagnose(Facts(), Asked(rules=(rule("W007", *findings),))).findings
    assert [each.subject for each in found] == ["z1", "a30", "b9", "b10", "b1"]


def test_what_was_found_over_and_over_counts_once():
    """A connection made a hundred times is one thing to mend."""
    assert len(diagnose(Facts(), Asked(rules=(rule("W007", finding(), finding()),))).findings) == 1


def test_a_rule_that_fails_is_our_fault_and_hides_nothing():
    """It is counted, the others run, and nothing is called clean."""
    asked = Asked(rules=(rule("W007", finding(), fails="a\nbug"), rule("W008", finding("W008"))))
    diagnosis = diagnose(Facts(), asked)
    assert diagnosis.faults == (Fault("signaltrace.W007", "ValueError: a bug"),)
    assert [each.rule for each in diagnosis.findings] == ["signaltrace.W007", "signaltrace.W008"]
    assert not diagnose(Facts(), Asked(rules=(rule("W007", fails="bug"),))).is_clean("error")


def test_a_fault_of_the_ledger_is_told_and_fails_nothing():
    """It knows less then, and says no wrong thing."""
    diagnosis = diagnose(Facts(history=History(faults=(Fault("ledger", "KeyError"),))), Asked(rules=()))
    assert diagnosis.faults == (Fault("ledger", "KeyError"),)
    assert diagnosis.is_clean("info")


@pytest.mark.parametrize(
    ("rule_id", "clean_at"),
    [("I009", ["warning", "error"]), ("W007", ["error"]), ("E002", [])],
)
def test_clean_is_nothing_at_the_level_or_above(rule_id, clean_at):
    """As --fail-level says."""
    diagnosis = diagnose(Facts(), Asked(rules=(rule(rule_id, finding(rule_id)),)))
    assert [each for each in ("info", "warning", "error") if diagnosis.is_clean(each)] == clean_at


def test_packages_are_apart_unless_they_are_wanted():
    """They do not count."""
    rules = (rule("W007", finding("W007", "lib", mine=False), finding()),)
    diagnosis = diagnose(Facts(), Asked(rules=rules))
    assert [each.subject for each in diagnosis.packages] == ["lib"]
    assert len(diagnosis.findings) == 1
    diagnosis = diagnose(Facts(), Asked(rules=rules, packages=True))
    assert (len(diagnosis.packages), len(diagnosis.findings)) == (0, 2)


def test_rules_of_traces_run_with_a_trace():
    """And only then."""
    rules = (rule("W101", finding("W101"), needs_trace=True), rule("W007"))
    assert [each.ID for each in diagnose(Facts(), Asked(rules=rules)).ran] == ["signaltrace.W007"]
    diagnosis = diagnose(Facts(trace=TRACE), Asked(rules=rules))
    assert (len(diagnosis.findings), diagnosis.looked.dispatches) == (1, 1)


def test_an_app_is_a_part_of_its_label():
    """Findings of no app are in none."""
    rules = (rule("W007", finding(), finding(subject="log", app="audit"), finding(subject="-", app="")),)
    assert [each.app for each in diagnose(Facts(), Asked(rules=rules, apps=("AUD",))).findings] == ["audit"]
    assert diagnose(Facts(), Asked(rules=rules, apps=("x",))).findings == ()


def test_all_that_is_looked_at_is_counted():
    """A clean bill says how much was seen."""
    broken = SourceModule("shop.bad", "/srv/shop/bad.py", error="SyntaxError: x")
    given = facts(signal(PAID, conn(), conn("audit")), modules=(module(), broken))
    diagnosis = diagnose(given, Asked(rules=()))
    looked = diagnosis.looked
    assert (looked.signals, looked.connections, looked.files, looked.dispatches) == (1, 2, 1, None)
    assert [(each.file, each.error) for each in diagnosis.unread] == [("/srv/shop/bad.py", "SyntaxError: x")]


@pytest.mark.parametrize(
    ("history", "notes"),
    [
        (History(on=True, complete=True, advice="Do."), ()),
        (History(advice="Do."), ("Do.",)),
        (History(on=True, advice="Do."), ("Do.",)),
        (History(on=True, complete=True, dropped=3), ("The ledger let go of its oldest 3 events.",)),
    ],
)
def test_what_could_not_be_known_is_a_note(history, notes):
    """With the way to know it."""
    assert diagnose(Facts(history=history), Asked(rules=())).notes == notes


def test_silenced_and_known_findings_do_not_count():
    """Each is kept for who wants to see it."""
    rules = (rule("W007", finding(), finding(subject="old")), rule("W008", finding("W008")))
    asked = Asked(rules, silenced=(Setting(OURS, "W008"),), baseline=(Entry("signaltrace.W007", "old"),))
    diagnosis = diagnose(Facts(), asked)
    assert [each.subject for each in diagnosis.findings] == ["shop.receivers.notify"]
    assert [each.subject for each in diagnosis.known] == ["old"]
    assert [each.finding.rule for each in diagnosis.silenced] == ["signaltrace.W008"]
    assert (diagnosis.stale, diagnosis.unused) == ((), ())


def test_of_rules_that_did_not_run_or_failed_nothing_is_called_needless():
    """Neither a silence nor an entry: who knows what they would have found."""
    rules = (rule("W007", fails="bug"), rule("W101", needs_trace=True))
    entries = tuple(Entry(f"signaltrace.{each}", "x") for each in ("W007", "W008", "W101"))
    silenced = tuple(Setting(DJANGOS, f"signaltrace.{each}") for each in ("W007", "W008", "W101"))
    diagnosis = diagnose(Facts(), Asked(rules, silenced=silenced, baseline=entries))
    assert (diagnosis.stale, diagnosis.unused) == ((), ())


def test_what_is_filtered_out_is_no_reason_to_call_an_entry_stale():
    """An app is looked at alone; the baseline is the project's."""
    rules = (
        rule("W007", finding(), finding(subject="log", app="audit"), finding(subject="lib", mine=False)),
    )
    entries = tuple(Entry("signaltrace.W007", each) for each in ("log", "lib", "gone"))
    diagnosis = diagnose(Facts(), Asked(rules, apps=("shop",), baseline=entries))
    assert diagnosis.stale == (Entry("signaltrace.W007", "gone"),)
    assert [each.subject for each in diagnosis.known] == ["lib"]


def test_findings_made_the_baseline_are_known():
    """From this moment on."""
    diagnosis = with_baseline(
        diagnose(Facts(), Asked(rules=(rule("W007", finding()),))),
        (Entry("signaltrace.W007", "shop.receivers.notify"),),
    )
    assert (diagnosis.findings, len(diagnosis.known), diagnosis.is_clean("info")) == ((), 1, True)


def test_all_rules_run_unless_some_are_asked_for():
    """Those of the folder, over facts of nothing: no finding and no fault."""
    diagnosis = diagnose(facts())
    assert len(diagnosis.ran) >= 11
    assert (diagnosis.findings, diagnosis.faults) == ((), ())
