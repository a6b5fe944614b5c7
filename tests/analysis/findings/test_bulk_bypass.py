"""I017: a bulk write past receivers; and writes that pass nobody over."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import bulk_bypass as rule
from signaltrace.declarations import LABEL, TESTS, UNDECIDED, BulkCall, Reference, SendCall
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
from tests.analysis.findings.source_building import bulk, function, name

PRE_SAVE = "django.db.models.signals.pre_save"
STOCK = "/srv/shop/stock.py"
FOREIGN = {"mine": False, "app": "auditlog", "file": "/env/auditlog.py"}


def given(*calls, saves=(), deletes=(), notify=None, **more):
    source = module("shop.stock", bulk=calls or (bulk("update", "shop.Order"),), **more)
    receivers = module("shop.receivers", functions=(function("notify", **(notify or {})),))
    models = (model("shop.Order"), model("shop.Book"))
    live = (signal(POST_SAVE, *saves), signal(POST_DELETE, *deletes))
    return facts(*live, modules=(source, receivers), models=models)


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
    """They are meant for it: those for any sender, so it seems."""
    (finding,) = found(rule, given(saves=(one,)))
    assert finding.possible is (one.sender.name == "any sender")


@pytest.mark.parametrize(
    "notify",
    [{"judges_sender": True}, {"decorators": ("receiver", "for_tracked_models")}, {"line": 99}],
    ids=["looks at the sender", "decorated", "unread"],
)
def test_own_receivers_for_any_sender_that_may_pass_the_model_over_are_no_reason(notify):
    """They are counted beside others."""
    any_sender, own = conn(), conn("shop.receivers.count", "shop.Order", line=30)
    assert found(rule, given(saves=(any_sender,), notify=notify)) == []
    (finding,) = found(rule, given(saves=(any_sender, own), notify=notify))
    assert "shop.receivers.notify" not in finding.title
    assert finding.evidence[-1] == Evidence("nor a receiver for any sender")
    assert not finding.possible


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (SendCall(name(POST_SAVE), "send", Reference(UNDECIDED, "", "model"), 52, "restock"), False),
        (SendCall(name(POST_SAVE), "send", Reference(LABEL, "shop.Order"), 52, "restock.<locals>.f"), False),
        (SendCall(name(POST_SAVE), "send", Reference(LABEL, "shop.Book"), 52, "restock"), True),
        (SendCall(name(POST_SAVE), "send", Reference(LABEL, "shop.Order"), 52, "restocked"), True),
        (SendCall(name(POST_DELETE), "send", Reference(LABEL, "shop.Order"), 52, "restock"), True),
    ],
    ids=["what may be it", "it", "another model", "elsewhere", "another signal"],
)
def test_a_function_that_sends_the_signal_itself_passes_nobody_over(sent, told):
    """The receivers run, as if each had been saved."""
    assert bool(found(rule, given(saves=(ORDERS,), sends=(sent,)))) is told


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
