"""Where unittest is watched, stage *suite*: a few methods swapped for ones that tell the course and pass on.

Nothing of ours is on the stack while a test's setUp, method, tearDown or clean-ups run, so tracebacks
are what they are without us, also those that workers send to their parent. unittest has no public place
for this; of its private ones each that is missing only makes the phases coarser.
"""

from __future__ import annotations

import unittest
import unittest.case
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Protocol

from signaltrace.capture.swaps import Swaps
from signaltrace.suite.unittest_course import Course

Method = Callable[..., Any]

_WORDS = {
    "addSuccess": "passed",
    "addFailure": "failed",
    "addError": "error",
    "addSkip": "skipped",
    "addExpectedFailure": "xfailed",
    "addUnexpectedSuccess": "xpassed",
}


def watch(swaps: Swaps, course: Course) -> None:
    """Tell the course of every unittest run in this process until the swaps are taken back."""
    suite, result = unittest.TestSuite, unittest.TestResult
    swaps.put(suite, "_tearDownPreviousClass", partial(_leaving, course))
    swaps.put(suite, "_handleModuleFixture", partial(_coming, course))
    swaps.put(suite, "_handleModuleTearDown", partial(_module_left, course))
    watch_parts(swaps, course)
    for name, word in _WORDS.items():
        swaps.put(result, name, partial(_came_out, course, word))
    swaps.put(result, "addSubTest", partial(_sub_test, course))
    swaps.put(result, "stopTest", partial(_stopped, course))


class Parts(Protocol):
    """Who is told of the parts of a test."""

    def part(self, outcome: Any, test: Any) -> None:
        """setUp, the test method, tearDown, then clean-ups one by one; each gets here as it begins."""


def watch_parts(swaps: Swaps, parts: Parts) -> None:
    """Tell of the parts of each test alone, until the swaps are taken back."""
    executor = getattr(unittest.case, "_Outcome", None)
    if executor is not None:
        swaps.put(executor, "testPartExecutor", partial(_part, parts))


def _leaving(course: Course, original: Method) -> Method:
    @wraps(original)
    def method(suite: Any, test: Any, result: Any) -> Any:
        course.leaving(test, result)
        return original(suite, test, result)

    return method


def _coming(course: Course, original: Method) -> Method:
    @wraps(original)
    def method(suite: Any, test: Any, result: Any) -> Any:
        course.coming(test, result)
        returned = original(suite, test, result)
        course.came(test, result)
        return returned

    return method


def _module_left(course: Course, original: Method) -> Method:
    @wraps(original)
    def method(suite: Any, result: Any) -> Any:
        returned = original(suite, result)
        course.module_left(result)
        return returned

    return method


def _part(course: Parts, original: Method) -> Method:
    @wraps(original)
    def method(outcome: Any, test: Any, *args: Any, **kwargs: Any) -> Any:
        # what is returned surrounds the part; we are off the stack by then
        manager = original(outcome, test, *args, **kwargs)
        if not (kwargs.get("subTest") or any(args)):
            course.part(outcome, test)
        return manager

    return method


def _came_out(course: Course, word: str, original: Method) -> Method:
    @wraps(original)
    def method(result: Any, *args: Any, **kwargs: Any) -> Any:
        course.came_out(word, result)
        return original(result, *args, **kwargs)

    return method


def _sub_test(course: Course, original: Method) -> Method:
    @wraps(original)
    def method(result: Any, test: Any, subtest: Any, error: Any) -> Any:
        course.sub_test_came_out(test, error, result)
        return original(result, test, subtest, error)

    return method


def _stopped(course: Course, original: Method) -> Method:
    @wraps(original)
    def method(result: Any, test: Any) -> Any:
        returned = original(result, test)
        course.stopped(test, result)
        return returned

    return method
