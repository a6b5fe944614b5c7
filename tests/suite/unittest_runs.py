"""What tests of unittest runs share: a signal that is heard, suites run in memory, what was told of them."""

from __future__ import annotations

import io
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal
from django.test.runner import ParallelTestSuite

from signaltrace.suite.django_runs import DjangoRun
from signaltrace.trace import Trace

WANTED = {"arguments": "none", "orphaned": False, "limit": 1_000}
WATCHED = (unittest.TestSuite, unittest.TestResult, unittest.case._Outcome, ParallelTestSuite)
sent = Signal()


def hear(**kwargs: object) -> None:
    """Counted."""


@pytest.fixture
def heard() -> Iterator[None]:
    """Somebody hears the signal, and unittest is as it was in the end."""
    before = [dict(vars(each)) for each in WATCHED]
    sent.connect(hear)
    yield
    sent.disconnect(hear)
    assert [dict(vars(each)) for each in WATCHED] == before


def send(times: int) -> None:
    """So many calls of the receiver."""
    for _ in range(times):
        sent.send(None)


def run_tests(*tests: Any, suite: type = unittest.TestSuite, result: type = unittest.TextTestResult) -> str:
    """What a runner prints of these tests."""
    stream = io.StringIO()
    unittest.TextTestRunner(stream, resultclass=result, verbosity=2).run(suite(tests))
    return stream.getvalue()


def recorded(program: Callable[[], object]) -> Trace:
    """The program under a recording."""
    run = DjangoRun(WANTED)
    run.start()
    try:
        program()
    finally:
        trace = run.stop()
    return trace


def told(trace: Trace) -> list[tuple[str, str, list[tuple[str, int]]]]:
    """Each test: the end of its id, its outcome, its phases with their receiver calls."""
    assert trace.faults == []
    return [
        (test.node_id.rpartition(">.")[2], test.outcome, [(each.when, each.ncalls) for each in test.phases])
        for test in trace.tests
        if test.node_id
    ]
