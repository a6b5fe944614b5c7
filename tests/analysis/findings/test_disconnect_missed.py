"""W005: a disconnect that did nothing; and one that only made sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import disconnect_missed as rule
from signaltrace.declarations import TESTS, UNDECIDED, Reference
from signaltrace.history import CONNECTED, DIED, DISCONNECTED, NOT_FOUND
from signaltrace.span import CallSite, SenderInfo
from tests.analysis.findings.building import (
    APPS,
    FILE,
    PAID,
    POST_SAVE,
    conn,
    declaration,
    event,
    facts,
    found,
    model,
    module,
    receiver,
    signal,
)
from tests.analysis.findings.source_building import decorated, function, name, no_ledger, uid

HERE = CallSite("/srv/shop/quiet.py", 7, "quiet")


def missed(number=2, **more):
    given = {"site": HERE, "within": "", "reason": "it is connected", **more}
    return event(NOT_FOUND, number, **given)


def near(**more):
    """The connection of event 1, and a disconnect that just missed it."""
    gone = {key: more.pop(key) for key in ("gone_sender", "gone_uid") if key in more}
    made = event(number=1, **more)
    sender = SenderInfo(gone.get("gone_sender", "any sender"))
    lost = missed(
        rival=1,
        rival_receiver=receiver(),
        sender=sender,
        dispatch_uid=gone.get("gone_uid"),
        signal=made.signal,
    )
    live = conn(sender=made.sender.name, dispatch_uid=made.dispatch_uid)
    return facts(signal(made.signal, live), events=(made, lost))


@pytest.mark.parametrize(
    ("more", "told", "fix"),
    [
        (
            {"dispatch_uid": "bill"},
            'it is connected with the dispatch_uid "bill"',
            'Call disconnect() with dispatch_uid="bill".',
        ),
        (
            {"dispatch_uid": "('audit', 'saved')"},
            "it is connected with the dispatch_uid ('audit', 'saved')",
            "Call disconnect() with dispatch_uid=('audit', 'saved').",
        ),
        (
            {"sender": SenderInfo("shop.Order")},
            "it is connected for shop.Order",
            "Call disconnect() with sender=Order.",
        ),
        (
            {"gone_sender": "shop.Order"},
            "it is connected for any sender",
            "Call disconnect() with no sender.",
        ),
        (
            {"gone_uid": "bill", "sender": SenderInfo("shop.Order")},
            "it is connected for shop.Order without a dispatch_uid",
            "Call disconnect() with sender=Order and no dispatch_uid.",
        ),
        (
            {},
            "what is connected is another object that the same lines made",
            "Keep the very receiver that was connected, and disconnect that one.",
        ),
    ],
)
def test_the_argument_that_is_missing_is_named(more, told, fix):
    """From the connection that it just missed."""
    (finding,) = found(rule, near(**more))
    assert finding.title == f"disconnect() of shop.receivers.notify from {PAID} did nothing: {told}"
    assert finding.fix == fix
    assert finding.evidence == (
        Evidence("this disconnect() matched nothing: it is connected", HERE.file, HERE.line),
        Evidence("connected here", APPS, 30),
        Evidence("the receiver, connected", FILE, 10),
    )
    assert not finding.possible


def test_one_that_is_no_longer_connected_is_no_finding():
    """A second try took it away."""
    given = near(dispatch_uid="bill")
    assert found(rule, replace(given, inventory=facts(signal(PAID)).inventory)) == []


def test_a_receiver_that_is_connected_later():
    """The disconnect came too soon."""
    given = facts(signal(PAID, conn()), events=(missed(1), event(CONNECTED, 2)))
    (finding,) = found(rule, given)
    assert finding.title.endswith("did nothing: it is connected only after that")
    assert Evidence("connected here", APPS, 30) in finding.evidence


def test_a_receiver_of_another_signal_makes_it_possible():
    """It may have been meant."""
    given = facts(signal(PAID), signal(POST_SAVE, conn()), events=(missed(1),))
    (finding,) = found(rule, given)
    assert finding.title.endswith("did nothing: it is connected to post_save")
    assert finding.possible


def test_a_receiver_that_is_connected_nowhere_makes_it_possible():
    """It may have been there to make sure."""
    (finding,) = found(rule, facts(signal(PAID), events=(missed(1), missed(2))))
    assert finding.title.endswith("did nothing: it is not connected")
    assert finding.possible


@pytest.mark.parametrize(
    "events",
    [
        (missed(1), event(CONNECTED, 2, site=replace(HERE, line=8))),
        (event(CONNECTED, 1), event(DISCONNECTED, 2, rival=1), missed(3)),
        (event(CONNECTED, 1), event(DIED, 2, rival=1, site=None), missed(3)),
    ],
    ids=["connected in the next line", "disconnected before", "collected before"],
)
def test_one_that_made_sure_is_no_finding(events):
    """Nothing is left of what it was to take away."""
    live = (conn(),) if events[-1].what == CONNECTED else ()
    assert found(rule, facts(signal(PAID, *live), events=events)) == []


def test_tests_are_no_finding():
    """They tidy up."""
    source = replace(module("shop.quiet"), role=TESTS)
    assert found(rule, facts(signal(PAID), modules=(source,), events=(missed(1),))) == []


ORDER = model("shop.Order")


def in_source(*connections, made=(), **more):
    given = {"action": "disconnect", "line": 7, **more}
    source = module("shop.quiet", declaration(PAID, **given))
    defined = module("shop.receivers", *made, functions=(function("notify"),))
    return no_ledger(signal(PAID, *connections), modules=(source, defined), models=(ORDER,))


def test_without_a_ledger_the_source_tells():
    """It must have run, and what stands has a uid it does not name."""
    (finding,) = found(rule, in_source(conn(dispatch_uid="bill")))
    assert finding.title.endswith('did nothing: it is connected with the dispatch_uid "bill"')
    assert finding.evidence[0] == Evidence("this disconnect() does not name it", HERE.file, 7)
    assert finding.possible


@pytest.mark.parametrize(
    ("connection", "more"),
    [
        (conn(), {}),
        (conn(dispatch_uid="bill"), {"scope": "quiet"}),
        (conn(dispatch_uid="bill"), {"conditional": True}),
        (conn(dispatch_uid="bill"), {"dispatch_uid": Reference(UNDECIDED, "", "UID")}),
        (conn(dispatch_uid="bill"), {"sender": Reference(UNDECIDED, "", "model")}),
        (conn(dispatch_uid="bill"), {"dispatch_uid": uid("bill")}),
        (conn("other", dispatch_uid="bill"), {}),
    ],
    ids=["connected again", "in a function", "in a branch", "uid?", "sender?", "by its uid", "another"],
)
def test_no_finding_in_the_source_of(connection, more):
    """Whether it matched, these do not tell."""
    assert found(rule, in_source(connection, **more)) == []


def test_no_finding_where_the_source_connects_what_it_disconnects():
    """That one went, and what stands is the other."""
    made = (decorated(PAID, "shop.receivers.notify", sender=name("shop.models.Order")),)
    gone = {"sender": name("shop.models.Order")}
    live = conn(sender="shop.Book", dispatch_uid="bill")
    assert found(rule, in_source(live, made=made, **gone)) == []
    assert len(found(rule, in_source(live, **gone))) == 1


def test_a_complete_ledger_has_the_last_word():
    """It saw what the disconnect did."""
    given = in_source(conn(dispatch_uid="bill"))
    assert found(rule, replace(given, history=facts().history)) == []
