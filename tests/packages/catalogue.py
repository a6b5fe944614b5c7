"""The packages: what is fetched, how each one runs its own tests, and what is left out of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    """One package of the index and its suite.

    ``runner`` is ``pytest`` or ``django`` (a script that ends in Django's DiscoverRunner);
    ``arguments`` are the script and its own, or pytest's; ``folder`` is where in the sdist they are
    run. ``settings`` is the suite's settings module where ours stands before it (quick password
    hashes, SQLite for every database). ``left_out`` are tests or parts not run, bare and traced alike.
    ``beside``: the other tools its suite is also run with.
    """

    name: str
    runner: str
    arguments: tuple[str, ...]
    folder: str = "."
    settings: str = ""
    left_out: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def requirements(self) -> str:
        """The name of its requirement file."""
        return f"{self.name}.txt"


# django-oscar's sdist holds no tests: django-simple-history, django-auditlog, django-axes and wagtail
# stand in for it. Of wagtail the parts run that send and receive signals of their own.
PACKAGES = (
    Package(
        "django-allauth",
        "pytest",
        ("tests",),
        settings="tests.projects.regular.settings",
    ),
    Package(
        "django-guardian",
        "django",
        ("manage.py", "test", "guardian"),
        settings="guardian.testapp.testsettings",
    ),
    Package(
        "django-reversion",
        "django",
        ("manage.py", "test"),
        folder="tests",
        settings="test_project.settings",
        beside=("sentry", "toolbar"),
    ),
    Package("djangorestframework", "pytest", ("tests",)),
    Package("django-simple-history", "django", ("runtests.py",)),
    Package(
        "django-auditlog",
        "django",
        ("manage.py", "test"),
        folder="auditlog_tests",
        settings="test_settings",
    ),
    Package(
        "django-axes",
        "django",
        ("manage.py", "test", "tests"),
        settings="tests.settings",
        # They must lock a user out within the one or two seconds of their cool-off time.
        left_out=tuple(
            f"tests.test_handlers.Axes{test}"
            for test in (
                "DatabaseHandlerTestCase.test_handler",
                "DatabaseHandlerTestCase.test_handler_without_reset",
                "DatabaseHandlerTestCase.test_handler_callable_failure_limit",
                "DatabaseHandlerTestCase.test_handler_str_failure_limit",
                "CacheHandlerTestCase.test_handler",
                "CacheHandlerTestCase.test_handler_without_reset",
            )
        ),
        beside=("sentry",),
    ),
    Package(
        "wagtail",
        "django",
        (
            "wagtail/test/manage.py",
            "test",
            "wagtail.tests",
            "wagtail.contrib.redirects",
            "wagtail.contrib.frontend_cache",
            "wagtail.snippets",
        ),
        settings="wagtail.test.settings",
    ),
)
