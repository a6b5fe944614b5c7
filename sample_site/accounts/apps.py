"""The accounts app: users, what the shop knows of them, and signing in."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Connects the receivers by importing them."""

    name = "accounts"

    def ready(self) -> None:
        from . import receivers  # noqa: F401 - importing it connects it
