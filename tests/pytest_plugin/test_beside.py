"""Beside other plugins, and with every kind of test Django has."""

from pathlib import Path

import pytest

from signaltrace.storage import load
from tests.pytest_plugin.conftest import Run
from tests.pytest_plugin.test_summary import OUTCOMES, summary

KINDS = """
import threading
import urllib.request

import pytest
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase
from shop.models import Order
from shop.signals import order_paid


class TestTransactions(TransactionTestCase):
    def test_saved(self):
        Order.objects.create()


class TestLive(LiveServerTestCase):
    def test_bought(self):
        assert urllib.request.urlopen(self.live_server_url + "/buy/").read() == b"True"


class TestAsync(TestCase):
    async def test_saved(self):
        await Order.objects.acreate()

    async def test_sent(self):
        await order_paid.asend(sender=Order, order=Order())


class TestSimple(SimpleTestCase):
    def test_subtests(self):
        for number in range(3):
            with self.subTest(number=number):
                order_paid.send(sender=Order, order=Order(number=number))


@pytest.fixture(scope="module")
def sent_by_module():
    order_paid.send(sender=Order, order=Order())


@pytest.fixture(scope="class")
def sent_by_class():
    order_paid.send(sender=Order, order=Order())


class TestScopes:
    def test_first(self, sent_by_module, sent_by_class):
        pass

    def test_second(self, sent_by_module, sent_by_class):
        pass


def test_thread():
    thread = threading.Thread(target=lambda: order_paid.send(sender=Order, order=Order()))
    thread.start()
    thread.join()


@pytest.mark.asyncio
async def test_asyncio():
    await order_paid.asend(sender=Order, order=Order())
"""


def test_every_kind_of_test(run: Run, project: Path) -> None:
    """Each dispatch belongs to its test and phase, whatever thread or task sends it."""
    (project / "test_kinds.py").write_text(KINDS)
    result = run(
        "--signaltrace-save=trace.json",
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        plugins=("pytest_asyncio.plugin",),
    )
    result.assert_outcomes(passed=9)
    trace = load(project / "trace.json")
    calls = {
        (test.node_id.partition("::")[2], phase.when): sum(
            cost.calls for cost in phase.costs() if trace.receivers[cost.receiver].name.startswith("shop.")
        )
        for test in trace.tests
        if test.node_id
        for phase in test.phases
    }
    assert {key: count for key, count in calls.items() if count} == {
        ("TestTransactions::test_saved", "call"): 2,
        ("TestLive::test_bought", "call"): 2,
        ("TestAsync::test_saved", "call"): 2,
        ("TestAsync::test_sent", "call"): 2,
        ("TestSimple::test_subtests", "call"): 6,
        ("TestScopes::test_first", "setup"): 4,
        ("test_thread", "call"): 2,
        ("test_asyncio", "call"): 2,
    }
    assert trace.faults == []


def test_beside_randomly(run: Run, shop_suite: Path) -> None:
    """In any order the totals are the same."""
    for seed in (1, 2):
        result = run("--signaltrace", "-vv", f"--randomly-seed={seed}", plugins=("pytest_randomly",))
        result.assert_outcomes(**OUTCOMES)
        assert "TIME in 22 receiver calls of 11 dispatches in 10 tests, 1 error." in summary(result)


def test_beside_rerunfailures(run: Run, shop_suite: Path, project: Path) -> None:
    """Each run of a test is an entry; the number of tests counts it once."""
    result = run("--signaltrace-save=trace.json", "-vv", "--reruns=1", plugins=("pytest_rerunfailures",))
    assert result.parseoutcomes() == {**OUTCOMES, "rerun": 2}
    told = summary(result)
    assert "TIME in 26 receiver calls of 13 dispatches in 10 tests, 1 error." in told
    (index,) = (line for line in told if line.endswith("py:8"))
    assert (index.split()[0], index.split()[7]) == ("10", "8")
    ran = [(test.node_id.partition("::")[2], test.outcome) for test in load(project / "trace.json").tests]
    assert [outcome for name, outcome in ran if name == "test_failing"] == ["rerun", "failed"]
    assert [outcome for name, outcome in ran if name == "test_erroring"] == ["rerun", "error"]


