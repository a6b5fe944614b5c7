"""Loyalty points: a ready() that runs twice."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self):
        def points(sender, **kwargs):
            pass

        post_save.connect(points, sender="shop.Order", weak=False)
