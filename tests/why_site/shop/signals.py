"""Signals of the shop's own."""

from django.dispatch import Signal

paid = Signal()
never_sent = Signal()
