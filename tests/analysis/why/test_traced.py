"""What a recording says of the links: sent, by whom, called, stopped, muted."""

from __future__ import annotations

import pytest

from signaltrace.analysis.why.link import HOLDS, UNKNOWN
from signaltrace.declarations import BulkCall
from signaltrace.span import CallSite
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo
from tests.analysis.why.building import (
    NOTIFY,
    PAID,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    Shop,
    connection,
    name,
    other_receiver,
)

PAY = CallSite(f"{ROOT}/shop/cart.py", 12, "pay")
RAN = called(NOTIFY, file=RECEIVERS, line=10)


def shop(*roots: object, sender: str = "shop.Order", **more: object) -> Shop:
    """notify, connected for a sender, and a recording."""
    trace = build_trace(*roots, argv=["manage.py", "pay"])  # type: ignore[arg-type]
    return Shop(connects=[], connections={POST_SAVE: [connection(sender)]}, trace=trace, **more)


def saved(sender: str = "shop.Order", **more: object) -> object:
    """One post_save."""
    return sent(POST_SAVE, sender, site=PAY, **more)


def test_a_call_is_proof_that_it_runs() -> None:
    """How often it was sent and called, and from where, is counted."""
    chain = shop(saved()(RAN), saved()(called(NOTIFY, file=RECEIVERS, line=10))).chain()
    assert (chain.holds, chain.called) == (True, 2)
    link = {each.name: each for each in chain.links}
    assert link["sent"].text == "post_save was sent 2 times: shop.Order 2."
    assert (link["sent"].evidence[0].file, link["sent"].evidence[0].line) == (PAY.file, PAY.line)
    assert link["called"].text == "It was called 2 times in 2 dispatches."


@pytest.mark.parametrize(
    ("method", "outcome", "then"),
    [
        ("send_robust", "returned_error", "which send_robust() swallowed"),
        ("send", "raised", "which send() passed on to who sent it"),
    ],
)
def test_an_error_of_its_own_is_said_first(method: str, outcome: str, then: str) -> None:
    """It ran, and did not do what it is for: what it raised, where, and who heard of it."""
    error = ErrorInfo("shop.errors.NoMail", "no address", f"{ROOT}/shop/mail.py", 20)
    failed = called(NOTIFY, file=RECEIVERS, line=10, error=error, outcome=outcome)
    answer = shop(saved(method=method)(failed)).ask()  # type: ignore[operator]
    (link,) = answer.chains[0].broken
    assert not answer.well
    assert link.text == f"It was called once, and raised shop.errors.NoMail, {then}."
    assert (link.evidence[0].file, link.evidence[0].line) == (error.file, 20)
    assert "no address" in link.evidence[0].text


def test_a_relative_that_sends_instead_breaks_the_link_of_the_sender() -> None:
    """A proxy was saved: identity is what counts, and the line that sent is evidence."""
    chain = shop(saved("shop.PaidOrder")).chain()
    link = chain.broken[0]
    assert link.name == "sender"
    assert "shop.PaidOrder is a proxy of shop.Order" in link.text
    assert "It was sent once with shop.PaidOrder." in link.text
    assert (PAY.file, PAY.line) in [(each.file, each.line) for each in link.evidence]


def test_an_object_that_sends_in_place_of_its_class_is_to_be_replaced_where_it_sends() -> None:
    """The receiver is connected for the class already."""
    link = shop(saved("instance of shop.Order")).chain().broken[0]
    assert link.name == "sender"
    assert "an object and not the class" in link.text
    assert link.fix is not None
    assert (link.fix.file, link.fix.line, link.fix.code) == (PAY.file, PAY.line, ("sender=Order",))


def test_strangers_that_are_saved_prove_nothing() -> None:
    """Sent, and never for this sender: who sent it is counted, and the run may be another than was meant."""
    chain = shop(saved("shop.Customer"), saved("shop.Customer")).chain()
    link = {each.name: each for each in chain.links}["sent"]
    assert (chain.holds, link.state, link.fix) == (True, UNKNOWN, None)
    assert "record something that sends it: post_save is sent after each save()" in link.tells
    assert link.text == (
        "post_save was never sent for shop.Order in what was recorded, only for shop.Customer 2."
    )


