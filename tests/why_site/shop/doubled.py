"""A module that is imported under two names."""

from django.dispatch import receiver

from shop.signals import paid


@receiver(paid)
def thank(sender, **kwargs):
    pass
