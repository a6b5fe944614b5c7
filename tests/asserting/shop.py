"""What the assertions are tried on: two signals and their receivers, which no test connects for good."""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

order_paid = Signal()
stock_low = Signal()
never_sent = Signal()


class Order:
    """A sender that is no model."""


class Cart:
    """Another."""


class Rare(Order):
    """A class with a signal of its own."""

    returned = Signal()


def notify(**kwargs: Any) -> None:
    """Does nothing."""


def reserve(**kwargs: Any) -> None:
    """Sends another signal, which may not be heard."""
    stock_low.send(Cart, left=3)


def stock_low_mail(**kwargs: Any) -> None:
    """Never connected unless a test does."""


def refuse(**kwargs: Any) -> None:
    """Fails."""
    raise ValueError("no stock")


async def later(**kwargs: Any) -> None:
    """An async receiver."""
