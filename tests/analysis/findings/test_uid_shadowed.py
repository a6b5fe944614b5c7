"""W004: two receivers of one dispatch_uid; and one receiver that is connected again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import uid_shadowed as rule
from signaltrace.history import IGNORED, SAME_RECEIVER, SAME_UID
from signaltrace.span import CallSite
from tests.analysis.findings.building import (
    APPS,
    FILE,
    PAID,
    conn,
    event,
    facts,
    found,
    module,
    receiver,
    signal,
)
from tests.analysis.findings.source_building import decorated, function, name, no_ledger, uid

WINNER = conn("mail", line=5, dispatch_uid="bill")


def ignored(**more):
    given = {
        "name": "ship",
        "dispatch_uid": "bill",
        "rival": 1,
        "rival_receiver": receiver("mail", 5),
        "reason": SAME_UID,
        "site": CallSite(APPS, 31, "ready"),
        **more,
    }
    return event(IGNORED, 2, **given)


def after(second, *connections):
    first = event(number=1, name="mail", dispatch_uid="bill")
    return facts(signal(PAID, WINNER, *connections), events=(first, second))


def test_both_and_both_places_are_named():
    """The one that was ignored first: that is the one to change."""
    (finding,) = found(rule, after(ignored()))
    assert finding.title == (
        f'shop.receivers.ship does not hear {PAID}: shop.receivers.mail has its dispatch_uid "bill"'
    )
    assert finding.subject == f"{PAID}: shop.receivers.ship of any sender, uid bill"
    assert finding.evidence == (
        Evidence("this connect() was ignored", APPS, 31),
        Evidence("shop.receivers.ship, not connected", FILE, 10),
        Evidence("shop.receivers.mail had the uid: it was connected here", APPS, 30),
    )
    assert not finding.possible


def test_a_rival_from_before_the_ledger_is_named_by_its_own_place():
    """Where it was connected nobody saw."""
    (finding,) = found(rule, after(ignored(rival=0)))
    assert finding.evidence[-1] == Evidence("shop.receivers.mail had the uid", FILE, 5)


def test_many_times_is_one_finding():
    """A connect() in a function that is called often."""
    again = replace(ignored(), number=3)
    given = after(ignored())
    given = replace(given, history=replace(given.history, events=(*given.history.events, again)))
    assert len(found(rule, given)) == 1


@pytest.mark.parametrize(
    "second",
    [
        ignored(reason=SAME_RECEIVER),
        ignored(name="mail"),
        ignored(name="project.shop.receivers.mail", rival_receiver=receiver("mail", 10)),
    ],
    ids=["the same receiver", "of the same lines", "of a file imported twice"],
)
def test_no_finding_of(second):
    """To connect these once only is what a uid is for."""
    assert found(rule, after(second)) == []


def test_no_finding_of_one_that_was_connected_after_all():
    """It runs."""
    assert found(rule, after(ignored(), conn("ship", dispatch_uid="other"))) == []


def declared_twice(second="bill", **more):
    one = decorated(PAID, "shop.receivers.mail", 5, dispatch_uid=uid("bill"))
    two = decorated(PAID, "shop.receivers.ship", 20, dispatch_uid=uid(second), **more)
    return module("shop.receivers", one, two, functions=(function("mail", 5), function("ship", 20)))


def test_without_a_ledger_the_source_tells():
    """One literal uid, signal and sender, and only one of two is connected."""
    (finding,) = found(rule, no_ledger(signal(PAID, WINNER), modules=(declared_twice(),)))
    assert finding.evidence == (
        Evidence("shop.receivers.ship, not connected", FILE, 20),
        Evidence("shop.receivers.mail has the uid", FILE, 5),
    )
    assert not finding.possible


def test_a_line_that_may_not_have_been_reached_makes_it_possible():
    """Once it is, it is ignored."""
    source = declared_twice(scope="connect_all")
    (finding,) = found(rule, no_ledger(signal(PAID, WINNER), modules=(source,)))
    assert finding.possible


@pytest.mark.parametrize(
    "source",
    [
        declared_twice("ship"),
        declared_twice(sender=name("shop.cart.Cart")),
        declared_twice(temporary=True),
        replace(declared_twice(), loaded_as=()),
    ],
    ids=["another uid", "another sender", "it may have died", "never imported"],
)
def test_no_finding_in_the_source_of(source):
    """Where something else is, or may be, the cause."""
    assert found(rule, no_ledger(signal(PAID, WINNER), modules=(source,))) == []


def test_no_finding_where_neither_is_connected():
    """Then the uid is not to blame."""
    assert found(rule, no_ledger(signal(PAID), modules=(declared_twice(),))) == []


def test_a_complete_ledger_has_the_last_word():
    """It saw no connect() ignored."""
    assert found(rule, facts(signal(PAID, WINNER), modules=(declared_twice(),))) == []


def test_what_both_tell_is_told_once():
    """A ledger that began late, and the source."""
    given = after(ignored())
    source = declared_twice()
    given = replace(
        given,
        source=replace(given.source, modules=(source,)),
        history=replace(given.history, complete=False),
    )
    assert len(found(rule, given)) == 1
