"""E018: connections that wait for a model for good."""

from __future__ import annotations

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import unknown_sender as rule
from signaltrace.connections import Pending
from signaltrace.declarations import LABEL, Reference
from signaltrace.history import WAITING
from signaltrace.span import CallSite, SenderInfo
from tests.analysis.findings.building import (
    APPS,
    FILE,
    POST_SAVE,
    declaration,
    event,
    facts,
    found,
    model,
    module,
    receiver,
    signal,
)

WAITING_FOR_IT = Pending(POST_SAVE, receiver(), "shop.ordr")


def test_the_line_and_the_nearest_model():
    """What to write in its place."""
    says = declaration(POST_SAVE, sender=Reference(LABEL, "shop.Ordr", "'shop.Ordr'"))
    given = facts(
        signal(POST_SAVE),
        modules=(module("shop.apps", says),),
        models=(model("shop.Order"),),
        pending=(WAITING_FOR_IT,),
    )
    (finding,) = found(rule, given)
    assert finding.title == (
        "shop.receivers.notify hears post_save of shop.Ordr, the name of no model: it is never called"
    )
    assert finding.evidence == (
        Evidence('connected with sender="shop.Ordr"', "/srv/shop/apps.py", 20),
        Evidence("the receiver", FILE, 10),
    )
    assert finding.fix == 'Name a model that exists: did you mean sender="shop.Order"?'


def test_without_a_model_like_it():
    """The app may not be installed."""
    (finding,) = found(
        rule, facts(signal(POST_SAVE), models=(model("audit.Log"),), pending=(WAITING_FOR_IT,))
    )
    assert finding.fix == "Name a model that exists, or add the app that has it to INSTALLED_APPS."


def test_the_ledger_knows_the_line_where_the_source_does_not():
    """Of the same receiver, signal and name."""
    same, other = SenderInfo("shop.Ordr"), SenderInfo("shop.Crd")
    events = (
        event(WAITING, 1, signal=POST_SAVE, sender=other, site=CallSite(FILE, 1, "ready")),
        event(WAITING, 2, signal=POST_SAVE, sender=same),
    )
    (finding,) = found(rule, facts(signal(POST_SAVE), events=events, pending=(WAITING_FOR_IT,)))
    assert finding.evidence == (Evidence("connected here", APPS, 30), Evidence("the receiver", FILE, 10))
    assert "of shop.Ordr, the name of no model" in finding.title


def test_a_declaration_alone_is_no_evidence():
    """It is Django that says what waits."""
    says = declaration(POST_SAVE, sender=Reference(LABEL, "shop.Ordr", "'shop.Ordr'"))
    assert found(rule, facts(signal(POST_SAVE), modules=(module("shop.apps", says),))) == []
