"""Settings of the small project that the plugin's tests run: a database in memory, one app."""

SECRET_KEY = "of no worth, for the tests only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ROOT_URLCONF = "urls"
STATIC_URL = "static/"
ALLOWED_HOSTS = ["*"]