def test_a_signal_of_ones_own_that_is_sent_with_another_sender_is_broken() -> None:
    """Nobody sends it besides: the sender that did is the one to connect it for."""
    trace = build_trace(sent(PAID, "shop.Cashier", site=PAY))
    link = Shop(connects=[], connections={PAID: [connection("shop.Order")]}, trace=trace).chain().broken[0]
    assert (link.name, link.evidence[0].line) == ("sent", PAY.line)
    assert link.fix is not None
    assert link.fix.code == ("sender=Cashier",)


def test_never_sent_and_a_bulk_write_name_the_line() -> None:
    """No recording shows bulk writes: that it is why the signal was not sent is only perhaps so."""
    bulk = (BulkCall("bulk_create", name("shop.models.Order"), 44),)
    chain = shop(bulk=bulk).chain()
    link = {each.name: each for each in chain.links}["sent"]
    assert (chain.holds, link.suspect, link.fix) == (True, True, None)
    assert (link.evidence[0].file, link.evidence[0].line) == (RECEIVERS, 44)
    # what was sent was sent, however many lines write in bulk
    assert shop(saved()(RAN), bulk=bulk).link("sent").state == HOLDS  # type: ignore[operator]


def test_an_earlier_receiver_that_raised_is_named_with_its_line() -> None:
    """Under send() the rest is not called: who stopped it, with what, how often."""
    error = ErrorInfo("shop.errors.OutOfStock", "none left", f"{ROOT}/shop/stock.py", 21)
    stopping = called("shop.receivers.audit", file=RECEIVERS, line=30, error=error)
    stopped = saved(not_called=(NOTIFY,))
    link = shop(stopped(stopping), saved()(RAN)).chain().broken[0]  # type: ignore[operator]
    assert link.name == "called"
    assert link.text == (
        "It was not called in 1 of 2 dispatches: shop.receivers.audit raised OutOfStock before it."
    )
    assert (link.evidence[0].file, link.evidence[0].line) == (f"{ROOT}/shop/stock.py", 21)
    assert "none left" in link.evidence[0].text


def test_a_muted_receiver_is_broken() -> None:
    """What a test muted did not run."""
    link = shop(saved(muted=(NOTIFY,))).chain().broken[0]
    assert (link.name, "muted" in link.text) == ("called", True)


def test_dispatches_nobody_heard_count_as_sent() -> None:
    """A recording may only count them."""
    trace = build_trace(saved())  # type: ignore[arg-type]
    counted = build_trace(saved()(RAN))  # type: ignore[operator]
    counted.orphaned = [(0, 0, 3)]
    # recorded one by one and counted, it is still one
    trace.orphaned = [(0, 0, 1)]
    for one, number in ((trace, 1), (counted, 4)):
        made = Shop(connects=[], connections={POST_SAVE: [connection("shop.Order")]}, trace=one)
        assert f"post_save was sent {'once' if number == 1 else f'{number} times'}" in made.link("sent").text


def test_sent_and_not_called_is_possibly_another_process() -> None:
    """Connected now, sent then, and not called: it was not connected when that was recorded."""
    link = shop(saved()).chain().broken[0]
    assert (link.name, link.possible) == ("called", True)


def test_a_receiver_recorded_elsewhere_is_known_by_its_name() -> None:
    """The trace may be from another machine, with other folders."""
    there = called(NOTIFY, file="/home/ci/shop/receivers.py", line=11)
    assert shop(saved()(there)).chain().called == 1  # type: ignore[operator]


def test_with_a_recording_the_receivers_before_it_are_no_question() -> None:
    """It was called: nobody stopped it."""
    first = connection("shop.Order", receiver=other_receiver(), qualname="audit")
    made = shop(saved()(RAN))  # type: ignore[operator]
    made.connections = {POST_SAVE: [first, connection("shop.Order", order=2)]}
    assert made.link("called").state == HOLDS
    made.trace = None
    assert made.link("called").state == UNKNOWN


def test_the_sender_that_is_meant_narrows_what_counts() -> None:
    """For any sender, --sender asks about one."""
    made = shop(saved("shop.Customer"), sender="any sender")
    assert made.link("sent").state == HOLDS
    assert made.link("sent", sender="shop.Order").state == UNKNOWN
