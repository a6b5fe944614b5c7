"""What undoes a save: savepoints by hand, errors of the database, receivers that fail, the commit itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.signals import post_save

from tests.probes_db.facts import fated
from tests.probes_db.running import Refused, Run, author, heard, savepoint
from tests.probes_db.worlds import World
from tests.testapp.models import Author, Ebook, Tag


def test_savepoints_by_hand(world: World) -> None:
    """A rollback to a savepoint takes back what came after it, each time, and not what came before."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            first = savepoint()
            author(2)
            transaction.savepoint_rollback(first)
            author(3)
            second = savepoint()
            author(4)
            transaction.savepoint_rollback(first)
            author(5)
            transaction.savepoint_commit(first)
            author(6)
        run.add("names", first != second)

    assert fated(world, program) == {
        "Author 1": "1",
        "Author 2": "1 undone to savepoint",
        "Author 3": "1 undone to savepoint",
        "Author 4": "1 undone to savepoint",
        "Author 5": "1",
        "Author 6": "1",
    }


def test_a_savepoint_by_hand_in_a_block(world: World) -> None:
    """Released by hand and rolled back with the block around it."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            with run.caught("inner", Refused), transaction.atomic():
                held = savepoint()
                author(1)
                transaction.savepoint_commit(held)
                raise Refused
            author(2)

    assert fated(world, program) == {"Author 1": "2 undone to savepoint by Refused", "Author 2": "1"}


@pytest.mark.parametrize("inner", [True, False])
def test_set_rollback(world: World, inner: bool) -> None:
    """`set_rollback(True)` rolls back a block that ends well, the one it was asked in."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with transaction.atomic():
                author(2)
                if inner:
                    transaction.set_rollback(True)
            author(3)
            if not inner:
                transaction.set_rollback(True)
            run.add("asked", transaction.get_rollback())
        author(4)

    assert fated(world, program) == {
        "Author 1": "1" if inner else "1 undone",
        "Author 2": "2 undone to savepoint" if inner else "2 undone",
        "Author 3": "1" if inner else "1 undone",
        "Author 4": "0",
    }


def test_set_rollback_taken_back(world: World) -> None:
    """Asked for and taken back: the block commits."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            transaction.set_rollback(True)
            transaction.set_rollback(False)

    assert fated(world, program) == {"Author 1": "1"}


def test_an_integrity_error_in_a_block_of_its_own(world: World) -> None:
    """The receiver before it ran, the row is not there: rolled back with its block alone."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            Tag.objects.create(pk=1, name="t")
            with run.caught("twin", IntegrityError), transaction.atomic():
                author(1)
                Tag.objects.create(pk=2, name="t")
            Tag.objects.create(pk=3, name="u")

    assert fated(world, program) == {
        "Tag 1": "1",
        "Author 1": "2 undone to savepoint by IntegrityError",
        "Tag 3": "1",
    }


def test_an_integrity_error_without_a_block_of_its_own(world: World) -> None:
    """Caught within the block it broke: nothing more can be asked, and all is rolled back silently."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            Tag.objects.create(pk=1, name="t")
            with run.caught("twin", IntegrityError):
                Tag.objects.create(pk=2, name="t")
            run.state("broken")
            with run.caught("query", transaction.TransactionManagementError):
                author(2)

    assert fated(world, program) == {
        "Author 1": "1 undone by IntegrityError",
        "Tag 1": "1 undone by IntegrityError",
    }


def test_a_constraint_that_fails_at_the_commit(world: World) -> None:
    """The commit itself raises: every block ended well, and all of it is rolled back."""

    def program(run: Run) -> None:
        heard(run)
        with run.caught("commit", IntegrityError), transaction.atomic():
            author(1)
            with transaction.atomic():
                Ebook.objects.create(pk=1, title="E", author_id=99, size_kb=1)
        author(2)

    assert fated(world, program) == {
        "Author 1": "1 undone by IntegrityError",
        "Ebook 1": "2 undone by IntegrityError",
        "Author 2": "0",
    }


def test_a_receiver_that_rolls_back_what_it_did(world: World) -> None:
    """A block within a receiver takes back the dispatches below it, not the dispatch it serves."""

    def program(run: Run) -> None:
        heard(run)

        def audit(instance: Any, **kwargs: Any) -> None:
            with run.caught("audit", Refused), transaction.atomic():
                Tag.objects.create(pk=instance.pk, name="audit")
                raise Refused

        run.hear(post_save, audit, Author)
        author(1)
        with transaction.atomic():
            author(2)

    assert fated(world, program) == {
        "Author 1": "0",
        "Tag 1": "1 undone by Refused",
        "Author 2": "1",
        "Tag 2": "2 undone to savepoint by Refused",
    }


def test_a_receiver_that_fails_takes_the_block_with_it(world: World) -> None:
    """Receivers called before the one that failed did their work for a row that is not there."""

    def program(run: Run) -> None:
        heard(run)

        def refuse(instance: Any, **kwargs: Any) -> None:
            raise Refused(instance.pk)

        run.hear(post_save, refuse, Tag)
        with run.caught("outside", Refused), transaction.atomic():
            author(1)
            Tag.objects.create(pk=1, name="t")
        # Outside of a block the row stays: the save was committed before its receivers ran.
        with run.caught("alone", Refused):
            Tag.objects.create(pk=2, name="u")

    assert fated(world, program) == {
        "Author 1": "1 undone by Refused",
        "Tag 1": "1 undone by Refused",
        "Tag 2": "0",
    }
