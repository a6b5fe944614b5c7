"""W007: one receiver that a dispatch reaches twice."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import connected_twice as rule
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION, METHOD, OBJECT, PARTIAL
from signaltrace.span import CallSite
from tests.analysis.findings.building import APPS, FILE, PAID, conn, event, facts, found, signal


def test_two_uids():
    """Django tells connections apart by them."""
    given = facts(
        signal(PAID, conn(dispatch_uid="one"), conn(dispatch_uid="two")),
        events=(
            event(number=1, dispatch_uid="one"),
            event(number=2, dispatch_uid="two", site=CallSite(APPS, 40, "ready"), within=""),
        ),
    )
    (finding,) = found(rule, given)
    assert finding.title == (
        f"shop.receivers.notify runs twice for each {PAID} of any sender: its dispatch_uids differ"
    )
    assert finding.fix == "Connect it once, or each time with the same dispatch_uid (they are one and two)."
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("connected here in shop.apps.ShopConfig.ready()", APPS, 30),
        Evidence("connected here", APPS, 40),
    )


def test_one_sender_and_any_sender():
    """A dispatch of the one reaches both."""
    (finding,) = found(rule, facts(signal(PAID, conn(sender="shop.Order"), conn())))
    assert finding.title == (
        f"shop.receivers.notify runs twice for each {PAID} of shop.Order: "
        "it is connected for it and for any sender"
    )
    assert finding.subject == f"{PAID}: shop.receivers.notify"


def test_many_connections_are_one_finding():
    """It is one thing to mend."""
    three = [conn(dispatch_uid=uid) for uid in "abc"]
    assert len(found(rule, facts(signal(PAID, *three)))) == 1


@pytest.mark.parametrize(
    "two",
    [
        (conn(sender="shop.Order"), conn(sender="shop.Card")),
        (conn(sender="instance of shop.Till", dispatch_uid="a"), conn(sender="instance of shop.Till")),
        (conn(), conn(line=30)),
        (conn(), conn("audit", line=10)),
        (conn(), conn(alive=False, dispatch_uid="x")),
        (conn(), conn(module="project.shop.receivers", dispatch_uid="x")),
        (conn("a.<locals>.f"), conn("a.<locals>.f", dispatch_uid="x")),
        *((conn(kind=kind), conn(kind=kind, dispatch_uid="x")) for kind in (METHOD, PARTIAL, OBJECT)),
        *((conn(kind=kind), conn(kind=kind, dispatch_uid="x")) for kind in (LOCAL_FUNCTION, LAMBDA)),
    ],
)
def test_no_finding_of(two):
    """Other senders; senders that are told by their class; other receivers, or such as may be others."""
    assert found(rule, facts(signal(PAID, *two))) == []


def test_no_finding_of_two_signals():
    """A dispatch is of one."""
    assert found(rule, facts(signal(PAID, conn()), signal("shop.signals.sold", conn()))) == []
