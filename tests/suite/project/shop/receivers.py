"""Receivers of all that the tests send."""

from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

from .models import Order

paid = Signal()
cancelled = Signal()


@receiver(post_save, sender=Order)
def count(sender, **kwargs):
    """Runs for each order saved."""


@receiver(paid)
def mail(sender, broken=False, **kwargs):
    """Raises when asked to."""
    if broken:
        raise ValueError("no address")


@receiver(paid)
async def ship(sender, **kwargs):
    """An async receiver."""


@receiver(cancelled)
def refund(sender, **kwargs):
    """Called by no test."""
