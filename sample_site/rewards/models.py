"""Vouchers, and cards with a stamp for each order."""

from django.conf import settings
from django.db import models


class Voucher(models.Model):
    """Worth some money, once."""

    code = models.CharField(max_length=20, unique=True)
    value = models.DecimalField(max_digits=6, decimal_places=2)
    used = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.code


class GiftVoucher(Voucher):
    """A voucher that somebody else pays for. A proxy is a sender of its own."""

    class Meta:
        proxy = True


class Card(models.Model):
    """A customer's stamps."""

    customer = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="card")
    stamps = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"card {self.pk}"


class Ledger(models.Model):
    """What the vouchers that are out are worth."""

    value = models.DecimalField(max_digits=10, decimal_places=2, default=0)

    def __str__(self) -> str:
        return f"ledger {self.pk}"
