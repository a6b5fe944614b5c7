"""Budgets in a real run: markers on tests, classes and modules, settings, the project's table."""

from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import Run

SUITE = """
import pytest
from django.test import TestCase
from shop.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.signaltrace(max_dispatches=50)]

@pytest.fixture
def orders():
    for number in range(30):
        Order.objects.create(number=number)

@pytest.mark.signaltrace(max_calls=4)
def test_within(orders):
    Order.objects.create(number=1)
    Order.objects.create(number=2)

@pytest.mark.signaltrace(max_calls=4)
def test_over():
    for number in range(3):
        Order.objects.create(number=number)

def test_over_the_module_s():
    for number in range(51):
        Order.objects.create(number=number)

@pytest.mark.signaltrace(no_errors=True)
def test_error():
    Order.objects.create(number=13).pay()

@pytest.mark.signaltrace(max_calls=0)
class TestSuite(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.order = Order.objects.create()

    def test_none(self):
        assert self.order

    def test_some(self):
        self.order.save()

    @pytest.mark.signaltrace(max_calls=2)
    def test_its_own(self):
        self.order.save()

    def test_its_own_failure(self):
        self.order.save()
        assert False, "its own"

@pytest.mark.signaltrace(max_calls=0)
def test_own_failure():
    Order.objects.create()
    assert False, "of its own"

@pytest.mark.signaltrace(max_calls=0)
@pytest.mark.xfail(strict=True)
def test_expected():
    Order.objects.create()
"""


def test_markers(run: Run, project: Path) -> None:
    """A test over its budget fails with the receivers to blame, without any option; fixtures are free."""
    (project / "test_budgets.py").write_text(SUITE)
    result = run("-rA")
    result.assert_outcomes(passed=3, failed=6, xfailed=1)
    failed = {
        line.split(" - ")[0].split("::", 1)[1] for line in result.outlines if line.startswith("FAILED ")
    }
    assert failed == {
        "test_over",
        "test_over_the_module_s",
        "test_error",
        "TestSuite::test_some",
        "TestSuite::test_its_own_failure",
        "test_own_failure",
    }
    result.stdout.fnmatch_lines(
        [
            "signaltrace: 6 receiver calls, at most 4 allowed (@pytest.mark.signaltrace(max_calls=4))",
            "  ncalls  tottime errors  receiver",
            "       3 * 0  shop.receivers.*  shop/receivers.py:*",
            "       3 * 0  shop.receivers.*  shop/receivers.py:*",
            "signaltrace: 51 dispatches, at most 50 allowed (@pytest.mark.signaltrace(max_dispatches=50))",
            "signaltrace: 1 receiver call failed, none may (@pytest.mark.signaltrace(no_errors=True))",
            "       1 * 1  shop.receivers.book_courier  shop/receivers.py:28",
            "FAILED *::TestSuite::test_its_own_failure - AssertionError: its own",
            "FAILED *::test_own_failure - AssertionError: of its own",
        ],
        consecutive=False,
    )
    assert "signal receivers ===" not in result.stdout.str()


def test_settings_and_table_hold_for_every_test(run: Run, project: Path, pytester: pytest.Pytester) -> None:
    """Of pytest's settings and of [tool.signaltrace]; a marker allows more."""
    (project / "tox.ini").unlink()
    (project / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\npythonpath = '.'\nDJANGO_SETTINGS_MODULE = 'settings'\n"
        "signaltrace_max_calls = 4\n"
        "[tool.signaltrace.receivers]\n'receivers.mail' = { max_calls = 1 }\n"
    )
    (project / "test_budgets.py").write_text(
        "import pytest\nfrom shop.models import Order\npytestmark = pytest.mark.django_db\n"
        "def test_within():\n    Order.objects.create().pay()\n"
        "def test_suite():\n    for _ in range(3): Order.objects.create()\n"
        "@pytest.mark.signaltrace(max_calls=6)\n"
        "def test_more():\n    for _ in range(3): Order.objects.create()\n"
        "@pytest.mark.signaltrace(max_calls=6)\n"
        "def test_receiver():\n    order = Order.objects.create()\n    order.pay()\n    order.pay()\n"
    )
    result = run()
    result.assert_outcomes(passed=2, failed=2)
    mail = "shop.receivers.mail was called 2 times, at most 1 allowed"
    result.stdout.fnmatch_lines(
        [
            "signaltrace: 6 receiver calls, at most 4 allowed (pytest's settings)",
            f"signaltrace: {mail} (pyproject.toml: [[]tool.signaltrace] receivers 'receivers.mail')",
        ]
    )


INDEX, WHOLE = "'shop.receivers.index'", "max_calls is a whole number from 0, not 'x'"
TIMED = """
import pytest
from shop.signals import order_paid
from shop.models import Order

@pytest.mark.signaltrace(max_time=0)
def test_timed():
    order_paid.send(sender=Order, order=Order())
"""


