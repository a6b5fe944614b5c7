"""Pitfall: no module imports this one, so what @receiver declares here is never connected."""

from django.contrib.auth.models import User
from django.db.models import F
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver

from shop.signals import order_paid

from .models import Subscriber

subscribed = Signal()


@receiver(post_save, sender=User)
def subscribe_user(sender, instance, created, **kwargs):
    """Every new user would be subscribed."""
    if created and instance.email:
        subscriber, _ = Subscriber.objects.get_or_create(email=instance.email)
        subscribed.send(sender=Subscriber, subscriber=subscriber)


@receiver(order_paid)
def count_order(sender, order, **kwargs):
    """The newsletter would know its best customers."""
    Subscriber.objects.filter(email=order.customer.email).update(orders=F("orders") + 1)
