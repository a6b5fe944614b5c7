"""Assertions about a block: ``with assert_sent(…)``, ``observe()`` in a TestCase, and their tracebacks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import signaltrace
from signaltrace import testing
from signaltrace.capture.patch import install, installed, installed_clock, uninstall
from signaltrace.errors import SignaltraceError
from signaltrace.testing import (
    FakeClock,
    assert_called,
    assert_not_called,
    assert_not_sent,
    assert_order,
    assert_sent,
    observe,
)
from tests.asserting.conftest import connect
from tests.asserting.shop import Cart, Order, never_sent, notify, order_paid, refuse, reserve, stock_low
from tests.asserting.texts import SHOP

ROOT = Path(__file__).resolve().parent.parent.parent


def test_blocks_that_do_what_they_should() -> None:
    """Each asserts at its end, gives what it saw, and leaves nothing installed."""
    connect(order_paid, notify, reserve)
    with (
        assert_sent(order_paid, Order, times=1, total=5) as seen,
        assert_not_sent(never_sent),
        assert_called("shop.notify", times=1, signal=order_paid),
        assert_not_called(refuse),
        assert_order(order_paid, notify, stock_low),
    ):
        order_paid.send(Order, total=5)
        assert len(seen.dispatches()) == 2
    assert len(seen.dispatches()) == 2
    assert not installed()


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (lambda: assert_sent(order_paid, Cart), "expected order_paid from Cart, not sent"),
        (
            lambda: assert_sent("shop.order_paid", times=2, total=5),
            "expected order_paid with total=5 twice, sent once",
        ),
        (
            lambda: assert_not_sent(order_paid, total=5),
            "expected no dispatch of order_paid with total=5, sent once",
        ),
        (lambda: assert_called(notify, times=2), "expected notify twice, called once"),
        (
            lambda: assert_not_called("notify", sender=Order),
            "expected no call of notify from Order, called once",
        ),
        (
            lambda: assert_order(notify, order_paid),
            "expected notify, then order_paid; they began order_paid, then notify",
        ),
    ],
)
def test_blocks_that_do_not(block: Any, said: str) -> None:
    """The failure comes at the end of the block, plain or async, and the recording is over by then."""
    connect(order_paid, notify)

    async def run() -> None:
        async with block():
            await order_paid.asend(Order, total=5)

    def in_a_block() -> None:
        with block():
            order_paid.send(Order, total=5)

    for each in (in_a_block, lambda: asyncio.run(run())):
        with pytest.raises(AssertionError) as caught:
            each()
        assert str(caught.value).replace(f"{SHOP}.", "").startswith(said)
        assert not installed()


@pytest.mark.parametrize(
    "block",
    [
        lambda: assert_sent(never_sent),
        lambda: assert_not_sent(order_paid),
        lambda: assert_called("nobody"),
        lambda: assert_not_called(notify),
        lambda: assert_order(never_sent, notify),
        observe,
    ],
)
def test_what_a_block_raises_passes(block: Any) -> None:
    """Nothing is asserted then: the exception is the news, and is the very one."""
    connect(order_paid, notify)
    mistake = ValueError("of the block")

    def run() -> None:
        with block():
            order_paid.send(Order)
            raise mistake

    with pytest.raises(ValueError, match="of the block") as caught:
        run()
    assert caught.value is mistake
    assert (mistake.__context__, mistake.__cause__) == (None, None)
    assert not installed()


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (lambda: assert_sent(5), "a signal is a Signal or its name, not an object of type int"),
        (lambda: assert_sent(order_paid, times=-1), "times is a number, 0 or more, not '-1'"),
        (lambda: assert_sent(order_paid, token=1), "token is masked when it is recorded"),
        (lambda: assert_not_sent(None), "a signal is a Signal or its name, not an object of type NoneType"),
        (
            lambda: assert_called(order_paid),
            "a receiver is a callable or its name, not an object of type Signal",
        ),
        (lambda: assert_called(notify, times="1"), "times is a number, 0 or more, not '1'"),
        (lambda: assert_not_called(5), "a receiver is a callable or its name, not an object of type int"),
        (lambda: assert_order(notify, 5), "an order is of receivers and signals"),
    ],
)
def test_mistakes_are_told_before_the_block(begin: Any, said: str) -> None:
    """What can be seen to be wrong at once is not kept until a long test is over."""
    with pytest.raises(SignaltraceError) as caught:
        begin()
    assert str(caught.value).startswith(said)


def test_unknown_names_are_told_after_the_block() -> None:
    """The block may import or connect what is named."""
    connect(order_paid, notify)
    with assert_called("found_later"):

        def found_later(**kwargs: Any) -> None:
            """Known from here on."""

        connect(order_paid, found_later)
        order_paid.send(Order)
    with (
        pytest.raises(SignaltraceError, match=r"^no receiver is called 'notifi'; did you mean"),
        assert_called("notifi"),
    ):
        pass
    assert not installed()


def test_an_assertion_without_with_is_told() -> None:
    """It would assert nothing, and the test would pass for ever."""
    with pytest.warns(RuntimeWarning) as told:
        assert_sent(order_paid)
    assert [str(each.message) for each in told] == [
        "assert_sent(…) asserts nothing by itself: write `with assert_sent(…):`"
    ]
    assert told[0].filename == __file__


def test_one_block_for_each() -> None:
    """To enter twice would mix what was seen."""
    block = observe()
    with block as seen:
        order_paid.send(Order)
    with (
        pytest.raises(SignaltraceError, match=r"^one observe\(…\) is for one block: call it for each$"),
        block,
    ):
        pass
    seen.assert_sent(order_paid, times=1)
    assert not installed()


def test_beside_a_recording_with_a_clock_of_its_own() -> None:
    """A block joins the recordings under way, whatever their clock."""
    clock = FakeClock(step=5)
    assert installed_clock() is None
    with signaltrace.record(clock=clock) as outer, observe() as seen:
        assert installed_clock() is clock
        order_paid.send(Order)
    assert [span.end_ns - span.start_ns for span in seen.dispatches()] == [0]
    assert len(seen.assert_sent(order_paid, times=1)) == 1
    assert [*outer.trace.walk()] == []
    assert installed_clock() is None


def test_in_a_session_that_is_recorded_already() -> None:
    """One test after the other in a process where Signal stays patched: each sees its own."""
    install()
    try:
        for times in range(3):
            with assert_sent(order_paid, times=times), assert_not_sent(stock_low):
                for _ in range(times):
                    order_paid.send(Order)
    finally:
        uninstall()


def test_the_public_names() -> None:
    """All that is promised is there, and what is not is said so."""
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name
        assert name in dir(testing)
    with pytest.raises(
        AttributeError, match=r"^module 'signaltrace\.testing' has no attribute 'assert_nothing'$"
    ):
        testing.assert_nothing  # noqa: B018
