"""The project's settings; variables of the environment make it one that is wrong in some way."""

import json
import os

SECRET_KEY = "of no worth, for the tests only"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "tests.commands.project.apps.ProjectConfig",
]
if "WITHOUT_APP" not in os.environ:
    INSTALLED_APPS.append("signaltrace")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
if "SIGNALTRACE" in os.environ:
    SIGNALTRACE = json.loads(os.environ["SIGNALTRACE"])
