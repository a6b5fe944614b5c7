"""Queries of receivers: every way to ask gets the same answers, other watchers see the same statements."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection, connections, transaction
from django.db.models.signals import post_save
from django.test import override_settings

from signaltrace.capture.recording import record
from tests.capture.observing import differences
from tests.probes_db.facts import charged
from tests.probes_db.running import Refused, Run, author, counted, heard, same
from tests.probes_db.worlds import ALIASES, World
from tests.testapp.models import Author, Book, Tag


def rows(run: Run) -> None:
    """Three authors with a book each, nobody listening."""
    Author.objects.bulk_create([Author(pk=pk, name=f"A{pk}") for pk in (1, 2, 3)])
    Book.objects.bulk_create([Book(pk=pk, title=f"B{pk}", author_id=pk) for pk in (1, 2, 3)])


def asks(run: Run, ask: Any, truth: Counter[str]) -> None:
    """Have a receiver of a tag's save do the asking, and count by alias what Django was asked to execute."""
    truth.clear()

    def wrapper(alias: str) -> Any:
        def count(execute: Any, *statement: Any) -> Any:
            truth[alias] += 1
            return execute(*statement)

        return count

    def receiver(instance: Any, **kwargs: Any) -> None:
        with contextlib.ExitStack() as watched:
            for alias in ALIASES:
                watched.enter_context(connections[alias].execute_wrapper(wrapper(alias)))
            run.add("asked", run.name(ask()))

    run.hear(post_save, receiver, Tag)
    Tag.objects.create(pk=1, name="t")


def test_queries_of_the_orm(world: World) -> None:
    """One by one, related, aggregated, by chunks, in the other database."""
    truth: Counter[str] = Counter()

    def ask() -> Any:
        return [
            Author.objects.count(),
            [book.author.name for book in Book.objects.order_by("pk")],
            [book.author.name for book in Book.objects.select_related("author").order_by("pk")],
            [each.pk for each in Author.objects.order_by("pk").iterator(chunk_size=2)],
            sorted(Author.objects.in_bulk([1, 2])),
            Author.objects.using("other").exists(),
            [each.name for each in Author.objects.raw("SELECT * FROM testapp_author WHERE id = %s", [2])],
        ]

    def program(run: Run) -> None:
        rows(run)
        asks(run, ask, truth)

    assert charged(same(world, program)) == {"receiver": dict(truth)}


def test_cursors(world: World) -> None:
    """Statements by hand: parameters by place, by name, by list, or none; no value of any is told."""
    truth: Counter[str] = Counter()

    def ask() -> Any:
        found: list[Any] = []
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, name FROM testapp_author WHERE id > %s ORDER BY id", [1])
            found += [len(cursor.description), cursor.fetchone(), cursor.fetchall(), cursor.rowcount]
            cursor.execute("SELECT name FROM testapp_author WHERE id = %(pk)s", {"pk": 3})
            found += list(cursor)
            cursor.execute("SELECT COUNT(*) FROM testapp_author WHERE name LIKE 'A%' AND name <> 'hunter2'")
            found.append(cursor.fetchone())
            cursor.executemany(
                "UPDATE testapp_author SET name = %s WHERE id = %s", [("hunter2", 1), ("y", 2)]
            )
            cursor.execute("SELECT name FROM testapp_author ORDER BY id")
            found.append(cursor.fetchmany(2))
        return found

    def program(run: Run) -> None:
        rows(run)
        asks(run, ask, truth)

    trace = same(world, program)
    assert charged(trace) == {"receiver": dict(truth)}
    assert not [each for each in trace.statements if "hunter2" in each.text]


def test_statements_that_fail(world: World) -> None:
    """The error arrives as it was raised, through as many frames, and in autocommit all goes on."""
    truth: Counter[str] = Counter()

    def program(run: Run) -> None:
        rows(run)

        def ask() -> None:
            for sql, parameters in (("SELECT nothing FROM nowhere", None), ("SELECT %s, %s", [1])):
                with run.caught("failed", DatabaseError, TypeError), connection.cursor() as cursor:
                    cursor.execute(sql, parameters)

        asks(run, ask, truth)

    assert charged(same(world, program)) == {"receiver": dict(truth)}


