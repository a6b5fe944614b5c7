"""Its settings: signaltrace first, so that the ledger sees every ready()."""

import os

SECRET_KEY = "of no worth, for the tests only"
DEBUG = os.environ.get("WHY_DEBUG") == "1"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "signaltrace",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "accounts.apps.AccountsConfig",
    "loyalty.apps.LoyaltyConfig",
    "shop.apps.ShopConfig",
]
if os.environ.get("WHY_LEDGER") == "no":
    INSTALLED_APPS.remove("signaltrace")
