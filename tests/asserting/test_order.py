"""In which order receivers and signals began."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from signaltrace.asserting import order
from signaltrace.capture.patch import install, uninstall
from signaltrace.errors import SignaltraceError
from signaltrace.testing import FakeClock, Observed, observe
from tests.asserting.conftest import connect
from tests.asserting.shop import (
    Order,
    never_sent,
    notify,
    order_paid,
    refuse,
    reserve,
    stock_low,
    stock_low_mail,
)
from tests.asserting.texts import SHOP, ends, head


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a name meant in another test is not to be known in this one."""
    monkeypatch.setattr(order, "_meant", {})


def test_the_first_of_each_counts(seen: Observed) -> None:
    """Objects and names of both kinds, in the order they first began."""
    connect(order_paid, notify, reserve)
    connect(stock_low, notify)
    order_paid.send(Order)
    seen.assert_order(order_paid, notify, "reserve", stock_low)
    seen.assert_order("order_paid", "shop.notify", reserve, f"{SHOP}.stock_low")
    assert head(seen.assert_order, stock_low, notify) == [
        "expected stock_low, then notify; they began notify, then stock_low"
    ]
    assert head(seen.assert_order, notify, "reserve", "order_paid") == [
        "expected notify, then reserve, then order_paid; they began order_paid, then notify, then reserve"
    ]


def test_each_must_have_been(seen: Observed) -> None:
    """What never happened has no place in an order."""
    connect(order_paid, notify)
    order_paid.send(Order)
    assert head(seen.assert_order, order_paid, refuse) == [
        "expected order_paid, then refuse: refuse was not called"
    ]
    assert head(seen.assert_order, never_sent, notify) == [
        "expected never_sent, then notify: never_sent was not sent"
    ]


def test_a_clock_that_stands_still() -> None:
    """What began at one reading of the clock began in the order it was called, what is nested within."""
    install(clock := FakeClock())
    try:
        connect(order_paid, reserve, notify)
        connect(stock_low, refuse)
        with observe() as seen:
            stock_low.send_robust(Order)
            order_paid.connect(stock_low_mail, weak=False)
            stock_low.disconnect(refuse)
            order_paid.send(Order)
    finally:
        uninstall()
    assert clock.now == 0
    assert {span.start_ns for span in seen.calls()} == {0}
    seen.assert_order(stock_low, refuse, order_paid, reserve, notify, stock_low_mail)
    assert [span.label.rpartition(".")[2] for span in seen.dispatches()] == [
        "stock_low",
        "order_paid",
        "stock_low",
    ]


def test_what_runs_at_the_same_time(seen: Observed) -> None:
    """Tasks take turns: what is inside the first dispatch may begin after the second."""

    async def run() -> None:
        ready, resumed = asyncio.Event(), asyncio.Event()

        async def waits(**kwargs: Any) -> None:
            ready.set()
            await resumed.wait()
            stock_low.send(Order)

        async def resumes(**kwargs: Any) -> None:
            resumed.set()

        connect(order_paid, waits)
        connect(never_sent, resumes)
        first = asyncio.ensure_future(order_paid.asend(Order))
        await ready.wait()
        await asyncio.gather(first, never_sent.asend(Order))

    asyncio.run(run())
    seen.assert_order(order_paid, "waits", never_sent, "resumes", stock_low)
    assert ends(seen.dispatches()) == ["order_paid", "never_sent", "stock_low"]


def test_a_name_that_is_a_receivers_and_a_signals(seen: Observed) -> None:
    """It is not guessed which is meant; the whole name tells."""

    def order_paid_(**kwargs: Any) -> None:
        """A receiver that is called like a signal."""

    order_paid_.__qualname__ = "order_paid"
    order_paid_.__module__ = "audit"
    connect(order_paid, order_paid_, notify)
    order_paid.send(Order)
    with pytest.raises(SignaltraceError) as caught:
        seen.assert_order("order_paid", notify)
    assert str(caught.value) == (
        "'order_paid' fits a signal and a receiver: give the whole dotted name, or the object"
    )
    seen.assert_order(f"{SHOP}.order_paid", "audit.order_paid", notify)

    def longer(**kwargs: Any) -> None:
        """A receiver in whose name the signal's whole name is the end."""

    longer.__module__, longer.__qualname__ = f"zz.{SHOP}", "stock_low"
    connect(order_paid, longer)
    stock_low.send(Order)
    order_paid.send(Order)
    seen.assert_order(order_paid, f"{SHOP}.stock_low", f"zz.{SHOP}.stock_low")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ("order_payd", notify),
            f"no signal or receiver is called 'order_payd'; did you mean {SHOP}.order_paid?",
        ),
        (
            ("zzzzzz", notify),
            "no signal or receiver is called 'zzzzzz'; `signaltrace receivers` lists what is connected",
        ),
        (
            (5, notify),
            "an order is of receivers and signals, each the object or its name, not an object of type int",
        ),
        ((notify, "notify"), f"an order is of different things: {SHOP}.notify, then {SHOP}.notify"),
    ],
)
def test_what_cannot_be_ordered(seen: Observed, given: Any, said: str) -> None:
    """One line says what is wrong with the assertion."""
    connect(order_paid, notify)
    order_paid.send(Order)
    with pytest.raises(SignaltraceError) as caught:
        seen.assert_order(*given)
    assert str(caught.value) == said


def test_a_receiver_that_was_never_connected_by_its_whole_name(seen: Observed) -> None:
    """A name that can be imported is known."""
    order_paid.send(Order)
    assert head(seen.assert_order, order_paid, f"{SHOP}.stock_low_mail") == [
        "expected order_paid, then stock_low_mail: stock_low_mail was not called"
    ]
