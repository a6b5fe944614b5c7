"""Delivery: a courier that cannot be booked, and the async receivers of order_shipped."""

import asyncio

from django.dispatch import receiver

from .models import Order
from .signals import order_paid, order_shipped

CARRIER_SECONDS = 0.008


class CourierUnavailable(Exception):
    """The courier takes no bookings."""


@receiver(order_paid)
def book_courier(sender, order, **kwargs):
    """Pitfall: it raises at every order. send_robust hides that, and the checkout goes on."""
    raise CourierUnavailable(f"no courier for order {order.pk}")


@receiver(order_shipped)
async def announce_to_carrier(sender, order_id, **kwargs):
    """Await the carrier's service: long, yet busy for next to nothing."""
    await asyncio.sleep(CARRIER_SECONDS)


@receiver(order_shipped)
async def mark_shipped(sender, order_id, **kwargs):
    """Save from a coroutine: post_save is sent in the thread that asave hops to."""
    order = await Order.objects.aget(pk=order_id)
    order.status = Order.Status.SHIPPED
    await order.asave(update_fields=["status"])
