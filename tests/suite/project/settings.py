"""The project's settings; TEST_RUNNER may be given by the environment."""

import os

SECRET_KEY = "of no worth, for the tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["signaltrace", "django.contrib.contenttypes", "django.contrib.auth", "shop"]
TEST_RUNNER = os.environ.get("TEST_RUNNER", "django.test.runner.DiscoverRunner")
