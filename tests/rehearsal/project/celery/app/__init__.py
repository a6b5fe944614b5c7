"""The app."""

from celery.app import base, task  # noqa: F401
