"""Programs that ask a database, write past receivers, commit and roll back: for the probes of these."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextvars import copy_context
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from django.apps.registry import Apps
from django.core import serializers
from django.core.serializers.base import DeserializedObject
from django.db import connection, transaction
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from tests.capture.faulty_kinds import WITHIN, act_on, depth, emptied, heard, logged, program
from tests.capture.kinds import Failure
from tests.capture.observing import Notes, outcome
from tests.testapp.models import Author, Book, ProxyBook, Tag


class Composed:
    """As a driver of PostgreSQL composes statements."""

    def __init__(self, inside: Any) -> None:
        self._obj = inside


def _composed() -> Any:
    kinds = {name: type(name, (Composed,), {"__module__": "psycopg.sql"}) for name in ("SQL", "Identifier")}
    whole = type("Composed", (Composed,), {"__module__": "psycopg.sql"})
    return whole([kinds["SQL"]("SELECT "), kinds["Identifier"](("a",)), 5])


# Between them they have the reader of SQL meet everything it knows.
STATEMENTS = (
    """SELECT 1, "name", -5, 'it''s' /* so /* it */ AS "a b" FROM "testapp_tag" WHERE id IN (1, 2) -- now""",
    "SELECT count(*) FROM testapp_tag AS t WHERE (t.id, 1) IN (VALUES (1, 1), (2, 2));",
    "SAVEPOINT own_1",
    "RELEASE SAVEPOINT own_1",
    "SELECT 'half",
    b"SELECT 1",
)


@program(probes={"queries"})
def asking(notes: Notes) -> None:
    """Statements of every kind, some refused, some seen by others as well."""
    emptied()
    signal = notes.keep(Signal(), "signal")

    def seen(execute: Any, *statement: Any) -> Any:
        notes.add("seen", depth())
        return execute(*statement)

    def elsewhere() -> None:
        with connection.cursor() as cursor:
            notes.add("elsewhere", cursor.execute("SELECT 1").fetchall())
        connection.connection.close()

    def ask(**kwargs: Any) -> None:
        notes.add("ask", depth())
        thread = threading.Thread(target=copy_context().run, args=(elsewhere,))
        thread.start()
        thread.join()
        with connection.cursor() as cursor:
            for sql in (*STATEMENTS, _composed(), 5):
                notes.add("asked", outcome(notes, lambda sql=sql: cursor.execute(sql).fetchall()))
            cursor.executemany("INSERT INTO testapp_tag (id, name) VALUES (%s, %s)", [(1, "a"), (2, "b")])
            again = partial(cursor.executemany, "INSERT INTO testapp_tag (id) VALUES (%s)", [(1,)])
            notes.add("refused", outcome(notes, again))
        notes.add("again", [Tag.objects.count() for _ in range(3)])
        with CaptureQueriesContext(connection) as captured, connection.execute_wrapper(seen):
            notes.add("rows", [Tag.objects.get(pk=number).name for number in (1, 2, 1)])
        notes.add("captured", [each["sql"] for each in captured])

    async def wait(**kwargs: Any) -> None:
        notes.add("waited", await Tag.objects.acount())

    signal.connect(ask)
    signal.connect(wait)
    notes.add("sent", outcome(notes, lambda: signal.send(None)))
    notes.add("outside", Tag.objects.count())
    broken = notes.keep(Signal(), "broken")

    def refuse(**kwargs: Any) -> None:
        Tag.objects.create(pk=1, name="c")

    broken.connect(refuse)
    notes.add("raised", outcome(notes, lambda: broken.send(None)))


class Careful(ProxyBook):
    """Does more than Django when it is saved."""

    class Meta:
        proxy = True
        app_label = "careful"
        apps = Apps()  # a registry of its own: other tests look at Django's

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)


FIXTURE = """[{"model": "testapp.tag", "pk": 8, "fields": {"name": "h"}},
              {"model": "testapp.tag", "pk": 9, "fields": {"name": "i"}}]"""


@program(probes={"bypasses"})
def bypassing(notes: Notes) -> None:
    """Bulk writes, fast deletes and raw loads, sync and async, some refused."""
    emptied()
    signal = notes.keep(Signal(), "signal")

    def load() -> None:
        for each in serializers.deserialize("json", FIXTURE):
            each.save()
        notes.add("loaded", each.m2m_data)
        del each.m2m_data
        for look in (lambda: each.m2m_data, lambda: delattr(each, "m2m_data")):
            notes.add("gone", outcome(notes, look))
        notes.add("of the class", outcome(notes, lambda: DeserializedObject.m2m_data))

    def write(**kwargs: Any) -> None:
        notes.add("write", depth())
        tags = Tag.objects.bulk_create([Tag(pk=number, name=f"tag {number}") for number in (1, 2, 3)])
        tags[0].name = "first"
        notes.add("bulk_update", Tag.objects.bulk_update(tags, ["name"]))
        notes.add("again", outcome(notes, lambda: Tag.objects.bulk_create(tags)))
        notes.add("update", outcome(notes, lambda: Tag.objects.filter(pk=2).update(name="second")))
        notes.add("update", outcome(notes, lambda: Tag.objects.update(name="the same")))
        notes.add("raw delete", Tag.objects.filter(pk=3)._raw_delete("default"))
        author = Author.objects.create(pk=1, name="A")
        Careful.objects.bulk_create([Careful(pk=1, title="B", author=author)])
        Book.objects.get(pk=1).tags.add(*tags[:2])
        notes.add("a field's rows", Book.tags.through.objects.update(book_id=1))
        notes.add("delete", author.delete(), Tag.objects.filter(pk=2).delete())
        notes.add("later", async_to_sync(Tag.objects.filter(pk=1).aupdate)(name="later"))
        notes.add("refused", outcome(notes, lambda: async_to_sync(Tag.objects.abulk_create)([tags[0]])))
        load()

    signal.connect(write)
    with heard(post_save, act_on(notes, "saved"), sender=Tag), heard(post_save, write, sender=Book):
        notes.add("sent", outcome(notes, lambda: signal.send(None)))
        load()


# Called otherwise since Django 6.1.
_savepoint = getattr(transaction, "savepoint_create", None) or transaction.savepoint


class Case(TestCase):
    """For Django's way to run callbacks in tests."""

    databases = ("default",)


