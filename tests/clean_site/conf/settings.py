"""Settings of the clean site: SQLite in memory."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "of no worth"
DEBUG = os.environ.get("CLEAN_SITE_DEBUG", "1") != "0"
INSTALLED_APPS = [
    "signaltrace",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "library",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
