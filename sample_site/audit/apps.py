"""The audit app: writes down what was saved and deleted."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Connects the trail once every model is loaded."""

    name = "audit"

    def ready(self) -> None:
        from .trail import trail

        trail.connect()