def test_wrappers_of_the_program(world: World) -> None:
    """Execute wrappers of the program get every statement, in their order; one may refuse a statement."""
    truth: Counter[str] = Counter()

    def program(run: Run) -> None:
        rows(run)

        def watch(name: str, refuse: str = "") -> Any:
            def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
                run.add(name, sql, params, many, sorted(context), len(connection.execute_wrappers))
                if refuse and refuse in sql:
                    raise Refused(refuse)
                return execute(sql, params, many, context)

            return wrapper

        def ask() -> Any:
            with connection.execute_wrapper(watch("inner", "COUNT")):
                with run.caught("refused", Refused):
                    Author.objects.count()
                return sorted(Author.objects.values_list("name", flat=True))

        with connection.execute_wrapper(watch("outer")):
            asks(run, ask, truth)
        run.add("left", len(connection.execute_wrappers))

    # What was refused was asked, and never run.
    assert charged(same(world, program)) == {"receiver": {"default": truth["default"] - 1}}


def test_the_log_of_debug(world: World) -> None:
    """Under DEBUG `connection.queries` holds the same statements, and every one once."""
    truth: Counter[str] = Counter()

    def program(run: Run) -> None:
        with override_settings(DEBUG=True):
            heard(run)
            before = len(connection.queries)
            rows(run)
            asks(run, lambda: Author.objects.count(), truth)
            run.add("log", len(connection.queries) - before)

    assert charged(same(world, program)) == {"receiver": dict(truth)}


def test_queries_in_threads(world: World) -> None:
    """In a thread of its own, on that thread's connection, a query is that of the receiver called there."""

    def program(run: Run) -> None:
        rows(run)

        def other() -> None:
            try:
                run.add("outside of receivers", Author.objects.count())
                author(9)
            finally:
                connections.close_all()

        def start(**kwargs: Any) -> None:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
            run.add("the starter's own", Author.objects.count())

        def within(**kwargs: Any) -> None:
            run.add("within", Author.objects.count(), Author.objects.using("other").count())

        run.hear(post_save, start, Tag)
        run.hear(post_save, within, Author)
        Tag.objects.create(pk=1, name="t")

    assert charged(same(world, program)) == {
        "start": {"default": 1},
        "within": {"default": 1, "other": 1},
    }


def test_queries_of_async_receivers(world: World) -> None:
    """Through async forms and through `sync_to_async`, from a sync save and from an async one."""

    def program(run: Run) -> None:
        rows(run)

        async def receiver(instance: Any, **kwargs: Any) -> None:
            run.add("count", await Author.objects.acount(), await sync_to_async(Author.objects.count)())
            run.add("names", [each.name async for each in Author.objects.order_by("pk")])

        run.hear(post_save, receiver, Tag)
        Tag.objects.create(pk=1, name="t")
        async_to_sync(Tag.objects.acreate)(pk=2, name="u")

    assert charged(same(world, program)) == {"receiver": {"default": 6}}


def test_a_recording_that_begins_and_ends_within_a_block(world: World) -> None:
    """Begun in an open block, ended in it: the block and what it left for the commit go on as they were."""

    def program(run: Run, traced: bool) -> None:
        heard(run)

        def leave(instance: Any, **kwargs: Any) -> None:
            transaction.on_commit(lambda: run.add("ran", instance.pk))

        run.hear(post_save, leave, Author)
        for undone in (False, True):
            with transaction.atomic():
                author(1 + 10 * undone)
                recording = record().start() if traced else None
                with run.caught("inner", Refused), transaction.atomic():
                    author(2 + 10 * undone)
                    raise Refused
                author(3 + 10 * undone)
                if recording:
                    assert recording.stop().faults == []
                author(4 + 10 * undone)
                transaction.set_rollback(undone)

    bare = counted(world, lambda run: program(run, False))
    assert differences(bare, counted(world, lambda run: program(run, True))) == []


@pytest.mark.parametrize("within", ["block", "cursor", "savepoint"])
def test_a_recording_that_begins_or_ends_in_the_middle(world: World, within: str) -> None:
    """Begun outside and ended inside, or the other way: nothing is swapped under the program's feet."""

    def program(run: Run, traced: bool) -> None:
        heard(run)
        recording = record().start() if traced else None
        with transaction.atomic(), connection.cursor() as cursor:
            author(1)
            if recording and within == "block":
                assert recording.stop().faults == []
            cursor.execute("SELECT 1")
            run.add("one", cursor.fetchone())
            if recording and within == "cursor":
                assert recording.stop().faults == []
            with run.caught("inner", Refused), transaction.atomic():
                author(2)
                if recording and within == "savepoint":
                    assert recording.stop().faults == []
                raise Refused
            cursor.execute("SELECT 2")
            run.add("two", cursor.fetchone())
            recording = record().start() if traced else None
            author(3)
        author(4)
        if recording:
            assert recording.stop().faults == []

    bare = counted(world, lambda run: program(run, False))
    assert differences(bare, counted(world, lambda run: program(run, True))) == []
