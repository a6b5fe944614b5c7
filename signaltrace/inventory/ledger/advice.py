"""What a reader of the history is told that it can't know, stage *inventory*, and how to know it."""

from __future__ import annotations

from django.apps import apps

_NAME = "signaltrace"
_MOST_NAMED = 3


def how_to_turn_on() -> str:
    """For a process without a ledger."""
    unknown = "What connect() and disconnect() did in this process was not recorded."
    if _is_installed():
        return (
            f'{unknown} To have it recorded, put "{_NAME}" first in INSTALLED_APPS and run '
            f"`manage.py {_NAME} …`, or set SIGNALTRACE_LEDGER=1 in the environment."
        )
    return (
        f'{unknown} To have it recorded, run `python -m {_NAME} …`, or put "{_NAME}" first in INSTALLED_APPS.'
    )


def missing() -> str:
    """What was there before a ledger that begins now; "" where the apps are still to come."""
    if apps.ready or apps.models_ready or apps.apps_ready:
        return (
            "The record of connect() and disconnect() began after the apps were loaded: what they connected "
            f'was not seen. Put "{_NAME}" first in INSTALLED_APPS to have it begin before them.'
        )
    before = [each for each in apps.app_configs if each != _NAME]
    if not before:
        return ""
    named = ", ".join(before[:_MOST_NAMED]) + (
        f" and {len(before) - _MOST_NAMED} more" if len(before) > _MOST_NAMED else ""
    )
    return (
        f"{_NAME} stands behind {named} in INSTALLED_APPS: what is connected where their packages are "
        f'imported was not seen. Put "{_NAME}" first.'
    )


def _is_installed() -> bool:
    return _NAME in apps.app_configs
