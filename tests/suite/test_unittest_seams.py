"""Where unittest is watched: what tests can see of it, and that all is put back."""

from __future__ import annotations

import gc
import io
import sys
import unittest
import weakref
from typing import Any

import pytest

from signaltrace.capture.swaps import Swaps
from signaltrace.ran import CALL, SETUP, TEARDOWN
from signaltrace.suite.django_runs import DjangoRun
from signaltrace.suite.ledger import Ledger
from tests.suite.unittest_runs import WANTED, heard, recorded, run_tests, send, told

__all__ = ["heard"]
pytestmark = pytest.mark.usefixtures("heard")


class Log(unittest.TestCase):
    """What a test can see of the run: the stack above it, and whether the one before is gone."""

    __test__ = False  # no test of this suite itself
    seen: list[object] = []  # noqa: RUF012
    before: list[Any] = []  # noqa: RUF012

    def note(self) -> None:
        """Once in each part."""
        depth, frame = 0, sys._getframe()
        while frame is not None and frame.f_code.co_name != "program":
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

    def test_c(self) -> None:
        """The last of its class."""
        self.note()
        self.before.append(weakref.ref(self))


class OtherLog(Log):
    """Its first test comes after a class is taken down."""


def test_what_a_test_can_see_is_the_same_as_without_us() -> None:
    """Depth of the stack, tracebacks, what is printed, and when tests are freed."""

    def program() -> tuple[str, list[object]]:
        Log.seen.clear()
        Log.before.clear()
        suite, stream = unittest.TestSuite(), io.StringIO()
        for kind in (Log, OtherLog):
            suite.addTests(map(kind, ("test_a", "test_b", "test_c")))
        unittest.TextTestRunner(stream, verbosity=2).run(suite)  # nobody else holds the tests
        return stream.getvalue().partition("Ran ")[0], list(Log.seen)

    bare = program()
    ours: list[Any] = []
    recorded(lambda: ours.append(program()))
    assert ours[0] == bare
    gone_after_first_class = bare[1][12]
    assert gone_after_first_class == [True, False, True]  # the result keeps the one that failed


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
