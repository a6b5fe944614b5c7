"""pytest-xdist: the workers' traces become one summary, equal to that of a serial run."""

from pathlib import Path

import pytest

from signaltrace.ran import CALL, SETUP, TEARDOWN, RanTest
from signaltrace.storage import load
from signaltrace.trace import Trace
from tests.pytest_plugin.conftest import Run
from tests.pytest_plugin.test_summary import OUTCOMES, summary

XDIST = ("xdist.plugin",)


def costs(trace: Trace) -> dict[str, dict[tuple[str, str], tuple[int, int, int]]]:
    """Calls, primitive calls and errors by test, phase and receiver: everything but times."""
    return {
        test.node_id: {
            (phase.when, trace.receivers[cost.receiver].name): (cost.calls, cost.primitive, cost.errors)
            for phase in test.phases
            for cost in phase.costs()
        }
        for test in trace.tests
        if test.node_id
    }


def dispatches(test: RanTest) -> dict[str, int]:
    """By phase: a session's fixtures, which each worker has its own of, may interrupt a set-up."""
    return {when: sum(each.dispatches for each in test.during(when)) for when in (SETUP, CALL, TEARDOWN)}


@pytest.fixture
def traces(run: Run, shop_suite: Path, project: Path) -> tuple[Trace, Trace]:
    """Of a serial run, and of one in two workers that keep each class to one of them."""
    run("--signaltrace-save=serial.json.gz").assert_outcomes(**OUTCOMES)
    result = run("-n", "2", "--dist=loadscope", "--signaltrace-save=parallel.json.gz", plugins=XDIST)
    result.assert_outcomes(**OUTCOMES)
    return load(project / "serial.json.gz"), load(project / "parallel.json.gz")


def test_totals_equal_those_of_a_serial_run(traces: tuple[Trace, Trace]) -> None:
    """Each test's calls, dispatches and failures; the receivers that are connected; outcomes."""
    serial, parallel = traces
    assert costs(parallel) == costs(serial)
    assert {test.worker for test in parallel.tests if test.node_id} == {"gw0", "gw1"}

    def told(trace: Trace) -> object:
        return (
            {test.node_id: test.outcome for test in trace.tests if test.node_id},
            {test.node_id: dispatches(test) for test in trace.tests if test.node_id},
            {test.node_id: [each[2:] for each in test.failed] for test in trace.tests if test.node_id},
            {trace.receivers[index].name for index in trace.connected},
        )

    assert told(parallel) == told(serial)
    kept = [(span.test, span.phase, span.label) for _, span in serial.walk() if span.test]
    assert sorted(kept) == sorted((s.test, s.phase, s.label) for _, s in parallel.walk() if s.test)


def test_one_summary_of_all_workers(run: Run, shop_suite: Path) -> None:
    """Printed by the controller, once."""
    result = run("-n", "2", "--dist=loadscope", "--signaltrace", "-vv", plugins=XDIST)
    told = summary(result)
    assert told[0].endswith("% of TIME in 2 workers in receivers")
    assert told[1] == "TIME in 22 receiver calls of 11 dispatches in 10 tests, 1 error."
    assert result.stdout.str().count("receiver coverage: 1 of 5 receivers never ran") == 1


def test_a_crashed_worker_is_named_and_loses_only_its_own(run: Run, project: Path) -> None:
    """The others' tests are all there."""
    (project / "test_a.py").write_text("import os\ndef test_crash():\n    os._exit(3)\n")
    (project / "test_b.py").write_text(
        "from shop.signals import order_paid\nfrom shop.models import Order\nimport pytest\n"
        "@pytest.mark.parametrize('number', range(5))\n"
        "def test_sent(number):\n    order_paid.send(sender=Order, order=Order())\n"
    )
    result = run("-n", "2", "--signaltrace", "-vv", plugins=XDIST)
    result.assert_outcomes(passed=5, failed=1)
    told = summary(result)
    assert [line for line in told if "crashed" in line] in (
        ["gw0 crashed: what it recorded is lost"],
        ["gw1 crashed: what it recorded is lost"],
    )
    assert "TIME in 10 receiver calls of 5 dispatches in 5 tests." in told


def test_properties_of_tests_in_junit_xml_come_from_the_workers(
    run: Run, shop_suite: Path, project: Path
) -> None:
    """The controller writes the report."""
    run("-n", "2", "--signaltrace", "--junitxml=report.xml", plugins=XDIST)
    report = (project / "report.xml").read_text()
    case = report[report.index('name="test_pay"') :].partition("</testcase>")[0].replace(" />", "/>")
    assert '<property name="signaltrace_receiver_calls" value="4"/>' in case


def test_budgets_and_mutes_hold_in_workers(run: Run, project: Path) -> None:
    """What a marker or an option says, a worker does; what is no budget fails its test there."""
    (project / "test_marks.py").write_text(
        "import pytest\nfrom shop.models import Order\npytestmark = pytest.mark.django_db\n"
        "@pytest.mark.signaltrace(max_calls=0)\n"
        "def test_over():\n    Order.objects.create()\n"
        "@pytest.mark.signaltrace_mute('index')\n"
        "def test_muted():\n    assert not Order.objects.create().indexed\n"
        "@pytest.mark.signaltrace(max_cals=0)\n"
        "def test_bad(): pass\n"
        "@pytest.mark.signaltrace_mute('indx')\n"
        "def test_unknown(): pass\n"
    )
    result = run("-n", "2", plugins=XDIST)
    result.assert_outcomes(passed=1, failed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "no receiver is called 'indx'; did you mean shop.receivers.index?",
        ]
    )
    assert result.ret == 1
    muted = run("-n", "2", "--signaltrace-mute=indx", plugins=XDIST)
    assert muted.ret == pytest.ExitCode.USAGE_ERROR
    muted.assert_outcomes()
    muted.stdout.fnmatch_lines(
        ["--signaltrace-mute: no receiver is called 'indx'; did you mean shop.receivers.index?"]
    )


def test_without_django_the_workers_say_so(pytester: pytest.Pytester, project: Path) -> None:
    """In one line, before a test runs; the exit status is that of a run that could not be begun."""
    (project / "test_one.py").write_text("def test_a(): pass\n")
    pytester.makeini("[pytest]\n")
    arguments = ("-p", "signaltrace.pytest_plugin", "-p", "xdist.plugin", "--signaltrace")
    result = pytester.runpytest_subprocess(*arguments, "-n", "2")
    result.assert_outcomes()
    result.stdout.fnmatch_lines(["signaltrace: Django is not configured: set DJANGO_SETTINGS_MODULE*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    serial = pytester.runpytest_subprocess(*arguments)
    assert serial.ret == pytest.ExitCode.USAGE_ERROR
    assert serial.errlines[0].startswith("ERROR: signaltrace: Django is not configured: ")
