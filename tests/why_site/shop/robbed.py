"""Writes a signal's receivers behind Django's back."""

from django.db.models.signals import pre_delete

from .models import Order


def watched(sender, **kwargs):
    pass


pre_delete.connect(watched, sender=Order)


def rob():
    pre_delete.receivers = []
    pre_delete.sender_receivers_cache.clear()
