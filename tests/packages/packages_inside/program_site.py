"""The small program's Django: settings, one view, and the toolbars its requests had."""

import os
from typing import Any

from packages_inside.places import TOOL

_toolbars: list[Any] = []


def configure() -> None:
    """SQLite in memory, the apps a request needs, the toolbar where it is asked for."""
    import django
    from django.conf import settings

    toolbar = os.environ.get(TOOL) == "toolbar"
    settings.configure(
        SECRET_KEY="of the small program",
        DEBUG=toolbar,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="packages_inside.program_urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.staticfiles",
            *(["debug_toolbar"] if toolbar else []),
        ],
        MIDDLEWARE=["debug_toolbar.middleware.DebugToolbarMiddleware"] if toolbar else [],
        DEBUG_TOOLBAR_CONFIG={
            "SHOW_TOOLBAR_CALLBACK": "packages_inside.beside.always",
            "IS_RUNNING_TESTS": False,
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        STATIC_URL="static/",
    )
    django.setup()
    if toolbar:
        from debug_toolbar.toolbar import DebugToolbar

        DebugToolbar._created.connect(_keep, weak=False)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def toolbars() -> list[Any]:
    """Those of all requests so far."""
    return _toolbars


def _keep(toolbar: Any, **named: Any) -> None:
    _toolbars.append(toolbar)