@pytest.mark.parametrize(
    ("setting", "continuous", "failed"),
    [("auto", "", True), ("auto", "true", False), ("on", "true", True), ("off", "", False)],
)
def test_time_budgets_are_off_where_machines_are_shared(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, setting: str, continuous: str, failed: bool
) -> None:
    """Unless asked for, and it is said that they were not looked at."""
    monkeypatch.setenv("CI", continuous)
    (project / "test_timed.py").write_text(TIMED)
    result = run("-o", f"signaltrace_time_budgets={setting}")
    result.assert_outcomes(failed=int(failed), passed=int(not failed))
    unchecked = [line for line in result.outlines if line.startswith("Time budgets of 1 test not checked: ")]
    assert len(unchecked) == (not failed)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("max_cals=3", "there is no budget 'max_cals'; did you mean max_calls?"),
        ("max_calls='x'", "max_calls is a whole number from 0, not 'x'"),
        ("max_time='x'", "max_time is a duration like '50ms' or a number of seconds, not 'x'"),
    ],
)
def test_a_marker_that_is_no_budget_is_refused(run: Run, project: Path, marker: str, message: str) -> None:
    """One line naming the test, before anything runs."""
    (project / "test_bad.py").write_text(
        f"import pytest\n@pytest.mark.signaltrace({marker})\ndef test_a(): pass\n"
    )
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines == [
        f"ERROR: test_bad.py::test_a: @pytest.mark.signaltrace({marker}): {message}",
        "",
    ]


def test_a_marker_with_places_is_refused(run: Run, project: Path) -> None:
    """What would the number mean?"""
    (project / "test_bad.py").write_text("import pytest\n@pytest.mark.signaltrace(5)\ndef test_a(): pass\n")
    said = "the marker signaltrace takes its budgets by name: max_calls=20, say"
    assert run().errlines == [f"ERROR: test_bad.py::test_a: {said}", ""]


@pytest.mark.parametrize(
    ("settings", "table", "message"),
    [
        (
            "signaltrace_max_calls = 'x'",
            "",
            "signaltrace: pytest's settings: max_calls is a whole number from 0, not 'x'",
        ),
        (
            "signaltrace_time_budgets = 'x'",
            "receivers = {}",
            "signaltrace: signaltrace_time_budgets is on, off or auto, not 'x'",
        ),
        (
            "",
            "receivers = { 'shop.receivers.indx' = { max_calls = 1 } }",
            "pyproject.toml: no receiver is called 'shop.receivers.indx'; did you mean shop.receivers.index?",
        ),
        (
            "",
            "receivers = { 'shop.receivers.index' = { max_calls = 'x' } }",
            f"signaltrace: pyproject.toml: [tool.signaltrace] receivers {INDEX}: {WHOLE}",
        ),
    ],
)
def test_settings_that_are_no_budgets_are_refused(
    run: Run, project: Path, settings: str, table: str, message: str
) -> None:
    """One line, before anything runs."""
    (project / "tox.ini").unlink()
    (project / "pyproject.toml").write_text(
        f"[tool.pytest.ini_options]\npythonpath = '.'\nDJANGO_SETTINGS_MODULE = 'settings'\n{settings}\n"
        f"[tool.signaltrace]\n{table}\n"
    )
    (project / "test_one.py").write_text("def test_a(): pass\n")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines == [f"ERROR: {message}", ""]


ASKING = """
import pytest
from django.db import connection
from django.db.models.signals import post_save
from shop.models import Order

pytestmark = pytest.mark.django_db

def ask_much(**kwargs):
    with connection.cursor() as cursor:
        for _ in range(5):
            cursor.execute("SELECT 1")

@pytest.fixture(autouse=True)
def asking():
    post_save.connect(ask_much, sender=Order)
    yield
    post_save.disconnect(ask_much, sender=Order)

@pytest.fixture
def order():
    return Order.objects.create()

@pytest.mark.signaltrace(max_queries=5)
def test_within():
    Order.objects.create()
    assert Order.objects.count() == 1

@pytest.mark.signaltrace(max_queries=5)
def test_fixture(order):
    assert Order.objects.count() == 1

@pytest.mark.signaltrace(max_queries=5)
def test_over():
    Order.objects.create()
    Order.objects.create()
"""


@pytest.mark.parametrize("options", [(), ("--signaltrace",), ("-p", "xdist", "-n1")])
def test_queries(run: Run, project: Path, options: tuple[str, ...]) -> None:
    """Those that receivers ran count, not the test's own nor its fixtures'; who ran them is told."""
    (project / "test_budgets.py").write_text(ASKING)
    result = run("-rA", *options, "test_budgets.py")
    result.assert_outcomes(passed=2, failed=1)
    marker = "@pytest.mark.signaltrace(max_queries=5)"
    result.stdout.fnmatch_lines(
        [
            f"signaltrace: 10 queries in receivers, at most 5 allowed ({marker})",
            "  ncalls  tottime errors  queries  receiver",
            "       2 *      0       10  test_budgets.ask_much  test_budgets.py:*",
        ]
    )


def test_queries_in_settings_and_table(run: Run, project: Path) -> None:
    """As for the other budgets: for each test, and for single receivers."""
    (project / "tox.ini").unlink()
    (project / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\npythonpath = '.'\nDJANGO_SETTINGS_MODULE = 'settings'\n"
        "signaltrace_max_queries = 1000\n"
        "[tool.signaltrace.receivers]\n'*.ask_much' = { max_queries = 9 }\n"
    )
    (project / "test_budgets.py").write_text(
        ASKING.replace("@pytest.mark.signaltrace(max_queries=5)\n", "")
        .replace("@pytest.fixture(autouse=True)\ndef asking():\n    ", "")
        .replace("    yield\n    post_save.disconnect(ask_much, sender=Order)\n", "")
    )
    result = run("test_budgets.py")
    result.assert_outcomes(passed=2, failed=1)
    said = "signaltrace: test_budgets.ask_much ran 10 queries, at most 9 allowed (pyproject.toml: *ask_much')"
    result.stdout.fnmatch_lines([said])
