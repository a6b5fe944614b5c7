"""Receivers of rewards, a pitfall each."""

from django.db.models import F
from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.mail import send_mail_to
from shop.signals import order_paid

from .models import Card, Ledger, Voucher
from .signals import card_filled, card_lost, voucher_expired, voucher_used


@receiver(post_save, sender=Voucher)
def enter_voucher(sender, instance, created, **kwargs):
    """Pitfall: it never asks for `raw`, so `loaddata vouchers` enters the vouchers a second time.

    Pitfall: a GiftVoucher is a sender of its own, and is never entered.
    """
    if created:
        Ledger.objects.update_or_create(pk=1, create_defaults={"value": instance.value})


@receiver(post_save, sender=Card)
def stamp_card(sender, instance, **kwargs):
    """Pitfall: it saves what was just saved, which sends post_save, which calls it, without an end."""
    instance.stamps = min(instance.stamps + 1, 10)
    instance.save()


@receiver(order_paid, dispatch_uid="shop.mail_receipt")
def mail_points(sender, order, **kwargs):
    """Pitfall: copied from shop.receivers.mail_receipt with its dispatch_uid: Django ignores it."""
    send_mail_to(order.customer.email, "Your points", f"Order {order.pk} brought you a point.")


@receiver(voucher_used)
def note_use(sender, voucher, **kwargs):
    """Pitfall: not async, and the signal is sent with asend: each dispatch hops to a thread for it."""
    Voucher.objects.select_for_update().filter(pk=voucher.pk).exists()


@receiver(voucher_expired)
async def tell_customer(sender, voucher, **kwargs):
    """Pitfall: async, and the signal is sent with send: each dispatch makes an event loop for it."""


def congratulate(sender, card, **kwargs):
    """Mail the customer, once a card. Connected twice in apps.py."""
    send_mail_to(card.customer.email, "Ten stamps!", "The next book is on us.")


def check_limit(sender, instance, **kwargs):
    """Refuse what is over the limit. Connected for a model that does not exist."""
    if instance.value > 100:
        raise ValueError("a voucher is worth 100 at the most")


def report_card(sender, card):
    """Has no **kwargs: send() passes `signal`, too. Connected where DEBUG is off."""


def block_card(sender, card, **kwargs):
    """Nobody may use a lost card. Connected, and gone again: see apps.py."""


def track_loaded(sender, instance, **kwargs):
    """Remember what was loaded. Connected for every model there is."""
    instance._loaded = True


async def use(voucher: Voucher) -> None:
    """Use up a voucher."""
    await voucher_used.asend(sender=Voucher, voucher=voucher)


def expire(voucher: Voucher) -> None:
    """Take a voucher back."""
    Ledger.objects.update(value=F("value") - voucher.value)
    voucher_expired.send(sender=Voucher, voucher=voucher)


def fill(card: Card) -> None:
    """Say that a card is full."""
    card_filled.send(sender=Card, card=card)


def lose(card: Card) -> None:
    """Say that a card is lost."""
    card_lost.send(sender=Card, card=card)
