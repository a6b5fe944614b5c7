"""Connects the project's receivers."""

import os

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The one app of the project."""

    name = "tests.commands.project"
    label = "project"

    def ready(self):
        """Connect; fail where a test wants that."""
        from tests.commands.project import receivers, signals

        if "FAIL_IN_READY" in os.environ:
            raise RuntimeError("not ready\nfor anything")
        signals.paid.connect(receivers.thank)
        signals.paid.connect(receivers.refuse, sender=AppConfig)
