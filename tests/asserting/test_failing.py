"""What a failing assertion says: the whole text, since it is all the reader of a failed test has."""

from __future__ import annotations

import re

import pytest

from signaltrace.asserting import failing
from signaltrace.testing import Observed, observe
from tests.asserting import shop
from tests.asserting.conftest import connect
from tests.asserting.shop import Cart, Order, notify, order_paid, refuse, reserve, stock_low
from tests.asserting.texts import failure, head


def placeless(text: str) -> str:
    """Without line numbers and trailing places, and short of the names of this folder."""
    return re.sub(r" +\S*tests/\S+", "", text)


def test_the_whole_message(seen: Observed) -> None:
    """What was expected and seen, then the tree with its times, orphaned dispatches and errors in it."""
    connect(order_paid, notify, reserve, refuse)
    order_paid.send_robust(Order, total=5)
    assert placeless(failure(seen.assert_sent, stock_low, sender=Order, times=2)) == (
        "expected stock_low from Order twice, not sent\n"
        "it was sent from Cart\n"
        "\n"
        "   time    self  █self ░below  signal sender arguments, → receiver"
        "             sent from, defined at\n"
        " 7.0 µs  3.0 µs  ████▎░░░░░ order_paid Order total=5\n"
        "                            │ send_robust\n"
        " 1.0 µs  1.0 µs  █▍         ├→ notify\n"
        " 2.0 µs  2.0 µs  ██▉        ├→ reserve\n"
        "                            │  stock_low Cart left=3\n"
        "                            │  │ orphaned\n"
        " 1.0 µs  1.0 µs  █▍         └→ refuse\n"
        "                               ✗ caught: ValueError: no stock"
    )


def test_nothing_was_sent(seen: Observed) -> None:
    """There is no tree then, and no heading of one."""
    assert failure(seen.assert_sent, order_paid) == "expected order_paid, not sent\nnothing was sent"
    assert failure(seen.assert_called, notify, 1) == "expected notify once, not called\nnothing was sent"
    assert failure(seen.assert_order, order_paid, notify) == (
        "expected order_paid, then notify: order_paid was not sent, notify was not called\nnothing was sent"
    )


def test_how_often(seen: Observed) -> None:
    """Expected and seen in words."""
    connect(order_paid, notify)
    for _ in range(3):
        order_paid.send(Order)
    assert head(seen.assert_sent, order_paid, Order, 1) == [
        "expected order_paid from Order once, sent 3 times"
    ]
    assert head(seen.assert_sent, order_paid, times=2) == ["expected order_paid twice, sent 3 times"]
    assert head(seen.assert_sent, order_paid, times=4) == ["expected order_paid 4 times, sent 3 times"]
    assert head(seen.assert_sent, order_paid, times=0) == ["expected no dispatch of order_paid, sent 3 times"]
    assert head(seen.assert_not_sent, "order_paid", "Order") == [
        "expected no dispatch of order_paid from Order, sent 3 times"
    ]
    assert head(seen.assert_called, notify, 1) == ["expected notify once, called 3 times"]
    assert head(seen.assert_called, notify, 0) == ["expected no call of notify, called 3 times"]
    assert head(seen.assert_not_called, notify, order_paid, Order) == [
        "expected no call of notify for order_paid from Order, called 3 times"
    ]


def test_other_senders_and_arguments(seen: Observed) -> None:
    """What was nearly as expected is named, the least different first, each once with how often."""
    for sender, total in ((Cart, 1), (Order, 2), (Cart, 3), (Order, 2), (shop.Rare, 3), (shop.Rare, 4)):
        order_paid.send(sender, total=total)
    assert head(seen.assert_sent, order_paid, Order, total=3) == [
        "expected order_paid from Order with total=3, not sent",
        "it was sent from Order with total=2 (twice)",
        "            from Cart with total=3",
        "            from Rare with total=3",
        "            and 2 more",
    ]
    assert head(seen.assert_sent, order_paid, Order, times=3) == [
        "expected order_paid from Order 3 times, sent twice",
        "it was sent from Cart (twice)",
        "            from Rare (twice)",
    ]
    # there were too many, not too few: what else there was explains nothing
    assert head(seen.assert_sent, order_paid, Order, times=1) == [
        "expected order_paid from Order once, sent twice"
    ]


def test_an_argument_that_was_not_sent(seen: Observed) -> None:
    """All that was sent is shown: the name may have been mistaken."""
    order_paid.send(Order, total=5, by="card\nno")
    order_paid.send(Order)
    assert head(seen.assert_sent, order_paid, sum=5) == [
        "expected order_paid with sum=5, not sent",
        "it was sent from Order with total=5, by='card\\nno'",
        "            from Order with no arguments",
    ]


def test_calls_for_something_else(seen: Observed) -> None:
    """A receiver that was called, only not for this signal or sender."""
    connect(order_paid, notify)
    connect(stock_low, notify)
    order_paid.send(Order)
    order_paid.send(Cart)
    assert head(seen.assert_called, notify, signal=stock_low, sender=Cart) == [
        "expected notify for stock_low from Cart, not called",
        "it was called for order_paid from Cart",
        "              for order_paid from Order",
    ]


def test_a_signal_that_no_module_holds() -> None:
    """It goes by its number, in the message as in the tree."""
    signal = type(order_paid)()
    with observe() as seen:
        pass
    assert re.fullmatch(
        r"expected unnamed Signal #\d+, not sent\nnothing was sent", failure(seen.assert_sent, signal)
    )


def test_a_long_tree_is_cut(seen: Observed) -> None:
    """The first lines are enough; that there are more is said."""
    connect(order_paid, notify)
    for number in range(50):
        order_paid.send(f"sender {number}")
    lines = failure(seen.assert_not_sent, order_paid).split("\n")
    assert lines[-1] == "… and more: the first 60 lines; .trace has it all"
    assert len([line for line in lines if "→ notify" in line]) == 30


def test_a_tree_that_cannot_be_drawn(seen: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours does not take the place of the failure."""

    def broken(*given: object) -> None:
        raise KeyError("of ours")

    monkeypatch.setattr(failing, "lines", broken)
    order_paid.send(Order)
    assert failure(seen.assert_not_sent, order_paid) == (
        "expected no dispatch of order_paid, sent once\n(the tree could not be drawn: KeyError: 'of ours')"
    )
