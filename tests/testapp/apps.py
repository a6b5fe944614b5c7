"""Registers the suite's models under the label `testapp`."""

from django.apps import AppConfig


class TestAppConfig(AppConfig):
    """No receivers are connected here: each test connects, and disconnects, its own."""

    # pytest collects classes by this name's beginning; this one is no test.
    __test__ = False

    name = "tests.testapp"
    label = "testapp"
    default_auto_field = "django.db.models.BigAutoField"
