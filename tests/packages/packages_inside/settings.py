"""A suite's own settings, with quick password hashes and SQLite in memory for each of its databases.

The settings module named in the environment is the suite's. Where django-debug-toolbar stands beside
us it is put in as its manual says, and shown for every request.
"""

import os
from importlib import import_module

from packages_inside.places import SETTINGS, TOOL

_suite = import_module(os.environ[SETTINGS])
globals().update({name: value for name, value in vars(_suite).items() if name.isupper()})

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    name: each
    if each["ENGINE"].endswith("sqlite3")
    else {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    for name, each in _suite.DATABASES.items()
}

if os.environ.get(TOOL) == "toolbar":
    INSTALLED_APPS = [*_suite.INSTALLED_APPS, "debug_toolbar"]
    MIDDLEWARE = ["debug_toolbar.middleware.DebugToolbarMiddleware", *_suite.MIDDLEWARE]
    DEBUG_TOOLBAR_CONFIG = {
        "SHOW_TOOLBAR_CALLBACK": "packages_inside.beside.always",
        "IS_RUNNING_TESTS": False,
    }
    STATIC_URL = getattr(_suite, "STATIC_URL", None) or "static/"
    PACKAGES_URLCONF = _suite.ROOT_URLCONF
    ROOT_URLCONF = "packages_inside.urls"
