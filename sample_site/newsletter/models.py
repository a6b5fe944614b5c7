"""Who gets the newsletter."""

from django.db import models


class Subscriber(models.Model):
    """An address. There are none, see newsletter/signals.py."""

    email = models.EmailField(unique=True)
    orders = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.email
