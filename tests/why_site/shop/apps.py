"""The shop, and what it connects."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_save


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        import tests.why_site.shop.doubled  # noqa: F401

        from . import doubled, receivers, robbed  # noqa: F401
        from .models import Order

        def greet(sender, **kwargs):
            pass

        post_save.connect(greet, sender=Order)
        post_save.disconnect(receivers.silenced, sender=Order)
        robbed.rob()
        apps.get_app_config("loyalty").ready()
