"""Two databases in files, one of them for notes; mail that would go to a real server."""

import os
from pathlib import Path

import django

BASE_DIR = Path(__file__).resolve().parent
DATA = Path(os.environ["REHEARSAL_DATA"])
SECRET_KEY = "of no worth, for the tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["signaltrace", "shop"]
ENGINE = "django.db.backends.sqlite3"
DATABASES = {
    "default": {"ENGINE": ENGINE, "NAME": DATA / "default.sqlite3"},
    "notes": {"ENGINE": ENGINE, "NAME": DATA / "notes.sqlite3"},
}
if os.environ.get("REHEARSAL_THIRD"):
    DATABASES["third"] = {"ENGINE": os.environ["REHEARSAL_THIRD"], "NAME": DATA / "third.sqlite3"}
if os.environ.get("REHEARSAL_MANUAL"):
    DATABASES["default"]["AUTOCOMMIT"] = False
DATABASE_ROUTERS = ["shop.routing.Notes"]
MEDIA_ROOT = DATA / "media"
if django.VERSION >= (6, 1):
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "mail.test"},
        },
        "duck": {"BACKEND": "shop.ducks.Duck"},
    }
else:
    EMAIL_HOST = "mail.test"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"all": {"class": "logging.StreamHandler"}},
    "loggers": {"django.db.backends.base": {"handlers": ["all"]}},
}
