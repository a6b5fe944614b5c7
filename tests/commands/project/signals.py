"""The project's signals."""

from django.dispatch import Signal

paid = Signal()
unheard = Signal()
