"""The one app of the project."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Connects the receivers."""

    name = "shop"

    def ready(self):
        """As apps do."""
        from . import receivers  # noqa: F401
