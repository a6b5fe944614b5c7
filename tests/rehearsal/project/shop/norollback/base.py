"""SQLite that says it can't."""

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.features import DatabaseFeatures as Features


class DatabaseFeatures(Features):
    supports_transactions = False


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
