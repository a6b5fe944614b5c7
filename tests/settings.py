"""The suite's Django settings: a database in memory, contrib apps that send signals, one app of models."""

SECRET_KEY = "of no worth, for the tests only"
# False as in production: DEBUG lets Django keep collected receivers alive and record every query.
DEBUG = False
USE_TZ = True
ALLOWED_HOSTS = ["testserver"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "signaltrace",
    "tests.testapp",
]

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
# Nothing about mail: Django's test environment keeps it in memory, and 6.1 deprecates EMAIL_BACKEND.
# The quickest there is: no test is about how a password is kept.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
