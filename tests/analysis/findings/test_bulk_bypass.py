"""I017: a bulk write past receivers; and writes that pass nobody over."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import bulk_bypass as rule
from signaltrace.declarations import TESTS, UNDECIDED, BulkCall, Reference
from tests.analysis.findings.building import (
    FILE,
    POST_DELETE,
    POST_SAVE,
    conn,
    facts,
    found,
    model,
    module,
    signal,
)
from tests.analysis.findings.source_building import bulk

PRE_SAVE = "django.db.models.signals.pre_save"
STOCK = "/srv/shop/stock.py"
FOREIGN = {"mine": False, "app": "auditlog", "file": "/env/auditlog.py"}


def given(*calls, saves=(), deletes=(), **more):
    source = module("shop.stock", bulk=calls or (bulk("update", "shop.Order"),), **more)
    models = (model("shop.Order"), model("shop.Book"))
    return facts(signal(POST_SAVE, *saves), signal(POST_DELETE, *deletes), modules=(source,), models=models)


ORDERS = conn(sender="shop.Order")


def test_the_receivers_that_do_not_run_are_named():
    """The call comes first."""
    (finding,) = found(rule, given(saves=(ORDERS,)))
    assert finding.title == (
        "update() of shop.Order does not call shop.receivers.notify: it sends no pre_save or post_save"
    )
    assert finding.subject == "shop.stock.restock: update of shop.Order"
    assert finding.evidence == (
        Evidence("update() of shop.Order", STOCK, 50),
        Evidence("shop.receivers.notify, not called: post_save", FILE, 10),
    )


@pytest.mark.parametrize(
    ("operation", "passed_over"),
    [
        ("update", "saved"),
        ("aupdate", "saved"),
        ("bulk_create", "saved"),
        ("abulk_create", "saved"),
        ("bulk_update", "saved"),
        ("abulk_update", "saved"),
        ("_raw_delete", "deleted"),
        ("delete", ""),
        ("adelete", ""),
    ],
)
def test_who_is_passed_over_depends_on_the_operation(operation, passed_over):
    """QuerySet.delete() sends both signals for every row."""
    saves, deletes = (conn("saved", "shop.Order"),), (conn("deleted", "shop.Order", line=20),)
    findings = found(rule, given(bulk(operation, "shop.Order"), saves=saves, deletes=deletes))
    assert ["saved" in each.title for each in findings] == ([passed_over == "saved"] if passed_over else [])


def test_each_call_is_a_finding():
    """Each is silenced on its own line."""
    two = (bulk("update", "shop.Order"), bulk("update", "shop.Order", 60))
    findings = found(rule, given(*two, saves=(ORDERS,)))
    assert [each.evidence[0].line for each in findings] == [50, 60]
    assert len({each.subject for each in findings}) == 1


def test_receivers_of_packages_for_any_sender_are_counted_with_others():
    """Alone they are no reason: they look for what was registered with them."""
    audit = conn("auditlog.log", **FOREIGN)
    assert found(rule, given(saves=(audit,))) == []
    (finding,) = found(rule, given(saves=(audit, ORDERS)))
    assert finding.evidence[-1] == Evidence("nor a receiver of installed packages for any sender")


@pytest.mark.parametrize(
    "one", [conn(), conn("auditlog.log", "shop.Order", **FOREIGN)], ids=["own", "for it"]
)
def test_own_receivers_for_any_sender_count_and_so_do_packages_for_this_model(one):
    """They are meant for it."""
    assert len(found(rule, given(saves=(one,)))) == 1


def test_a_receiver_of_both_signals_is_named_once():
    """Under the first of them."""
    two = facts(
        signal(PRE_SAVE, ORDERS),
        signal(POST_SAVE, ORDERS),
        modules=(module("shop.stock", bulk=(bulk("update", "shop.Order"),)),),
        models=(model("shop.Order"),),
    )
    (finding,) = found(rule, two)
    assert [each.text for each in finding.evidence[1:]] == ["shop.receivers.notify, not called: pre_save"]


@pytest.mark.parametrize(
    "changed",
    [
        given(bulk("update", "shop.Book"), saves=(ORDERS,)),
        given(BulkCall("update", Reference(UNDECIDED, "", "qs"), 50), saves=(ORDERS,)),
        given(saves=(ORDERS,), role=TESTS),
        given(saves=(conn(sender="shop.Order", alive=False),)),
        given(deletes=(ORDERS,)),
    ],
    ids=["another model", "undecided", "a test", "dead", "delete receivers"],
)
def test_no_finding_of(changed):
    """Nobody is passed over, or nobody can tell."""
    assert found(rule, changed) == []
