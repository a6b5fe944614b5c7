"""Gift wrapping: a receiver that raises under plain send, and one that therefore never runs."""

from django.dispatch import receiver

from .signals import gift_wrap_requested


class OutOfPaper(Exception):
    """There is no wrapping paper left."""


@receiver(gift_wrap_requested)
def reserve_paper(sender, order, **kwargs):
    """Refuse: the paper ran out."""
    raise OutOfPaper("no wrapping paper left")


@receiver(gift_wrap_requested)
def print_gift_card(sender, order, **kwargs):
    """Pitfall: connected after reserve_paper, so a send that ends there never comes here."""
    return f"For you, with order {order.pk}"
