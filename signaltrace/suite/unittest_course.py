"""The course of a unittest run, stage *suite*: which test runs and in which phase, told to the ledger.

It is told what unittest does (see :mod:`signaltrace.suite.unittest_seams`) and never raises. As with
pytest, what a class or module sets up counts for the test that needed it first, and what it takes
down for the last of its tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from signaltrace.ran import CALL, OUTSIDE, SETUP, TEARDOWN
from signaltrace.span import Fault
from signaltrace.suite.ledger import Ledger

P = ParamSpec("P")

_PARTS = "_signaltrace_parts"
# An outcome gives way to what weighs as much or more: a test that failed, and raised in its tearDown, failed.
_WEIGHT = {"": 0, "passed": 1, "skipped": 1, "xfailed": 1, "xpassed": 1, "error": 2, "failed": 3}


def _guarded(method: Callable[Concatenate[Course, P], None]) -> Callable[Concatenate[Course, P], None]:
    """A failure of ours is counted and shown in the end; the tests go on."""

    @wraps(method)
    def call(course: Course, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if course.over:
            return
        try:
            method(course, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is
            course.fault(error)

    return call


class Course:
    """Where the run is. ``elsewhere`` counts tests that passed without a part of them seen here: what a
    parallel run tells of tests in other processes. ``over`` is set when nothing is to be noted any more."""

    def __init__(self, ledger: Ledger, before_tests: Callable[[], None]) -> None:
        self.over = False
        self._ledger = ledger
        self._before_tests = before_tests
        self.restart()

    def restart(self, *, began: bool = False) -> None:
        """In a worker process: no test ran yet. ``began``: what comes before the first one was done."""
        self.open = False
        self.elsewhere = 0
        self._faults: dict[str, int] = {}
        self._began = began
        self._phase = OUTSIDE
        # Dropped as soon as unittest drops it: what a test holds is to be freed when it would be.
        self._test: Any = None
        self._result: Any = None
        self._coming: Any = None
        # Whether a suite announced the test; else its own parts did.
        self._announced = False

    def fault(self, error: BaseException) -> None:
        """Count a failure of ours."""
        message = f"{type(error).__name__}: {error}"[:300]
        self._faults[message] = self._faults.get(message, 0) + 1

    def faults(self) -> list[Fault]:
        """The failures so far."""
        return [Fault("tests", message, count) for message, count in self._faults.items()]

    # -- from suites -----------------------------------------------------------------------------

    @_guarded
    def leaving(self, following: Any, result: Any) -> None:
        """The test is over; its class is taken down next if the following test is of another."""
        if not self.open or result is not self._result:
            return
        if following is not None and following.__class__ is getattr(result, "_previousTestClass", None):
            self._finish()
        else:
            self._test = None
            self._enter(TEARDOWN)

    @_guarded
    def coming(self, test: Any, result: Any) -> None:
        """A test is about to run; first the module of those before it is taken down, if it is another."""
        if self._is_ours(result) and not _is_passed_over(test, result):
            self._coming = test

    @_guarded
    def module_left(self, result: Any) -> None:
        """A module was taken down, or there was none; the setup of what comes begins."""
        if not self._is_ours(result):
            return
        self._finish()
        if self._coming is not None:
            self._begin(self._coming, result, announced=True)
            self._coming = None

    @_guarded
    def came(self, test: Any, result: Any) -> None:
        """The module is set up: if it was before, the setup of the test begins now."""
        if self._is_ours(result) and self._coming is test:
            self._coming = None
            self._finish()
            self._begin(test, result, announced=True)

    # -- from tests ------------------------------------------------------------------------------

    @_guarded
    def part(self, outcome: Any, test: Any) -> None:
        """setUp, the test method, tearDown, then clean-ups one by one; each gets here as it begins."""
        result = outcome.result
        if result is None or not self._is_ours(result):
            return  # clean-ups that somebody calls, a run inside of a test
        if not self.open:
            self._begin(test, result, announced=False)
        elif test is not self._test:
            self._take_over(test, result)
        count = vars(outcome)[_PARTS] = vars(outcome).get(_PARTS, 0) + 1
        # after a setUp that failed come the clean-ups
        phase = {1: SETUP, 2: CALL if outcome.success else TEARDOWN}.get(count, TEARDOWN)
        if phase != self._phase:
            self._enter(phase)

    @_guarded
    def stopped(self, test: Any, result: Any) -> None:
        """The result was told that the test is over: to be believed where no suite will say so."""
        if self.open and not self._announced and result is self._result and test is self._test:
            self._finish()

    @_guarded
    def came_out(self, word: str, result: Any) -> None:
        """How a test, a part of it or its class's fixture went."""
        if not self.open:
            self.elsewhere += word == "passed" and not self._faults
        elif result is self._result:
            ran = self._ledger.current
            if _WEIGHT[word] >= _WEIGHT.get(ran.outcome, 0):
                ran.outcome = word

    @_guarded
    def sub_test_came_out(self, test: Any, error: Any, result: Any) -> None:
        """How a subtest went; one that passed says nothing of the whole."""
        if error is not None:
            failed = issubclass(error[0], getattr(test, "failureException", AssertionError))
            self.came_out("failed" if failed else "error", result)

    # -- told to the ledger ----------------------------------------------------------------------

    def _is_ours(self, result: Any) -> bool:
        """Not so for a run that a test makes: its tests are part of that test."""
        return not self.open or result is self._result

    def _begin(self, test: Any, result: Any, *, announced: bool) -> None:
        if not self._began:
            self._began = True
            self._before_tests()
        self._test, self._result, self._announced = test, result, announced
        self._ledger.begin(_id(test))
        self.open = True
        self._enter(SETUP)

    def _take_over(self, test: Any, result: Any) -> None:
        """Another test than the one announced runs in its place: a copy with a parameter, say."""
        if self._announced and self._phase == SETUP and self._test is not None:
            self._ledger.current.node_id = _id(test)
            self._test = test
        else:
            announced = self._announced
            self._finish()
            self._begin(test, result, announced=announced)

    def _finish(self) -> None:
        if self.open:
            self.open = False
            self._test = self._result = None
            self._phase = OUTSIDE
            self._ledger.end()

    def _enter(self, phase: str) -> None:
        self._phase = phase
        self._ledger.enter(phase)


def _id(test: Any) -> str:
    try:
        return str(test.id())
    except Exception:  # noqa: BLE001 - the project's own method, or none
        return f"{type(test).__module__}.{type(test).__qualname__}"


def _is_passed_over(test: Any, result: Any) -> bool:
    """Whether unittest leaves the test out, since the fixture of its class or module failed before."""
    previous, current = getattr(result, "_previousTestClass", None), test.__class__
    if previous is None:
        return False
    class_failed = current is previous and getattr(current, "_classSetupFailed", False)
    module_failed = current.__module__ == previous.__module__ and getattr(result, "_moduleSetUpFailed", False)
    return bool(class_failed or module_failed)
