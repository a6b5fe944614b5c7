"""The receivers of the shop."""

from contextlib import suppress

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver

from .models import Order
from .signals import never_sent, paid


@receiver(post_save, sender=Order)
def well(sender, **kwargs):
    pass


@receiver(post_save, sender=Order, dispatch_uid="mail")
def mail_customer(sender, **kwargs):
    pass


@receiver(post_save, sender=Order, dispatch_uid="mail")
def mail_shop(sender, **kwargs):
    pass


@receiver(post_save, sender=Order)
def silenced(sender, **kwargs):
    pass


@receiver(post_save, sender=User)
def welcome(sender, **kwargs):
    pass


@receiver(post_save, sender="shop.Ordr")
def mistyped(sender, **kwargs):
    pass


@receiver(paid)
def take_from_stock(sender, **kwargs):
    if kwargs.get("amount", 1) > 10:
        raise LookupError("none left")


@receiver(paid)
def ship(sender, **kwargs):
    pass


@receiver(never_sent)
def unheard(sender, **kwargs):
    pass


@receiver(m2m_changed, sender=Order)
def tagged(sender, **kwargs):
    pass


@receiver(post_save, sender=Order)
@receiver(post_save)
def audit(sender, **kwargs):
    pass


@receiver(post_save, sender=Order, dispatch_uid="count-1")
@receiver(post_save, sender=Order, dispatch_uid="count-2")
def count(sender, **kwargs):
    pass


def no_kwargs(sender):
    pass


if settings.DEBUG:  # without it Django does not look, and each save() raises
    with suppress(ValueError):
        post_save.connect(no_kwargs, sender=Order)


def nobody_connects(sender, **kwargs):
    pass


def connect_rarely():
    post_save.connect(rarely, sender=Order)


def rarely(sender, **kwargs):
    pass
