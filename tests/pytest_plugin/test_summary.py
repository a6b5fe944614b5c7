"""What `pytest --signaltrace` says at the end: on a suite with every outcome, as told by pytest itself."""

import re
from pathlib import Path

import pytest

from signaltrace.storage import load
from tests.pytest_plugin.conftest import Run

OUTCOMES = {"passed": 6, "failed": 1, "errors": 1, "skipped": 1, "xfailed": 1}


def summary(result: pytest.RunResult) -> list[str]:
    """The lines of our part, times as TIME."""
    lines = [re.sub(r"\d[\d.,]* ?([nµm]?s)\b", "TIME", line) for line in result.outlines]
    start = next(at for at, line in enumerate(lines) if "signal receivers" in line)
    end = next(
        at
        for at, line in enumerate(lines)
        if at > start and ("short test summary" in line or line.startswith("==="))
    )
    return [" ".join(line.split()) for line in lines[start + 1 : end]]


@pytest.fixture
def told(run: Run, shop_suite: Path) -> list[str]:
    """The summary of the whole suite, everything shown."""
    result = run("--signaltrace", "-vv")
    result.assert_outcomes(**OUTCOMES)
    assert result.ret == 1
    return summary(result)


def test_everything_is_told(told: list[str]) -> None:
    """Totals, receivers with pstats' columns and tests, slow tests, coverage, errors, orphans."""
    assert re.fullmatch(r"[<\d.]+% of TIME in receivers", told[0])
    assert told[1] == "TIME in 22 receiver calls of 11 dispatches in 10 tests, 1 error."
    at = told.index("slowest 10 receivers")
    assert told[at + 1] == "ncalls tottime percall cumtime percall max errors tests receiver defined at"
    rows = {line.split()[8]: line for line in told[at + 2 : at + 6]}
    # calls, errors, tests
    counts = {name: (line.split()[0], line.split()[6], line.split()[7]) for name, line in rows.items()}
    assert counts == {
        "shop.receivers.index": ("8", "0", "8"),
        "shop.receivers.notify": ("8", "0", "8"),
        "shop.receivers.mail": ("3", "0", "3"),
        "shop.receivers.book_courier": ("3", "1", "3"),
    }
    assert "receiver coverage: 1 of 5 receivers never ran" in told
    assert "shop.receivers.clean_up shop/receivers.py:18" in told
    assert "1 error swallowed by send_robust" in told
    assert any("ValueError: no courier for order 13" in line for line in told)
    assert "3 × shop.signals.nobody_cares shop.Order" in told


def test_slow_tests_name_phase_and_receiver(told: list[str]) -> None:
    """As --durations lists them: time, phase, node id."""
    at = told.index("slowest 10 tests by time in receivers")
    found = [line for line in told[at + 1 :] if line.startswith("TIME ")][:10]
    assert "TIME call test_shop.py::test_courier" in found
    assert "TIME setup test_shop.py::test_index" in found
    assert told[told.index("TIME call test_shop.py::test_courier") + 1].startswith(
        "of TIME, 4 receiver calls, most in "
    )


def test_little_is_hidden_as_durations_are(run: Run, shop_suite: Path) -> None:
    """Below the least time nothing is listed, and it is said how to see it."""
    told = summary(run("--signaltrace", "--signaltrace-min=10"))
    assert "(4 receivers < TIME hidden. Use --signaltrace-min=0 to show these receivers.)" in told
    told = summary(run("--signaltrace-slowest=2", "--signaltrace-min=0"))
    assert "slowest 2 receivers" in told
    table = told[told.index("slowest 2 receivers") + 2 :]
    assert table[2:4] == ["(2 more receivers. Use --signaltrace-slowest=0 to show all.)", ""]
    told = summary(run("--signaltrace-slowest=0", "--signaltrace-min=0"))
    assert "slowest receivers" in told


def test_quiet_is_one_line_and_no_summary_none(run: Run, shop_suite: Path) -> None:
    """-q, --no-summary and -p no:signaltrace do as they do elsewhere."""
    quiet = summary(run("--signaltrace", "-q"))
    assert len(quiet) == 1
    assert quiet[0].endswith("% of TIME in receivers")
    assert "signal receivers" not in run("--signaltrace", "--no-summary").stdout.str()


