"""The shop app: books, orders, and the receivers around them."""

from functools import partial

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Connects the receivers: those with @receiver by importing them, a partial and an object by hand."""

    name = "shop"

    def ready(self) -> None:
        from .mail import notify
        from .signals import order_paid, stock_low
        from .stock import low_stock_alert

        # Before receivers.restock: the mail is to say how low the stock was.
        stock_low.connect(low_stock_alert)

        from . import delivery, receivers, wrapping  # noqa: F401 - importing them connects them

        # Nothing else holds the partial: connected weakly it would be gone at once.
        order_paid.connect(partial(notify, desk="warehouse"), weak=False)
