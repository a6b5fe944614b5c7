"""The same for suites run by pytest: ``pytest -p packages_inside.pytest_part``."""

from collections.abc import Iterator
from typing import Any

import pytest
from packages_inside import stage
from suite_inside import recording


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """By now every conftest has configured Django."""
    stage.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """What stands around each test; after it, Signal's methods are still whose they should be."""
    with stage.around(item.nodeid):
        result = yield
    recording.check(item.nodeid)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """The outcome in unittest's words, with the exception's type or the reason of the skip."""
    report: Any = yield
    if report.failed:
        kind = "failed" if report.when == "call" else "error"
        stage.note(item.nodeid, kind, call.excinfo.type.__qualname__ if call.excinfo else report.longreprtext)
    elif report.skipped:
        expected = hasattr(report, "wasxfail")
        reason = report.wasxfail if expected else report.longrepr[2]
        stage.note(item.nodeid, "expected failure" if expected else "skipped", reason)
    elif report.when == "call":
        stage.note(item.nodeid, "unexpected success" if hasattr(report, "wasxfail") else "passed")
    return report


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported is an outcome, too."""
    if report.failed:
        stage.note(report.nodeid, "error", "collection")
    elif report.skipped:
        stage.note(report.nodeid, "skipped", str(report.longrepr))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Subtests come this way alone; those that pass say nothing."""
    if getattr(report, "context", None) is not None and report.failed:
        stage.note(f"{report.nodeid} {report.context}", "failed", "subtest")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Databases are gone by now, with the fixtures that made them."""
    stage.end()
