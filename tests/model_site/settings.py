"""Its settings: a database in memory, one app, a swapped model."""

from pathlib import Path

SECRET_KEY = "of no worth, for the tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "signaltrace", "tests.model_site.apps.ZooConfig"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
FIXTURE_DIRS = [Path(__file__).parent / "more_fixtures"]
ZOO_KEEPER_MODEL = "zoo.OtherKeeper"
