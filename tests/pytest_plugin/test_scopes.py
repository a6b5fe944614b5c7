"""What counts for which test: parts of a TestCase, fixtures of wider scopes, subtests, runs again."""

import re
from pathlib import Path

import pytest

from signaltrace.storage import load
from signaltrace.trace import Trace
from tests.pytest_plugin.conftest import Run
from tests.pytest_plugin.test_summary import summary

SUITE = """
import pytest
from django.test import TestCase
from shop.models import Order
from shop.signals import order_paid


def send():
    order_paid.send(sender=Order, order=Order())


@pytest.fixture(scope="session")
def whole():
    send()
    yield
    send()


@pytest.fixture(scope="module")
def shared():
    send()
    yield
    send()


class TestParts(TestCase):
    def setUp(self):
        send()
        self.addCleanup(send)

    def tearDown(self):
        send()

    @pytest.mark.signaltrace(max_calls=2)
    def test_parts(self):
        send()

    def test_failing_setup(self):
        self.fail("no")


class TestSubtests(TestCase):
    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                send()
                assert number != 1


def test_first(whole, shared):
    send()


def test_last(whole, shared):
    pass
"""


def calls(trace: Trace) -> dict[str, dict[str, int]]:
    """Receiver calls by test and phase."""
    return {
        test.node_id.partition("::")[2]: {
            when: sum(each.ncalls for each in test.during(when))
            for when in ("setup", "call", "teardown")
            if any(each.ncalls for each in test.during(when))
        }
        for test in trace.tests
        if test.node_id
    }


@pytest.fixture
def trace(run: Run, project: Path) -> Trace:
    """Of the suite above."""
    (project / "test_scopes.py").write_text(SUITE)
    run("--signaltrace-save=trace.json")
    return load(project / "trace.json")


def test_parts_and_scopes(trace: Trace) -> None:
    """setUp is set-up and tearDown tear-down; a module's fixture counts where it is set up and taken down, a
    session's for no test."""
    assert calls(trace) == {
        "TestParts::test_failing_setup": {"setup": 2, "teardown": 4},
        "TestParts::test_parts": {"setup": 2, "call": 2, "teardown": 4},
        "TestSubtests::test_subtests": {"call": 6},
        "test_first": {"setup": 2, "call": 2},
        "test_last": {"teardown": 2},
    }
    outside = next(test for test in trace.tests if not test.node_id)
    own = [cost for cost in outside.costs().values() if trace.receivers[cost.receiver].mine]
    assert sum(cost.calls for cost in own) == 4


def test_a_test_with_a_failed_subtest_failed(trace: Trace) -> None:
    """Though pytest tells of the whole that it passed."""
    outcomes = {test.node_id.partition("::")[2]: test.outcome for test in trace.tests if test.node_id}
    assert outcomes["TestSubtests::test_subtests"] == "failed"
    assert outcomes["TestParts::test_parts"] == "passed"


WIDER = """
import pytest
from django.test import TestCase
from shop.models import Order

pytestmark = pytest.mark.django_db


class TestClass(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.order = Order.objects.create()

    @pytest.mark.signaltrace_mute("shop.receivers.index")
    def test_muted(self):
        assert self.order.indexed
        assert not Order.objects.create().indexed

    def test_other(self):
        assert self.order.indexed


@pytest.mark.signaltrace_mute("shop.receivers.index")
class TestMutedClass(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.order = Order.objects.create()

    def test_muted(self):
        assert not self.order.indexed
"""


def test_a_test_s_mute_does_not_reach_a_fixture_that_others_share(run: Run, project: Path) -> None:
    """Which test comes first makes no difference; a class's mute reaches its own."""
    (project / "test_wider.py").write_text(WIDER)
    run().assert_outcomes(passed=3)


SHARED = """
from django.test import TestCase
from shop.models import Order


class TestShared(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.order = Order.objects.create()

    def test_count(self):
        assert Order.objects.count() == 1

    def test_indexed(self):
        assert self.order.indexed
"""


def test_what_if_asks_all_that_share_a_fixture(run: Run, project: Path) -> None:
    """Only the first test of the class calls the receiver, and the second one needs it."""
    (project / "test_shared.py").write_text(SHARED)
    told = summary(run("--signaltrace-what-if"))
    assert "needs it: test_shared.py::TestShared::test_indexed" in told
    assert any(line.endswith("1 test needs it, 1 passes without") for line in told)


def test_unchecked_budgets_are_told_of_workers_too(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Markers alone ask, of which the controller of pytest-xdist knows nothing."""
    monkeypatch.setenv("CI", "1")
    (project / "test_timed.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('number', range(4))\n"
        "@pytest.mark.signaltrace(max_time='1s')\n"
        "def test_timed(number): pass\n"
    )
    result = run("-n", "2", plugins=("xdist.plugin",))
    result.assert_outcomes(passed=4)
    said = "Time budgets of 4 tests not checked: CI is set (signaltrace_time_budgets = on checks them)."
    assert result.outlines.count(said) == 1


def test_a_test_that_is_run_again_has_the_numbers_of_its_last_run(run: Run, project: Path) -> None:
    """In the report of each run a property stands once."""
    (project / "test_again.py").write_text(
        "from shop.models import Order\nfrom shop.signals import order_paid\nruns = []\n"
        "def test_again():\n"
        "    order_paid.send(sender=Order, order=Order())\n"
        "    runs.append(1)\n"
        "    assert len(runs) > 1\n"
    )
    arguments = ("--signaltrace", "--reruns=1", "--junitxml=report.xml")
    run(*arguments, plugins=("pytest_rerunfailures",))
    report = (project / "report.xml").read_text()
    assert report.count("signaltrace_receiver_calls") == report.count("<testcase") == 2


@pytest.mark.parametrize("name", ["junitxml", "cacheprovider", "logging", "tmpdir"])
def test_without_a_plugin_of_pytest_s(run: Run, shop_suite: Path, name: str) -> None:
    """What is not there is not asked, nor told to the runs that follow."""
    result = run("-p", f"no:{name}", "--signaltrace-what-if-top=1")
    assert result.ret == 1
    assert re.search(r"calls; (1 test needs|no test needs) it, \d pass without", " ".join(summary(result)))


def test_receivers_of_tests_are_none_to_be_covered(run: Run, project: Path) -> None:
    """What a test connects, and leaves connected, is not told to have never run."""
    (project / "test_own.py").write_text(
        "from shop.signals import order_paid\n"
        "def never(**kwargs): pass\n"
        "def test_leaks(): order_paid.connect(never)\n"
    )
    told = summary(run("--signaltrace", "-vv"))
    assert "receiver coverage: 5 of 5 receivers never ran" in told
    assert not any("test_own.never test_own.py" in line for line in told)
