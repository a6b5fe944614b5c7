"""The course of unittest runs in this process: phases of tests, and nothing changed by watching."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from signaltrace.ran import CALL, SETUP, TEARDOWN
from tests.suite.unittest_runs import heard, recorded, run_tests, send, told

__all__ = ["heard"]
pytestmark = pytest.mark.usefixtures("heard")


def of_module(name: str, kind: type, **functions: Callable[[], None]) -> ModuleType:
    """A module the class is said to be of, with fixtures of its own."""
    module = ModuleType(name)
    for each, function in functions.items():
        setattr(module, each, function)
    kind.__module__ = name
    return module


def test_a_phase_goes_from_fixture_to_fixture() -> None:
    """Set-ups of module and class are the next test's, their tear-downs the last one's."""

    class First(unittest.TestCase):
        setUpClass = classmethod(lambda cls: send(2))
        tearDownClass = classmethod(lambda cls: send(3))

        def setUp(self) -> None:
            send(4)
            self.addCleanup(send, 6)

        def tearDown(self) -> None:
            send(5)

        def test_a(self) -> None:
            send(10)

        def test_b(self) -> None:
            send(20)

    class Second(unittest.TestCase):
        def test_c(self) -> None:
            send(30)

    sys.modules["first_module"] = of_module(
        "first_module", First, setUpModule=lambda: send(100), tearDownModule=lambda: send(200)
    )
    try:
        trace = recorded(lambda: run_tests(First("test_a"), First("test_b"), Second("test_c")))
    finally:
        del sys.modules["first_module"]
    assert told(trace) == [
        ("First.test_a", "passed", [(SETUP, 106), (CALL, 10), (TEARDOWN, 11)]),
        ("First.test_b", "passed", [(SETUP, 4), (CALL, 20), (TEARDOWN, 11), (TEARDOWN, 203)]),
        ("Second.test_c", "passed", [(SETUP, 0), (CALL, 30), (TEARDOWN, 0), (TEARDOWN, 0)]),
    ]


def test_after_a_set_up_that_failed_come_the_clean_ups() -> None:
    """They are no call of the test."""

    class Case(unittest.TestCase):
        def setUp(self) -> None:
            self.addCleanup(send, 3)
            send(1)
            raise KeyError("no")

        def test(self) -> None:
            raise AssertionError

    trace = recorded(lambda: run_tests(Case("test")))
    assert [(outcome, phases[:2]) for _, outcome, phases in told(trace)] == [
        ("error", [(SETUP, 1), (TEARDOWN, 3)])
    ]


def test_tests_that_a_failed_fixture_prevents_are_not_there() -> None:
    """Neither those of its class nor the other classes of its module: unittest counts none of them."""

    def fail(*args: object) -> None:
        send(1)
        raise RuntimeError("no")

    class BadClass(unittest.TestCase):
        setUpClass = classmethod(fail)

        def test_a(self) -> None: ...

        def test_b(self) -> None: ...

    class BadModule(unittest.TestCase):
        def test_c(self) -> None: ...

    class Skipping(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            raise unittest.SkipTest("not here")

        def test_d(self) -> None: ...

    class OfBadModule(BadModule):
        pass

    sys.modules["bad_module"] = of_module("bad_module", BadModule, setUpModule=fail)
    OfBadModule.__module__ = "bad_module"
    tests = [
        BadClass("test_a"), BadClass("test_b"), BadModule("test_c"), OfBadModule("test_c"), Skipping("test_d")
    ]  # fmt: skip
    try:
        trace = recorded(lambda: run_tests(*tests))
    finally:
        del sys.modules["bad_module"]
    assert [(name, outcome, phases[0]) for name, outcome, phases in told(trace)] == [
        ("BadClass.test_a", "error", (SETUP, 1)),
        ("BadModule.test_c", "error", (SETUP, 1)),
        ("Skipping.test_d", "skipped", (SETUP, 0)),
    ]


def test_the_worst_that_was_said_of_a_test_counts() -> None:
    """A failure, then an error of its tearDown; an error in its class's tear-down after it passed."""

    class Both(unittest.TestCase):
        def tearDown(self) -> None:
            raise KeyError

        def test(self) -> None:
            self.fail()

    class Late(unittest.TestCase):
        @classmethod
        def tearDownClass(cls) -> None:
            raise KeyError

        def test(self) -> None: ...

    class Some(unittest.TestCase):
        def test(self) -> None:
            for number in range(3):
                with self.subTest(number=number):
                    if number == 1:
                        raise KeyError
                    if number == 2:
                        self.skipTest("no")

    trace = recorded(lambda: run_tests(Both("test"), Late("test"), Some("test")))
    assert [(name, outcome) for name, outcome, _ in told(trace)] == [
        ("Both.test", "failed"),
        ("Late.test", "error"),
        ("Some.test", "error"),
    ]


def test_a_run_inside_of_a_test_is_part_of_it() -> None:
    """Tests of test runners make such runs; what they send is the outer test's doing."""

    class Inner(unittest.TestCase):
        def test(self) -> None:
            send(5)
            self.fail()

    class Outer(unittest.TestCase):
        def test(self) -> None:
            send(1)
            run_tests(Inner("test"), Inner("test"))
            Inner("test").run(unittest.TestResult())
            send(1)

    trace = recorded(lambda: run_tests(Outer("test")))
    assert [(name, outcome, phases[:2]) for name, outcome, phases in told(trace)] == [
        ("Outer.test", "passed", [(SETUP, 0), (CALL, 17)])
    ]


def test_a_suite_that_knows_no_fixtures_tells_by_its_tests() -> None:
    """And a test that runs in another's place goes by its own name."""

    class Case(unittest.TestCase):
        def test(self) -> None:
            send(2)

        def other(self) -> None:
            send(3)

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            if self._testMethodName == "test":
                Case("other").run(*args, **kwargs)
            return super().__call__(*args, **kwargs)

    trace = recorded(lambda: run_tests(Case("other"), Case("other"), suite=unittest.BaseTestSuite))
    assert [each[:2] for each in told(trace)] == [("Case.other", "passed")] * 2
    trace = recorded(lambda: run_tests(Case("test")))
    assert [(name, outcome, phases[1]) for name, outcome, phases in told(trace)] == [
        ("Case.other", "passed", (CALL, 3)),
        ("Case.test", "passed", (CALL, 2)),
    ]
