from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from shop.models import Order
from shop.signals import order_paid


@receiver(post_save, sender=Order)
def index(sender, instance, **kwargs):
    instance.indexed = True


@receiver(post_save, sender=Order)
def notify(sender, instance, created, **kwargs):
    return created


@receiver(post_delete, sender=Order)
def clean_up(sender, **kwargs):
    """No test deletes an order."""


@receiver(order_paid)
def mail(sender, order, **kwargs):
    return order.number


@receiver(order_paid)
def book_courier(sender, order, **kwargs):
    if order.number == 13:
        raise ValueError(f"no courier for order {order.number}")
