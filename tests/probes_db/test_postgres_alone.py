"""What only a server does: cursors of its own, locks, aborted transactions, connections that are cut."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models.signals import post_save

from tests.probes_db.facts import bypassed, charged, fated, fates
from tests.probes_db.running import Refused, Run, author, elsewhere, heard, same, savepoint
from tests.probes_db.worlds import World
from tests.testapp.models import Author, Book, Tag

pytestmark = pytest.mark.parametrize("world", ["postgres"], indirect=True)


@pytest.mark.parametrize("block", [True, False])
def test_cursors_on_the_server(world: World, block: bool) -> None:
    """`iterator()` reads by chunks from the server while receivers of what it saves ask for more."""

    def program(run: Run) -> None:
        heard(run)
        Author.objects.bulk_create([Author(pk=pk, name=f"A{pk}") for pk in range(1, 8)])

        def receiver(instance: Any, **kwargs: Any) -> None:
            names = Author.objects.filter(pk__lte=instance.pk).order_by("pk").values_list("name", flat=True)
            run.add("read", list(names.iterator(chunk_size=2)))

        run.hear(post_save, receiver, Tag)

        def work() -> None:
            for each in Author.objects.order_by("pk").iterator(chunk_size=3):
                Tag.objects.create(pk=each.pk, name=each.name)

        if block:
            with transaction.atomic():
                work()
        else:
            work()

    same(world, program)


def test_a_cursor_on_the_server_whose_savepoint_is_gone(world: World) -> None:
    """Opened in a block that was rolled back it can't be read on; the error is the server's."""

    def program(run: Run) -> None:
        heard(run)
        Author.objects.bulk_create([Author(pk=pk, name=f"A{pk}") for pk in range(1, 8)])
        with run.caught("outside", DatabaseError), transaction.atomic():
            with run.caught("inner", Refused), transaction.atomic():
                rows = iter(Author.objects.order_by("pk").iterator(chunk_size=2))
                run.add("first", next(rows).pk)
                Tag.objects.create(pk=1, name="t")
                raise Refused
            run.add("buffered", next(rows).pk)
            next(rows)

    same(world, program)


def test_rows_locked_for_update(world: World) -> None:
    """`select_for_update` in a block holds a row that `nowait` is refused and `skip_locked` passes over."""

    def program(run: Run) -> None:
        heard(run)
        author(1)
        author(2)
        with run.caught("no block", transaction.TransactionManagementError):
            Author.objects.select_for_update().get(pk=1)

        def others() -> None:
            with run.caught("nowait", OperationalError), transaction.atomic():
                Tag.objects.create(pk=1, name="t")
                Author.objects.select_for_update(nowait=True).get(pk=1)
            with transaction.atomic():
                free = Author.objects.select_for_update(skip_locked=True).order_by("pk")
                run.add("free", [each.pk for each in free])

        with transaction.atomic():
            locked = Author.objects.select_for_update().get(pk=1)
            elsewhere(others)
            locked.name = "mine"
            locked.save()

    assert fated(world, program) == {
        "Author 1": "0, 1",
        "Author 2": "0",
        "Tag 1": "1 undone by OperationalError",
    }


def test_constraints_checked_early(world: World) -> None:
    """What was put off until the commit fails where it is asked for, with its block alone."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with run.caught("early", DatabaseError), transaction.atomic():
                Book.objects.create(pk=1, title="B", author_id=99)
                connection.check_constraints()
            Book.objects.create(pk=2, title="C", author_id=1)

    assert fated(world, program) == {
        "Author 1": "1",
        "Book 1": "2 undone to savepoint by IntegrityError",
        "Book 2": "1",
    }


def test_an_aborted_transaction(world: World) -> None:
    """After an error the server refuses everything until a savepoint from before it is gone back to."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            held = savepoint()
            with connection.cursor() as cursor:
                with run.caught("broken", DatabaseError):
                    cursor.execute("SELECT 1 / 0")
                with run.caught("refused", DatabaseError):
                    cursor.execute("SELECT 1")
                transaction.savepoint_rollback(held)
                cursor.execute("SELECT 2")
                run.add("again", cursor.fetchone())
            author(2)
        # Never gone back to, and the block ends well: the commit the server is asked for is a rollback.
        with transaction.atomic():
            author(3)
            with run.caught("broken", DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")

    assert fated(world, program) == {"Author 1": "1", "Author 2": "1", "Author 3": "1 undone"}


def test_what_the_driver_adds_to_a_cursor(world: World) -> None:
    """`copy`, `callproc` and whatever else psycopg's cursors have is reached through Django's as before."""

    def program(run: Run) -> None:
        def receiver(**kwargs: Any) -> None:
            with connection.cursor() as cursor:
                with cursor.copy("COPY testapp_author (id, name) FROM STDIN") as copy:
                    copy.write_row((1, "copied"))
                cursor.callproc("abs", [-5])
                run.add("abs", cursor.fetchone())
                cursor.execute("SELECT id, name FROM testapp_author")
                run.add(
                    "rows",
                    cursor.fetchall(),
                    cursor.statusmessage,
                    [each.name for each in cursor.description],
                )

        run.hear(post_save, receiver, Tag)
        Tag.objects.create(pk=1, name="t")

    same(world, program)


def test_parameters_bound_by_the_server(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """`server_side_binding`: another class of cursor, the same program."""
    monkeypatch.setitem(world.settings["default"], "OPTIONS", {"server_side_binding": True})

    def program(run: Run) -> None:
        heard(run)

        def count(**kwargs: Any) -> None:
            run.add("count", Author.objects.count())

        run.hear(post_save, count, Author)
        with transaction.atomic():
            author(1)
            Author.objects.filter(pk=1).update(name="x")
            author(2)

    trace = same(world, program)
    assert fates(trace) == {"Author 1": "1", "Author 2": "1"}
    assert charged(trace) == {"count": {"default": 2}}
    assert bypassed(trace) == ["update Author 1 receiver count"]
