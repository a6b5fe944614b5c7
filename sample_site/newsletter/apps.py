"""The newsletter app. Pitfall: nobody imports newsletter/signals.py, so its receivers never run."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    """Has no ready() that would import the signals module."""

    name = "newsletter"
