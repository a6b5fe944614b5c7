"""Tiers of customers. Pitfall: imported as `tiers` and as `rewards.lib.tiers`, see rewards/apps.py."""

from django.dispatch import receiver

from rewards.signals import card_filled


@receiver(card_filled)
def raise_tier(sender, card, **kwargs):
    """A full card lifts a customer one tier; two imports lift it two."""
