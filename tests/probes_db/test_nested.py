"""Atomic blocks in each other: what is committed, what is rolled back, and which dispatches were inside."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tests.probes_db.facts import fated
from tests.probes_db.running import Refused, Run, author, heard
from tests.probes_db.worlds import World
from tests.testapp.models import Ebook


def test_no_block(world: World) -> None:
    """A save in autocommit is in no block; that of a child model has one, and dispatches outside of it."""

    def program(run: Run) -> None:
        heard(run)
        author(1)
        Ebook.objects.create(pk=1, title="E", author_id=1, size_kb=1)

    assert fated(world, program) == {"Author 1": "0", "Ebook 1": "0"}


def test_inner_block_rolled_back_outer_committed(world: World) -> None:
    """A savepoint takes back what was inside it alone."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with run.caught("inner", Refused), transaction.atomic():
                author(2)
                raise Refused
            author(3)
        author(4)

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2": "2 undone to savepoint by Refused",
        "Author 3": "1",
        "Author 4": "0",
    }


def test_outer_block_rolled_back_after_the_inner_one_ended_well(world: World) -> None:
    """A released savepoint is no commit: the outer block takes it back."""

    def program(run: Run) -> None:
        heard(run)
        with run.caught("outer", Refused), transaction.atomic():
            author(1)
            with transaction.atomic():
                author(2)
            author(3)
            raise Refused
        author(4)

    assert fated(world, program) == {
        "Author 1": "1 undone by Refused",
        "Author 2": "2 undone by Refused",
        "Author 3": "1 undone by Refused",
        "Author 4": "0",
    }


def test_the_middle_of_three_blocks(world: World) -> None:
    """What rolls a dispatch back is the innermost block that did, wherever the dispatch was."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with run.caught("middle", Refused), transaction.atomic():
                author(2)
                with transaction.atomic():
                    author(3)
                with run.caught("inner", Refused), transaction.atomic():
                    author(4)
                    raise Refused
                raise Refused
            author(5)

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2": "2 undone to savepoint by Refused",
        "Author 3": "3 undone to savepoint by Refused",
        "Author 4": "3 undone to savepoint by Refused",
        "Author 5": "1",
    }


def test_a_block_without_savepoint(world: World) -> None:
    """`savepoint=False`: its failure is the whole block's, however it is caught on the way."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with run.caught("inner", Refused), transaction.atomic(savepoint=False):
                author(2)
                raise Refused
            run.state("doomed")
            with run.caught("query", transaction.TransactionManagementError):
                author(3)
        author(4)

    assert fated(world, program) == {
        "Author 1": "1 undone by Refused",
        "Author 2": "2 undone by Refused",
        "Author 4": "0",
    }


def test_a_block_without_savepoint_within_one_that_has(world: World) -> None:
    """It takes back what the nearest savepoint holds, no more."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with transaction.atomic():
                author(2)
                with run.caught("inner", Refused), transaction.atomic(savepoint=False):
                    author(3)
                    raise Refused
            author(4)

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2": "2 undone to savepoint by Refused",
        "Author 3": "3 undone to savepoint by Refused",
        "Author 4": "1",
    }


def test_durable_blocks(world: World) -> None:
    """`durable=True` commits at the outside, and is refused inside, before it begins."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic(durable=True):
            author(1)
            with run.caught("nested", RuntimeError), transaction.atomic(durable=True):
                author(2)
            author(3)

    assert fated(world, program) == {"Author 1": "1", "Author 3": "1"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_rolls_back_too(world: World, error: type[BaseException]) -> None:
    """A block that is left by any means but its end takes its saves back."""

    def program(run: Run) -> None:
        heard(run)
        with run.caught("outside", error), transaction.atomic():
            author(1)
            raise error

    assert fated(world, program) == {"Author 1": f"1 undone by {error.__name__}"}


def test_a_block_left_by_return(world: World) -> None:
    """A function under `atomic` that returns commits; the decorator gives its value."""

    def program(run: Run) -> Any:
        heard(run)

        @transaction.atomic
        def saved(pk: int) -> str:
            author(pk)
            return f"saved {pk}"

        return [saved(1), saved(2), saved.__name__]

    assert fated(world, program) == {"Author 1": "1", "Author 2": "1"}


def test_without_autocommit(world: World) -> None:
    """A transaction by hand: there is no block, and a rollback is the program's own."""

    def program(run: Run) -> None:
        heard(run)
        transaction.set_autocommit(False)
        try:
            author(1)
            transaction.commit()
            author(2)
            transaction.rollback()
            with transaction.atomic():
                author(3)
            with run.caught("inner", Refused), transaction.atomic():
                author(4)
                raise Refused
            author(5)
            transaction.commit()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)

    assert fated(world, program) == {
        "Author 1": "0",
        "Author 2": "0 undone",
        "Author 3": "1",
        "Author 4": "1 undone to savepoint by Refused",
        "Author 5": "0",
    }