def _committing(notes: Notes, *, at_once: bool) -> None:
    """Callbacks of receivers in blocks that are committed, rolled back, and neither."""
    signal = notes.keep(Signal(), "signal")

    def late(name: str, **kwargs: Any) -> None:
        notes.add(name, depth(), connection.in_atomic_block)

    def fails() -> None:
        raise Failure("later")

    def promise(name: str, failing: bool = False, **kwargs: Any) -> None:
        notes.add("promise", depth())
        transaction.on_commit(partial(late, name))
        transaction.on_commit(fails, robust=True)
        if failing:
            transaction.on_commit(fails)
            transaction.on_commit(partial(late, "never"))

    def send(name: str, **more: Any) -> None:
        notes.add("sent", outcome(notes, lambda: signal.send(None, name=name, **more)))

    def rolled_back() -> None:
        with transaction.atomic():
            send("undone")
            with contextlib.suppress(Failure), transaction.atomic():
                send("undone inside")
                fails()
            with contextlib.suppress(Failure), transaction.atomic(savepoint=False):
                send("left to the outer")
                fails()
            notes.add("doomed", outcome(notes, Tag.objects.count))

    def committed(failing: bool) -> None:
        with transaction.atomic():
            send("committed", failing=failing)
            with transaction.atomic():
                send("inside")
            sid = _savepoint()
            send("undone by hand")
            transaction.savepoint_rollback(sid)
        notes.add("end", connection.in_atomic_block)

    def refused() -> None:
        with transaction.atomic():
            send("refused at last")
            Book.objects.create(author_id=5)

    signal.connect(promise)
    if at_once:
        send("at once", failing=True)
        notes.add("refused", outcome(notes, refused))
        with transaction.atomic():
            list.append(connection.atomic_blocks, None)  # past whoever watches
            notes.add("past", connection.atomic_blocks.pop())
    for each in (rolled_back, partial(committed, False), partial(committed, True)):
        notes.add("block", outcome(notes, each))
    with transaction.atomic():
        with Case.captureOnCommitCallbacks(execute=True) as captured:
            send("captured")
        notes.add("captured", len(captured))
        transaction.set_rollback(True)


@program(probes={"transactions"})
def committing(notes: Notes) -> None:
    """Transactions from their beginning to their end, with a connection's attributes set by hand."""
    with logged(notes, "django.db.backends.base"), logged(notes, "django.test"):
        _committing(notes, at_once=True)
    transaction.set_autocommit(False)
    notes.add("managed", outcome(notes, lambda: transaction.on_commit(print)))
    notes.add("undone", outcome(notes, transaction.rollback), outcome(notes, transaction.commit))
    transaction.set_autocommit(True)
    kept = connection.savepoint_state
    del connection.savepoint_state
    notes.add("twice", outcome(notes, lambda: delattr(connection, "savepoint_state")))
    connection.savepoint_state = kept


@program(probes={"transactions"})
def adopted(notes: Notes) -> None:
    """All of that in blocks that were open before, and stay so."""
    with logged(notes, "django.db.backends.base"), logged(notes, "django.test"):
        _committing(notes, at_once=False)
    signal = Signal()
    with heard(signal, lambda **kwargs: transaction.on_commit(print)):
        signal.send(None)


@contextlib.contextmanager
def _in_blocks() -> Iterator[None]:
    with transaction.atomic(), transaction.atomic():
        yield
        transaction.set_rollback(True)


WITHIN["adopted"] = _in_blocks
