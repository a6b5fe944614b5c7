"""Two databases at once: each has blocks of its own, and takes back its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.models.signals import post_save

from tests.probes_db.facts import fated
from tests.probes_db.running import Refused, Run, author, heard
from tests.probes_db.worlds import World
from tests.testapp.models import Author


@pytest.mark.parametrize("refused", ["default", "other"])
@pytest.mark.parametrize("outer", ["default", "other"])
def test_one_is_rolled_back_and_the_other_committed(world: World, outer: str, refused: str) -> None:
    """Blocks of two databases around the same saves: a rollback of one is none of the other."""
    inner = "other" if outer == "default" else "default"

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic(using=outer), transaction.atomic(using=inner):
            author(1, "default")
            author(2, "other")
            transaction.set_rollback(True, using=refused)

    assert fated(world, program) == {
        "Author 1": "1" + " undone" * (refused == "default"),
        "Author 2 in other": "1" + " undone" * (refused == "other"),
    }


def test_an_error_in_the_inner_block_caught_in_the_outer(world: World) -> None:
    """The inner database's block is undone, the outer database's goes on and commits."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with run.caught("inner", Refused), transaction.atomic(using="other"):
                author(2, "other")
                author(3)
                raise Refused
            author(4, "other")

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2 in other": "1 undone by Refused",
        "Author 3": "1",
        "Author 4 in other": "0",
    }


def test_blocks_that_end_in_another_order(world: World) -> None:
    """Blocks left by hand may cross: each is its own database's, whichever began first."""

    def program(run: Run) -> None:
        heard(run)
        first, second = transaction.atomic(), transaction.atomic(using="other")
        first.__enter__()
        author(1)
        second.__enter__()
        author(2, "other")
        author(3)
        first.__exit__(None, None, None)
        author(4)
        author(5, "other")
        try:
            raise Refused
        except Refused as error:
            second.__exit__(Refused, error, error.__traceback__)

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2 in other": "1 undone by Refused",
        "Author 3": "1",
        "Author 4": "0",
        "Author 5 in other": "1 undone by Refused",
    }


def test_a_receiver_that_saves_in_the_other_database(world: World) -> None:
    """A copy kept elsewhere by a receiver is not undone with the row it is a copy of."""

    def program(run: Run) -> None:
        heard(run)

        def copy(instance: Any, using: str, **kwargs: Any) -> None:
            if using == "default":
                author(instance.pk, "other")

        run.hear(post_save, copy, Author)
        with run.caught("outside", Refused), transaction.atomic():
            author(1)
            raise Refused

    assert fated(world, program) == {"Author 1": "1 undone by Refused", "Author 1 in other": "0"}


def test_the_same_block_again(world: World) -> None:
    """One `atomic` object entered twice, nested in itself: two blocks."""

    def program(run: Run) -> None:
        heard(run)
        block = transaction.atomic()
        with block:
            author(1)
            with run.caught("inner", Refused), block:
                author(2)
                raise Refused
        with run.caught("again", Refused), block:
            author(3)
            raise Refused

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2": "2 undone to savepoint by Refused",
        "Author 3": "1 undone by Refused",
    }
