"""W013 and W014: receivers of the one kind on signals that are only sent in the other way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import async_on_send, sync_on_asend
from signaltrace.connections import Connection
from signaltrace.declarations import TESTS, UNDECIDED, Reference, SendCall
from signaltrace.testing import build_trace, sent
from tests.analysis.findings.building import FILE, PAID, POST_SAVE, conn, facts, found, module, signal
from tests.analysis.findings.source_building import send

LOGGED_IN = "django.contrib.auth.signals.user_logged_in"
PAY = "/srv/shop/pay.py"


def a_sync(name: str = "notify") -> Connection:
    return conn(name)


def an_async(name: str = "notify") -> Connection:
    one = conn(name)
    return replace(one, receiver=replace(one.receiver, is_async=True))


def both(given):
    """What the two rules find, by the number of the rule."""
    return [each.rule[-2:] for rule in (sync_on_asend, async_on_send) for each in found(rule, given)]


def sending(*methods, of=PAID, name="shop.pay", **more):
    return module(name, sends=tuple(send(of, each, 40 + at) for at, each in enumerate(methods)), **more)


@pytest.mark.parametrize(
    ("methods", "receiver", "rules"),
    [
        (("asend",), a_sync(), ["13"]),
        (("asend_robust", "asend"), a_sync(), ["13"]),
        (("send",), an_async(), ["14"]),
        (("send_robust",), an_async(), ["14"]),
        (("send",), a_sync(), []),
        (("asend",), an_async(), []),
        (("send", "asend"), a_sync(), []),
        (("send", "asend"), an_async(), []),
        ((), a_sync(), []),
        ((), an_async(), []),
    ],
)
def test_a_signal_that_is_sent_one_way_only(methods, receiver, rules):
    """Sent both ways, either kind of receiver is right for one of them."""
    assert both(facts(signal(PAID, receiver), modules=(sending(*methods),))) == rules


def test_both_places_are_evidence():
    """The receiver and where its signal is sent."""
    (finding,) = found(sync_on_asend, facts(signal(PAID, a_sync()), modules=(sending("asend", "asend"),)))
    assert finding.title == f"shop.receivers.notify is sync, and {PAID} is sent with asend()"
    assert finding.subject == f"{PAID}: shop.receivers.notify"
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("sent with asend()", PAY, 40),
        Evidence("sent with asend()", PAY, 41),
    )
    (finding,) = found(async_on_send, facts(signal(PAID, an_async()), modules=(sending("send"),)))
    assert finding.title == f"shop.receivers.notify is async, and {PAID} is sent with send()"
    assert "asend()" in finding.fix


def test_models_send_with_send_whatever_saves_them():
    """asave() leaves the loop: an async receiver of post_save gets a loop of its own for each save."""
    (finding,) = found(async_on_send, facts(signal(POST_SAVE, an_async())))
    assert finding.evidence[1].text.startswith("Django sends post_save with send()")
    assert "asend" not in finding.fix
    assert both(facts(signal(POST_SAVE, a_sync()))) == []


@pytest.mark.parametrize("methods", [("asend",), ("send",), ()])
@pytest.mark.parametrize("receiver", [a_sync(), an_async()], ids=["sync", "async"])
def test_how_django_sends_its_other_signals_depends_on_the_server(methods, receiver):
    """Both ways, in Django itself: nothing in the project's source or in one trace tells."""
    trace = build_trace(*(sent(LOGGED_IN, method=each) for each in methods))
    source = sending(*methods, of=LOGGED_IN)
    assert both(facts(signal(LOGGED_IN, receiver), modules=(source,), trace=trace)) == []


def test_a_trace_tells_where_the_source_does_not():
    """A send through a variable is undecided; what was recorded is not."""
    call = SendCall(Reference(UNDECIDED, "", "signal"), "asend", Reference("nothing"), 4)
    source = module("shop.pay", sends=(call,))
    given = facts(signal(PAID, a_sync()), modules=(source,))
    assert both(given) == []
    (finding,) = found(sync_on_asend, replace(given, trace=build_trace(sent(PAID, method="asend"))))
    assert finding.evidence[1] == Evidence("the trace has it sent with asend()")


def test_a_trace_adds_to_what_the_source_says():
    """A package that is no app may send it the other way."""
    given = facts(signal(PAID, a_sync()), modules=(sending("asend"),), trace=build_trace(sent(PAID)))
    assert both(given) == []


def test_sends_of_tests_do_not_count():
    """Nobody waits for those."""
    assert both(facts(signal(PAID, a_sync()), modules=(sending("asend", role=TESTS),))) == []
