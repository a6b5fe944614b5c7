"""Within Django's own `TestCase`: its blocks are nobody's, and what waits for a commit never runs."""

from __future__ import annotations

import unittest
from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from tests.probes_db.facts import fates, left_for_the_commit
from tests.probes_db.running import Refused, Run, author, hear_and_leave, heard, same
from tests.probes_db.worlds import World


def in_a_case(run: Run, body: Any, kind: type[TransactionTestCase] = TestCase) -> None:
    """Run a test of Django's, with its class's fixtures, and write its outcome down."""

    class Case(kind):  # type: ignore[misc,valid-type]
        databases = ("default", "other")

        @classmethod
        def setUpTestData(cls) -> None:
            author(90)

        def test_it(self) -> None:
            body(self)

        def _fixture_teardown(self) -> None:
            if kind is TestCase:  # the other sort would flush tables that are not here
                super()._fixture_teardown()

    result = unittest.TestResult()
    unittest.TestSuite([Case("test_it")]).run(result)
    run.add("result", result.testsRun, [text for _, text in (*result.errors, *result.failures)])


def test_the_blocks_of_a_case_are_no_blocks(world: World) -> None:
    """Depths are the program's own, and that a test is taken back at its end is no rollback of anything."""

    def program(run: Run) -> None:
        heard(run)

        def body(case: Any) -> None:
            author(1)
            author(2, "other")
            with transaction.atomic():
                author(3)
                with run.caught("inner", Refused), transaction.atomic():
                    author(4)
                    raise Refused
            with run.caught("outer", Refused), transaction.atomic(durable=True):
                author(5)
                raise Refused

        in_a_case(run, body)

    assert fates(same(world, program)) == {
        "Author 90": "0",
        "Author 1": "0",
        "Author 2 in other": "0",
        "Author 3": "1",
        "Author 4": "2 undone to savepoint by Refused",
        "Author 5": "1 undone to savepoint by Refused",
    }


def test_work_that_never_runs(world: World) -> None:
    """Left in a test it waits for a commit that does not come; a rollback drops it before that."""

    def program(run: Run) -> None:
        hear_and_leave(run)

        def body(case: Any) -> None:
            author(1)
            with run.caught("inner", Refused), transaction.atomic():
                author(2)
                raise Refused
            with transaction.atomic():
                author(3)

        in_a_case(run, body)

    assert left_for_the_commit(same(world, program)) == [
        "later of leave: never ran",
        "later of leave: never ran",
        "later of leave: rolled back",
        "later of leave: never ran",
    ]


@pytest.mark.parametrize("execute", [True, False])
def test_work_that_a_test_asks_for(world: World, execute: bool) -> None:
    """`captureOnCommitCallbacks` runs it, and what that leaves in turn; or only shows it."""

    def program(run: Run) -> None:
        hear_and_leave(run, robust=True, fails=True)

        def body(case: Any) -> None:
            with case.captureOnCommitCallbacks(execute=execute) as caught:
                author(1)
            run.add("caught", len(caught), [type(each).__name__ for each in caught])

        in_a_case(run, body)

    # The class's own fixture left the first. What robust work raised is caught and logged out of sight.
    fate = ["never ran", "unknown" if execute else "never ran"]
    assert left_for_the_commit(same(world, program)) == [f"later of leave robustly: {each}" for each in fate]


def test_a_case_that_commits(world: World) -> None:
    """In a `TransactionTestCase` a commit is one."""

    def program(run: Run) -> None:
        hear_and_leave(run)

        def body(case: Any) -> None:
            with transaction.atomic():
                author(1)
            with run.caught("outer", Refused), transaction.atomic():
                author(2)
                raise Refused

        in_a_case(run, body, TransactionTestCase)

    trace = same(world, program)
    assert left_for_the_commit(trace) == ["later of leave: ok", "later of leave: rolled back"]
    assert fates(trace) == {"Author 1": "1", "Tag 1": "0", "Author 2": "1 undone by Refused"}
