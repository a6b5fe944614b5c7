"""The app; its label is not its name."""

from django.apps import AppConfig


class ZooConfig(AppConfig):
    """The one app of the site."""

    name = "tests.model_site"
    label = "zoo"
