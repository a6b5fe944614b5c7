"""W008: receivers that send_robust cannot name."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import no_qualname as rule
from signaltrace.declarations import NAME, NOTHING, OBJECT, PARTIAL, TESTS, UNDECIDED, Reference, SendCall
from signaltrace.testing import build_trace, called, sent
from tests.analysis.findings.building import FILE, PAID, conn, facts, found, module, signal

NAMELESS = conn("partial(shop.receivers.notify)", kind=PARTIAL, has_qualname=False)


def sends(method="send_robust", reference=None, **more):
    call = SendCall(reference or Reference(NAME, PAID, "paid"), method, Reference(NOTHING), 7)
    return module("shop.views", sends=(call,), **more)


@pytest.mark.parametrize("method", ["send_robust", "asend_robust"])
def test_sent_robustly_in_the_source(method):
    """The line that sends it is evidence."""
    (finding,) = found(rule, facts(signal(PAID, NAMELESS), modules=(sends(method),)))
    assert finding.title == (
        f"partial(shop.receivers.notify) has no __qualname__, and {PAID} is sent with send_robust()"
    )
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence(f"sent here with {method}()", "/srv/shop/views.py", 7),
    )
    assert "update_wrapper" in finding.fix


def test_sent_robustly_in_the_trace():
    """What happened is evidence without any source."""
    trace = build_trace(sent(PAID, method="send_robust")(called("shop.receivers.notify", 5)))
    (finding,) = found(rule, facts(signal(PAID, NAMELESS), trace=trace))
    assert finding.evidence[-1] == Evidence("sent with send_robust() in the trace")


def test_djangos_own():
    """The one signal that Django sends so."""
    given = facts(signal("django.core.signals.setting_changed", conn(kind=OBJECT, has_qualname=False)))
    (finding,) = found(rule, given)
    assert "set __qualname__ on it" in finding.fix


@pytest.mark.parametrize(
    ("one", "source"),
    [
        (NAMELESS, sends("send")),
        (NAMELESS, sends(reference=Reference(UNDECIDED, "", "self.signal"))),
        (NAMELESS, sends(reference=Reference(NAME, "shop.signals.sold", "sold"))),
        (NAMELESS, sends(role=TESTS)),
        (conn(), sends()),
        (conn(kind=OBJECT, has_qualname=False, alive=False), sends()),
    ],
    ids=["sent with send", "undecided", "another signal", "in tests", "it has one", "dead"],
)
def test_no_finding_of(one, source):
    """Only then does it matter."""
    assert found(rule, facts(signal(PAID, one), modules=(source,))) == []


def test_no_finding_of_a_trace_of_plain_sends():
    """send() logs nothing."""
    trace = build_trace(sent(PAID)(called("shop.receivers.notify", 5)))
    assert found(rule, facts(signal(PAID, NAMELESS), trace=trace)) == []
