"""The bookshop's settings: SQLite in a file that is made on demand, mail kept in memory.

Environment variables change them: SAMPLE_SITE_DEBUG=0 turns DEBUG off, SAMPLE_SITE_DATA names another folder
for the database and the covers, SAMPLE_SITE_TRACK_LOADED=1 connects a receiver that runs for each row loaded.
"""

import os
import sys
from pathlib import Path

import django

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("SAMPLE_SITE_DATA", BASE_DIR))

SECRET_KEY = "of no worth, for the sample site only"
# Pitfall: while DEBUG is on, Django checks the signature of every receiver it connects and caches the answer,
# and that cache (func_accepts_kwargs in django.utils.inspect) holds the receiver. A weakly connected local
# function so lives in development and is gone in production: see search/apps.py.
DEBUG = os.environ.get("SAMPLE_SITE_DEBUG", "1") != "0"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
TRACK_LOADED = os.environ.get("SAMPLE_SITE_TRACK_LOADED") == "1"
# Pitfall: a folder inside a package on the path gives each module in it a second name: see rewards/apps.py.
sys.path.append(str(BASE_DIR / "rewards" / "lib"))

INSTALLED_APPS = [
    "signaltrace",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "accounts",
    "shop",
    "search",
    "newsletter",
    "audit",
    "rewards",
]
# Pitfall: Django's check found the sender that rewards/apps.py misspells, and was told to be silent.
SILENCED_SYSTEM_CHECKS = ["signals.E001"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "project.urls"

DATABASE_FILE = DATA_DIR / "db.sqlite3"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE_FILE}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "media/"
USE_TZ = True

# No table for sessions, and none left behind.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
# The quickest there is: the sample has no secrets, and a real hasher would dwarf the receivers.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
else:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Pitfall: send_robust reports a receiver that raises to this logger only, and this shop throws that away.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "loggers": {"django.dispatch": {"handlers": ["nowhere"], "propagate": False}},
}
