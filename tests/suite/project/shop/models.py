"""Orders."""

from django.db import models


class Order(models.Model):
    """Saved by tests, which sends signals."""

    number = models.IntegerField(default=0)