def test_blocked_by_name_the_options_are_gone(
    pytester: pytest.Pytester, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an installed plugin: loaded by itself, blocked by `-p no:signaltrace`."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    (project / "test_one.py").write_text("def test_one(): pass\n")
    assert pytester.runpytest_subprocess("-p", "no:randomly", "--signaltrace").ret == 0
    blocked = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:signaltrace", "--signaltrace")
    assert blocked.ret == pytest.ExitCode.USAGE_ERROR
    blocked.stderr.fnmatch_lines(["*unrecognized arguments: --signaltrace*"])


def test_colour_follows_pytest(run: Run, shop_suite: Path) -> None:
    """--color=yes has escapes, --color=no none."""
    assert "\x1b[1mreceiver coverage" in run("--signaltrace", "--color=yes").stdout.str()
    assert "\x1b" not in run("--signaltrace", "--color=no").stdout.str()


def test_the_trace_is_kept_with_its_tests(run: Run, shop_suite: Path, project: Path) -> None:
    """`signaltrace show` finds the spans tagged with test and phase, and the arguments sent."""
    result = run("--signaltrace-save=trace.json.gz")
    result.stdout.fnmatch_lines(["Trace saved; look at it with: signaltrace show trace.json.gz"])
    trace = load(project / "trace.json.gz")
    outcomes = {test.node_id.partition("::")[2]: test.outcome for test in trace.tests if test.node_id}
    assert outcomes == {
        "test_index": "passed",
        "test_pay": "passed",
        "test_courier": "passed",
        "test_nothing": "passed",
        "test_skipped": "skipped",
        "test_expected": "xfailed",
        "test_failing": "failed",
        "test_erroring": "error",
        "OrderTests::test_saved": "passed",
        "OrderTests::test_paid": "passed",
    }
    heard = [span for _, span in trace.walk() if span.kind == "receiver" and span.label.startswith("shop.")]
    tagged = {(span.test.partition("::")[2], span.phase, span.label.rpartition(".")[2]) for span in heard}
    assert ("test_index", "setup", "index") in tagged
    assert ("test_pay", "call", "mail") in tagged
    assert ("OrderTests::test_paid", "setup", "index") in tagged  # setUpTestData, as in a class's fixture
    assert ("OrderTests::test_saved", "call", "notify") in tagged
    paid = next(span for span in trace.roots() if span.signal.name == "shop.signals.order_paid")
    assert paid.arguments["order"]["type"] == "shop.Order"
    assert trace.argv[0] == "pytest"
    assert {span.test for span in trace.roots() if not span.test} <= {""}


def test_properties_of_tests_in_junit_xml(run: Run, shop_suite: Path, project: Path) -> None:
    """Per test, its fixtures included."""
    run("--signaltrace", "--junitxml=report.xml")
    report = (project / "report.xml").read_text()
    case = report[report.index('name="test_pay"') :].partition("</testcase>")[0]
    assert '<property name="signaltrace_dispatches" value="2"/>' in case.replace(" />", "/>")
    assert '<property name="signaltrace_receiver_calls" value="4"/>' in case.replace(" />", "/>")
    assert '<property name="signaltrace_receiver_errors" value="0"/>' in case.replace(" />", "/>")
    assert re.search(r'name="signaltrace_receiver_time" value="\d+\.\d{6}"', case)


def test_a_suite_that_does_not_ask_imports_nothing(pytester: pytest.Pytester, project: Path) -> None:
    """Importing the plugin imports neither Django nor the recorder."""
    (project / "test_modules.py").write_text(
        "import sys\n"
        "def test_modules():\n"
        "    assert [m for m in sys.modules if m.split('.')[0] in ('django', 'rich', 'asgiref')] == []\n"
        "    ours = {m for m in sys.modules if m.startswith('signaltrace')}\n"
        "    plugin = 'signaltrace.pytest_plugin'\n"
        "    assert ours == {'signaltrace', plugin, f'{plugin}.options'}\n"
    )
    pytester.runpytest_subprocess(
        "-p", "signaltrace.pytest_plugin", "-c", "/dev/null", "--rootdir=."
    ).assert_outcomes(passed=1)


def test_without_pytest_django(run: Run, pytester: pytest.Pytester, project: Path) -> None:
    """A conftest.py that sets Django up serves as well."""
    (project / "conftest.py").write_text(
        "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\ndjango.setup()\n"
    )
    (project / "test_bare.py").write_text(
        "from shop.signals import order_paid\n"
        "from shop.models import Order\n"
        "def test_sent():\n    order_paid.send(sender=Order, order=Order(number=5))\n"
    )
    pytester.makeini("[pytest]\npythonpath = .\n")
    result = pytester.runpytest_subprocess("-p", "signaltrace.pytest_plugin", "--signaltrace", "-vv")
    result.assert_outcomes(passed=1)
    assert "TIME in 2 receiver calls of 1 dispatch in 1 test." in summary(result)


def test_nothing_is_recorded_where_tests_are_only_collected(run: Run, shop_suite: Path) -> None:
    """--collect-only runs nothing."""
    result = run("--signaltrace", "--collect-only")
    assert result.ret == 0
    assert "signal receivers" not in result.stdout.str()


def test_the_session_s_fixtures_are_no_test_s_doing(run: Run, project: Path) -> None:
    """The first test that needs the database does not pay for the session's set-up."""
    (project / "test_session.py").write_text(
        "import pytest\n"
        "from shop.models import Order\n"
        "from shop.signals import order_paid\n"
        "@pytest.fixture(scope='session')\n"
        "def sent():\n    order_paid.send(sender=Order, order=Order())\n"
        "def test_first(sent):\n    order_paid.send(sender=Order, order=Order())\n"
    )
    told = summary(run("--signaltrace", "-vv"))
    outside = "Outside of tests (set-up of the session): TIME, 2 receiver calls."
    assert f"TIME in 4 receiver calls of 2 dispatches in 1 test. {outside}" in " ".join(told)
    assert (
        sum(line.startswith("TIME ") for line in told[told.index("slowest 10 tests by time in receivers") :])
        == 1
    )
