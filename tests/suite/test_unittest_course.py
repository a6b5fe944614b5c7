"""The course of unittest runs in this process: phases of tests, and nothing changed by watching."""

from __future__ import annotations

import gc
import io
import sys
import unittest
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.dispatch import Signal
from django.test.runner import ParallelTestSuite

from signaltrace.ran import CALL, SETUP, TEARDOWN
from signaltrace.suite.django_runs import DjangoRun
from signaltrace.suite.ledger import Ledger
from signaltrace.suite.swaps import Swaps
from signaltrace.trace import Trace

WANTED = {"arguments": "none", "orphaned": False, "limit": 1_000}
WATCHED = (unittest.TestSuite, unittest.TestResult, unittest.case._Outcome, ParallelTestSuite)
sent = Signal()


def hear(**kwargs: object) -> None:
    """Counted."""


@pytest.fixture(autouse=True)
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


class Log(unittest.TestCase):
    """What a test can see of the run: the stack above it, and whether the one before is gone."""

    __test__ = False  # no test of this suite itself
    seen: list[object] = []  # noqa: RUF012
    before: list[Any] = []  # noqa: RUF012

    def note(self) -> None:
        """Once in each part."""
        depth, frame = 0, sys._getframe()
        while frame is not None and "run_tests" not in frame.f_code.co_name:
            depth, frame = depth + 1, frame.f_back
        gc.collect()
        self.seen.append((self.id(), depth, [each() is None for each in self.before]))

    def setUp(self) -> None:
        """As a project has it."""
        self.note()
        self.addCleanup(self.note)

    def tearDown(self) -> None:
        """As a project has it."""
        self.note()

    @classmethod
    def tearDownClass(cls) -> None:
        """Its tests are gone by now."""
        gc.collect()
        cls.seen.append([each() is None for each in cls.before])

    def test_a(self) -> None:
        """Leaves a trace of itself."""
        self.note()
        self.before.append(weakref.ref(self))

    def test_b(self) -> None:
        """Fails."""
        self.note()
        self.before.append(weakref.ref(self))
        raise KeyError("b")

    async def test_c(self) -> None:
        """A coroutine that nobody awaits is warned of."""


class OtherLog(Log):
    """Its first test comes after a class is taken down."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
def test_what_a_test_can_see_is_the_same_as_without_us() -> None:
    """Depth of the stack, tracebacks, what is printed, and when tests are freed."""

    def program() -> tuple[str, list[object]]:
        Log.seen.clear()
        Log.before.clear()
        tests = [kind(name) for kind in (Log, OtherLog) for name in ("test_a", "test_b", "test_c")]
        printed = run_tests(*tests)
        return printed.partition("Ran ")[0], list(Log.seen)

    bare = program()
    ours: list[Any] = []
    recorded(lambda: ours.append(program()))
    assert ours[0] == bare
    assert len(bare[1]) > 10


def test_a_fault_of_ours_is_counted_and_the_tests_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trace says so."""

    class Case(unittest.TestCase):
        def test(self) -> None: ...

    def fail(*args: object) -> None:
        raise ZeroDivisionError("a bug")

    printed: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "begin", fail)
        trace = recorded(lambda: printed.append(run_tests(Case("test"), Case("test"))))
    assert "Ran 2 tests" in printed[0]
    assert printed[0].endswith("\nOK\n")
    assert {(each.where, each.message) for each in trace.faults} == {("tests", "ZeroDivisionError: a bug")}
    assert trace.notes == []


@pytest.mark.parametrize(
    ("missing", "phases"),
    [
        (
            ["_tearDownPreviousClass", "_handleModuleFixture", "_handleModuleTearDown"],
            [(SETUP, 2), (CALL, 1), (TEARDOWN, 0)],
        ),
        (["testPartExecutor"], [(SETUP, 3)]),
    ],
)
def test_without_unittests_private_parts_phases_are_coarser(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], phases: list[tuple[str, int]]
) -> None:
    """A later Python may not have them; tests and outcomes are told all the same."""

    class Case(unittest.TestCase):
        def setUp(self) -> None:
            send(2)

        def test(self) -> None:
            send(1)

    put = Swaps.put
    monkeypatch.setattr(
        Swaps, "put", lambda swaps, owner, name, make: name not in missing and put(swaps, owner, name, make)
    )
    trace = recorded(lambda: run_tests(Case("test"), Case("test")))
    assert [(name, outcome) for name, outcome, _ in told(trace)] == [("Case.test", "passed")] * 2
    assert told(trace)[0][2] == phases


def test_what_is_missing_is_not_swapped() -> None:
    """And what is inherited is inherited again in the end."""

    class Base:
        def there(self) -> str:
            return "theirs"

    class Derived(Base):
        pass

    swaps = Swaps()
    assert not swaps.put(Derived, "not_there", lambda original: original)
    assert swaps.put(Derived, "there", lambda original: lambda self: f"ours over {original(self)}")
    assert Derived().there() == "ours over theirs"
    swaps.back()
    assert "there" not in vars(Derived)
    assert Derived().there() == "theirs"


def test_who_patches_over_us_meanwhile_keeps_the_patch() -> None:
    """And what they hold of ours only passes on."""
    run = DjangoRun(WANTED)
    run.start()
    ours = unittest.TestResult.addSuccess
    original = ours.__wrapped__
    theirs = lambda self, test: ours(self, test)  # noqa: E731
    unittest.TestResult.addSuccess = theirs
    trace = run.stop()
    try:
        assert vars(unittest.TestResult)["addSuccess"] is theirs

        class Case(unittest.TestCase):
            def test(self) -> None: ...

        assert run_tests(Case("test")).endswith("\nOK\n")
    finally:
        unittest.TestResult.addSuccess = original
    assert trace.faults == []
