"""Django's test runner, writing down the outcome of every test; stays Django's in everything else."""

import time
from multiprocessing import util
from os import times
from types import TracebackType
from typing import Any
from unittest import TestCase, TextTestResult

from django.test import runner
from suite_inside import recording
from suite_inside.places import write

ErrorTriple = tuple[type[BaseException], BaseException, TracebackType]


class Watching:
    """Part of a result class: after each test, Signal's methods are still whose they should be."""

    def stopTest(self, test: TestCase) -> None:
        super().stopTest(test)  # type: ignore[misc]
        recording.check(test.id())


class Outcomes(Watching, TextTestResult):
    """The parent's result, told of every outcome, those of parallel workers included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outcomes: dict[str, list[list[str]]] = {}
        self.last = time.perf_counter()

    def stopTest(self, test: TestCase) -> None:
        super().stopTest(test)
        self.last = time.perf_counter()

    def _note(self, test: TestCase, outcome: str, detail: str = "") -> None:
        self.outcomes.setdefault(test.id(), []).append([outcome, detail])

    def addSuccess(self, test: TestCase) -> None:
        super().addSuccess(test)
        self._note(test, "passed")

    def addSkip(self, test: TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "skipped", reason)

    def addFailure(self, test: TestCase, err: ErrorTriple) -> None:
        super().addFailure(test, err)
        self._note(test, "failed", err[0].__qualname__)

    def addError(self, test: TestCase, err: ErrorTriple) -> None:
        super().addError(test, err)
        self._note(test, "error", err[0].__qualname__)

    def addSubTest(self, test: TestCase, subtest: TestCase, err: ErrorTriple | None) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self._note(subtest, "failed" if failed else "error", err[0].__qualname__)

    def addExpectedFailure(self, test: TestCase, err: ErrorTriple) -> None:
        super().addExpectedFailure(test, err)
        self._note(test, "expected failure", err[0].__qualname__)

    def addUnexpectedSuccess(self, test: TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._note(test, "unexpected success")


class RemoteResult(Watching, runner.RemoteTestResult):
    """A worker's result; its events reach the parent's."""


class RemoteRunner(runner.RemoteTestRunner):
    """A worker's runner."""

    resultclass = RemoteResult


def init_worker(*args: Any, **kwargs: Any) -> None:
    """Begin a worker as Django does; it gives its account when the pool is closed (no atexit there)."""
    runner._init_worker(*args, **kwargs)
    recording.announce()
    util.Finalize(None, recording.account, kwargs={"worker": True}, exitpriority=1)


class SuiteParallel(runner.ParallelTestSuite):
    """Django's parallel suite with the worker's parts above."""

    init_worker = init_worker
    runner_class = RemoteRunner


class SuiteRunner(runner.DiscoverRunner):
    """Writes ``outcomes.json``: every outcome by test id, and the seconds the tests took."""

    parallel_test_suite = SuiteParallel

    def get_resultclass(self) -> type[TextTestResult]:
        return Outcomes

    def run_tests(self, *args: Any, **kwargs: Any) -> int:
        recording.announce()
        failures: int = super().run_tests(*args, **kwargs)
        recording.account()
        return failures

    def run_suite(self, suite: Any, **kwargs: Any) -> Any:
        began, used = time.perf_counter(), sum(times()[:4])
        result = super().run_suite(suite, **kwargs)
        # The pool's workers have given their accounts by now: CPU time here, but no wall time of the tests.
        cpu = sum(times()[:4]) - used
        write("outcomes.json", {"tests": result.outcomes, "wall": result.last - began, "cpu": cpu})
        return result