def test_beside_cov(run: Run, shop_suite: Path) -> None:
    """Coverage measures the receivers as it does without us."""
    told = []
    for arguments in ((), ("--signaltrace",)):
        result = run("--cov=shop", "--cov-report=term", *arguments, plugins=("pytest_cov.plugin",))
        result.assert_outcomes(**OUTCOMES)
        told.append([line for line in result.outlines if line.startswith(("shop/", "TOTAL"))])
    assert told[0] == told[1] != []


@pytest.mark.parametrize("option", ["--signaltrace", "--signaltrace-strict"])
def test_the_suite_s_outcomes_are_its_own(run: Run, shop_suite: Path, option: str) -> None:
    """Same outcomes, same exit status, with and without."""
    bare, traced = run("-rA"), run("-rA", option)
    assert bare.parseoutcomes() == traced.parseoutcomes()
    assert bare.ret == traced.ret == 1
    words = ("PASSED", "FAILED", "ERROR ", "SKIPPED", "XFAIL")
    assert [line for line in bare.outlines if line.startswith(words)] == [
        line for line in traced.outlines if line.startswith(words)
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--signaltrace-slowest=x",), "argument --signaltrace-slowest: 'x' is no whole number from 0"),
        (("--signaltrace-slowest=-1",), "argument --signaltrace-slowest: '-1' is no whole number from 0"),
        (("--signaltrace-min=x",), "argument --signaltrace-min: 'x' is no number of seconds"),
        (("--signaltrace-min=nan",), "argument --signaltrace-min: 'nan' is no number of seconds"),
        (
            ("--signaltrace-what-if-top=0",),
            "argument --signaltrace-what-if-top: '0' is no whole number from 1",
        ),
        (
            ("--signaltrace-save=missing/x.json",),
            "signaltrace: cannot write 'missing/x.json': no such folder",
        ),
        (("--signaltrace-save=.",), "signaltrace: cannot write '.': it is a directory"),
    ],
)
def test_options_that_cannot_be_followed(
    run: Run, shop_suite: Path, arguments: tuple[str, ...], message: str
) -> None:
    """Found out before a test runs, and said in pytest's own way."""
    result = run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert any(message in line for line in result.errlines)
    assert "Traceback" not in result.stderr.str()
    assert "collected" not in result.stdout.str()


def test_without_a_terminal(run: Run, shop_suite: Path, project: Path) -> None:
    """-p no:terminal: nothing is said, and everything else is done."""
    result = run("-p", "no:terminal", "--signaltrace-save=trace.json", "--signaltrace-what-if-top=1")
    assert (result.ret, result.outlines, result.errlines) == (1, [], [])
    assert len([test for test in load(project / "trace.json").tests if test.node_id]) == 10


def test_a_failing_tear_down(run: Run, project: Path) -> None:
    """It fails as it does without us; its test has its numbers, in the report as well."""
    (project / "test_down.py").write_text(
        "import pytest\nfrom shop.models import Order\nfrom shop.signals import order_paid\n"
        "@pytest.fixture\n"
        "def failing():\n"
        "    yield\n"
        "    order_paid.send(sender=Order, order=Order())\n"
        "    raise RuntimeError('down')\n"
        "def test_down(failing): pass\n"
        "def test_next(): order_paid.send(sender=Order, order=Order())\n"
    )
    result = run("--signaltrace", "-vv", "--junitxml=report.xml")
    result.assert_outcomes(passed=2, errors=1)
    assert "TIME in 4 receiver calls of 2 dispatches in 2 tests." in summary(result)
    report = (project / "report.xml").read_text().replace(" />", "/>")
    case = report[report.index('name="test_down"') :].partition("</testcase>")[0]
    assert '<property name="signaltrace_receiver_calls" value="2"/>' in case


def test_interrupted(run: Run, project: Path) -> None:
    """Ctrl-C: what was recorded until then is told, and the exit status is pytest's."""
    (project / "test_stop.py").write_text(
        "from shop.models import Order\nfrom shop.signals import order_paid\n"
        "def test_sent(): order_paid.send(sender=Order, order=Order())\n"
        "def test_stop(): raise KeyboardInterrupt\n"
        "def test_never(): pass\n"
    )
    result = run("--signaltrace", "-vv")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "TIME in 2 receiver calls of 1 dispatch in 2 tests." in summary(result)
