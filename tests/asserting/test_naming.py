"""How the user names what an assertion is about: objects, names of theirs, patterns; and what is refused."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import Any

import pytest
from django.db.models.signals import post_save
from django.dispatch import Signal

from signaltrace.errors import SignaltraceError
from signaltrace.testing import Observed
from tests.asserting import shop
from tests.asserting.conftest import connect
from tests.asserting.shop import Cart, Order, notify, order_paid, refuse, reserve, stock_low
from tests.asserting.texts import SHOP, ends
from tests.testapp.models import Author, ProxyBook


@pytest.mark.parametrize(
    "signal", [order_paid, f"{SHOP}.order_paid", "shop.order_paid", "order_paid", "*_paid"]
)
@pytest.mark.parametrize("sender", [Order, f"{SHOP}.Order", "Order", "*.Order"])
def test_signals_and_senders_by_object_and_name(seen: Observed, signal: Any, sender: Any) -> None:
    """The object, the whole name, its end behind a dot, and a pattern mean the same."""
    order_paid.send(Order)
    order_paid.send(Cart)
    stock_low.send(Order)
    assert seen.dispatches(signal, sender) == [seen.dispatches()[0]]
    assert seen.assert_sent(signal, sender, times=1) == [seen.dispatches()[0]]


@pytest.mark.parametrize("receiver", [notify, f"{SHOP}.notify", "shop.notify", "notify", "not?fy"])
def test_receivers_by_object_and_name(seen: Observed, receiver: Any) -> None:
    """The same for receivers, with signal and sender to tell their calls apart."""
    connect(order_paid, notify, reserve)
    connect(stock_low, notify)
    order_paid.send(Order)
    assert ends(seen.calls(receiver)) == ["notify", "notify"]
    assert len(seen.assert_called(receiver, 1, signal=order_paid)) == 1
    assert len(seen.assert_called(receiver, 1, sender="Cart")) == 1
    seen.assert_not_called(receiver, signal=order_paid, sender=Cart)
    seen.assert_not_called(refuse)


@pytest.mark.parametrize("sender", [Author, "testapp.Author", "Author", "tests.testapp.models.Author"])
def test_models_by_class_label_and_path(seen: Observed, sender: Any) -> None:
    """A model goes by the label it has in traces, and by the name it is imported by."""
    post_save.send(Author, instance=Author(pk=1), created=True)
    post_save.send(ProxyBook, instance=ProxyBook(pk=1), created=True)
    assert len(seen.assert_sent(post_save, sender, times=1)) == 1
    assert len(seen.assert_sent("post_save", "testapp.ProxyBook", times=1)) == 1


def test_other_names_for_one_object(seen: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name something can be imported by is its name, whichever the trace prefers."""
    api = ModuleType("zz_api")
    api.__dict__.update(paid_up=order_paid, tell=notify)
    monkeypatch.setitem(sys.modules, "zz_api", api)
    connect(order_paid, notify)
    order_paid.send(Order)
    assert len(seen.assert_sent("zz_api.paid_up", times=1)) == 1
    assert len(seen.assert_called("zz_api.tell", times=1)) == 1
    seen.assert_order("zz_api.paid_up", "zz_api.tell")
    with pytest.raises(AssertionError):
        seen.assert_not_sent("zz_api.paid_up")


def test_signals_are_told_apart_by_identity(seen: Observed) -> None:
    """Two signals without a name of their own, one sent: the other was not."""
    one, other = Signal(), Signal()
    one.send(None)
    assert len(seen.assert_sent(one, times=1)) == 1
    seen.assert_not_sent(other)


def test_receivers_of_one_name_are_told_apart_by_place(seen: Observed) -> None:
    """Local functions may be called alike."""

    def make() -> Any:
        def receiver(**kwargs: Any) -> None:
            """The first."""

        first = receiver

        def receiver(**kwargs: Any) -> None:  # type: ignore[no-redef]
            """The second."""

        return first, receiver

    first, second = make()
    connect(order_paid, first)
    order_paid.send(Order)
    seen.assert_called(first, 1)
    seen.assert_not_called(second)


def test_methods_and_async_receivers(seen: Observed) -> None:
    """A bound method is made anew at each look at it, and is the same receiver."""

    class Mailer:
        def mail(self, **kwargs: Any) -> None:
            """A method."""

    mailer = Mailer()
    connect(order_paid, mailer.mail, shop.later)
    asyncio.run(order_paid.asend(Order, total=1))
    seen.assert_called(mailer.mail, 1)
    seen.assert_called("Mailer.mail", 1)
    seen.assert_called(shop.later, 1)
    assert [span.method for span in seen.assert_sent(order_paid, Order, 1, total=1)] == ["asend"]


def test_names_that_only_the_recording_knows(seen: Observed) -> None:
    """A str may be a sender, and a receiver may be gone: what happened is known by its name."""

    def gone(**kwargs: Any) -> None:
        """Disconnected before it is asked for."""

    connect(order_paid, gone)
    order_paid.send("checkout")
    order_paid.disconnect(gone)
    assert len(seen.assert_sent(order_paid, "checkout", 1)) == 1
    assert len(seen.assert_called("gone", 1)) == 1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda seen: seen.dispatches("order_payd"),
            f"no signal is called 'order_payd'; did you mean {SHOP}.order_paid?",
        ),
        (lambda seen: seen.assert_not_sent("order_payd"), "no signal is called 'order_payd'; did you"),
        (
            lambda seen: seen.assert_sent(order_paid, "testapp.Autor"),
            "no sender is called 'testapp.Autor'; did you mean testapp.Author?",
        ),
        (lambda seen: seen.calls("notifi"), f"no receiver is called 'notifi'; did you mean {SHOP}.notify?"),
        (lambda seen: seen.assert_not_called("notifi"), "no receiver is called 'notifi'; did you"),
        (lambda seen: seen.assert_not_sent(5), "a signal is a Signal or its name, not an object of type int"),
        (
            lambda seen: seen.assert_sent(None),
            "a signal is a Signal or its name, not an object of type NoneType",
        ),
        (
            lambda seen: seen.assert_called(order_paid),
            "a receiver is a callable or its name, not an object of type Signal",
        ),
        (lambda seen: seen.calls(5), "a receiver is a callable or its name, not an object of type int"),
    ],
)
def test_unknown_names_and_other_things(seen: Observed, ask: Any, said: str) -> None:
    """A mistake in the assertion is no failure of the test: one line says what was wrong."""
    connect(order_paid, notify)
    with pytest.raises(SignaltraceError) as caught:
        ask(seen)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
