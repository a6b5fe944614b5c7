"""The recording of a pytest run: begun with the session, told which test and phase runs, ended with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import pytest

from signaltrace.apps import is_refused
from signaltrace.errors import SignaltraceError
from signaltrace.inventory import ledger as connections
from signaltrace.pytest_plugin.options import is_controller, is_recorded, is_worker
from signaltrace.pytest_plugin.outcomes import outcome
from signaltrace.pytest_plugin.unittest_parts import UnittestParts
from signaltrace.ran import CALL, OUTSIDE, SETUP, TEARDOWN, RanTest
from signaltrace.suite.recorded import SuiteRecording
from signaltrace.trace import Trace
from signaltrace.views.tests import Section

# On a worker: why it ran no test.
REFUSED = "signaltrace_refused"

Check = Callable[[pytest.Item, RanTest], None]


class Session:
    """One recording for the run. ``after_call`` and ``after_test`` are asked when a test's own part, or
    the test with all its fixtures, is over: they may fail it. ``problems``, ``remarks`` and
    ``sections`` of other parts are for the summary; ``refused``: there was nothing to record, whatever
    the tests said."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.recording: SuiteRecording | None = None
        self.trace: Trace | None = None
        self.after_call: list[Check] = []
        self.after_test: list[Check] = []
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self.sections: list[Section] = []
        self.refused = False
        self._began_ledger = False
        self._phase = OUTSIDE
        self._in_teardown = False
        self._test_files: set[str] = set()
        self._parts = UnittestParts(self._enter)

    # -- beginning and ending --------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Record from before the collection on: imports send signals too."""
        self.start()

    def start(self) -> None:
        """Begin, where tests run in this process."""
        if self.recording is not None or self.trace is not None or is_controller(self.config):
            return
        recording = SuiteRecording(keep=self.config.option.signaltrace_save is not None)
        try:
            recording.start()
        except SignaltraceError as error:
            raise pytest.UsageError(f"signaltrace: {error}") from None
        self.recording = recording
        if is_recorded(self.config):
            self._guard(self._begin_ledger)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All that is imported is imported: see what is connected, or that there is no Django here."""
        if self.recording is None:
            return
        if session.items and is_recorded(self.config) and not _django_is_configured():
            sentence = (
                "signaltrace: Django is not configured: set DJANGO_SETTINGS_MODULE, or configure it in"
                " conftest.py before the tests are collected"
            )
            refuse(self.config, session, sentence)
        self._test_files = {str(item.path) for item in session.items}
        self._note_connected(self.recording)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The tests are over."""
        self.stop()

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """Where the session was never finished: Signal is put back all the same."""
        self.stop()
        if self._began_ledger:
            self._began_ledger = False
            self._guard(connections.end)

    def stop(self) -> None:
        """End; from now on there is a trace."""
        recording, self.recording = self.recording, None
        if recording is not None:
            if _django_is_configured():
                self._note_connected(recording)
            self._guard(lambda: self.keep(recording.stop()))

    def _begin_ledger(self) -> None:
        """Where the app has not begun it: what tests connect and disconnect is seen, at least."""
        self._began_ledger = not is_refused() and connections.begin("pytest --signaltrace")

    def _note_connected(self, recording: SuiteRecording) -> None:
        self._guard(lambda: recording.note_connected(self._test_files))

    def keep(self, trace: Trace) -> None:
        """The trace of the run."""
        trace.argv = ["pytest", *map(str, self.config.invocation_params.args)]
        self.trace = trace

    # -- tests and phases ------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """A test begins, or begins again."""
        if self.recording is not None:
            self._guard(lambda: self.recording and self.recording.ledger.begin(item.nodeid))
        self._enter(SETUP)
        try:
            return (yield)
        finally:
            self._enter(OUTSIDE)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """The test itself."""
        self._enter(CALL if self.recording is None else self._parts.begin(item))
        try:
            result = yield
        finally:
            self._parts.end()
            self._enter(OUTSIDE)
        if self.after_call and self.recording is not None:
            self._guard(self.recording.ledger.settle)
            self._check(self.after_call, item)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """A test ends."""
        self._enter(TEARDOWN)
        self._in_teardown = True
        try:
            result = yield
        finally:
            self._in_teardown = False
            self._enter(OUTSIDE)
            if self.recording is not None:
                self._guard(self.recording.ledger.settle)
        self._check(self.after_test, item)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """A session's fixture (the test database, say) is not the first test's doing."""
        if fixturedef.scope != "session" or self._phase == OUTSIDE:
            return (yield)
        phase = self._phase
        self._enter(OUTSIDE)
        try:
            return (yield)
        finally:
            self._enter(phase)
            # finalizers run last in, first out: this one before the fixture's own
            fixturedef.addfinalizer(lambda: self._enter(OUTSIDE))

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Nor is its end the last test's."""
        if fixturedef.scope == "session" and self._in_teardown and self._phase == OUTSIDE:
            self._enter(TEARDOWN)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How the test went, by pytest's words for it."""
        if self.recording is not None:
            test = self.recording.ledger.current
            if test.node_id == report.nodeid:
                test.outcome = outcome(report, test.outcome)

    def _check(self, checks: Sequence[Check], item: pytest.Item) -> None:
        """Where a check fails the test, pytest's own exception, which is no Exception, passes the guard."""
        for check in checks:
            if self.recording is not None:
                ran = self.recording.ledger.current
                self._guard(partial(check, item, ran))

    def _enter(self, phase: str) -> None:
        self._phase = phase
        if self.recording is not None:
            ledger = self.recording.ledger
            self._guard(lambda: ledger.enter(phase))

    def _guard(self, step: Callable[[], object]) -> None:
        """A failure of ours is told in the summary, and is none of the suite's."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - whatever it is
            problem = f"a fault of signaltrace itself: {type(error).__name__}: {error}"
            if problem not in self.problems:
                self.problems.append(problem)


def refuse(config: pytest.Config, session: pytest.Session, sentence: str) -> None:
    """End the run before a test runs: here, or through the controller, which a worker leaves no test."""
    if not is_worker(config):
        raise pytest.UsageError(sentence)
    session.items.clear()
    output: dict[str, Any] = vars(config)["workeroutput"]
    output[REFUSED] = sentence


def _django_is_configured() -> bool:
    from django.conf import settings

    return bool(settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"))
