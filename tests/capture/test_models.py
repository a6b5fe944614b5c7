"""Real models on a real database: the same statements, the same objects, nothing looked up by us."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models, transaction
from django.db.models import signals
from django.test.utils import CaptureQueriesContext

from tests.capture.observing import Notes, same
from tests.testapp.models import Author, Book, Ebook, ProxyBook, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unnamed_signals")]

SIGNALS = {
    name: getattr(signals, name)
    for name in ("pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")
}


def work() -> None:
    """Saves, deletes, relations and what bypasses signals, on every kind of model there is."""
    author = Author.objects.create(name="A")
    book = Book.objects.create(title="B", author=author)
    book.title = "C"
    book.save(update_fields=["title"])
    tags = [Tag.objects.create(name=name) for name in "xyz"]
    book.tags.add(*tags)
    book.tags.remove(tags[0])
    book.tags.set(tags[:2])
    tags[2].books.add(book)
    Ebook.objects.create(title="E", author=author, size_kb=5)
    ProxyBook.objects.create(title="P", author=author)
    Book.objects.bulk_create([Book(title=name, author=author) for name in "12"])
    Book.objects.filter(title="1").update(title="3")
    list(Book.objects.defer("title"))
    list(Book.objects.only("title"))
    Book.objects.get(title="3").delete()
    book.tags.clear()
    Author.objects.all().delete()


def observed(notes: Notes, receivers: dict[str, Any]) -> None:
    """Do the work with these receivers connected, in a transaction that is undone."""
    connected = [(SIGNALS[name], receiver) for name, receiver in receivers.items()]
    for signal, receiver in connected:
        signal.connect(receiver, weak=False)
    try:
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries:
                work()
            transaction.set_rollback(True)
    finally:
        for signal, receiver in connected:
            assert signal.disconnect(receiver)
    notes.add("queries", [each["sql"] for each in queries])


def shown(keywords: dict[str, Any]) -> list[Any]:
    """Keywords as they can be compared, instances by what their own ``__dict__`` holds."""
    facts = []
    for name, value in keywords.items():
        if isinstance(value, models.Model):
            fields = {key: each for key, each in vars(value).items() if not key.startswith("_")}
            facts.append((name, type(value).__name__, fields, sorted(value._state.fields_cache)))
        elif isinstance(value, type):
            facts.append((name, value.__name__))
        elif isinstance(value, set):
            facts.append((name, sorted(value)))
        elif name not in ("signal", "origin"):
            facts.append((name, str(value)))
    return facts


def test_nothing_is_asked_of_the_database() -> None:
    """No receivers: deletes stay fast ones, and not a statement more is sent."""
    trace = same(lambda notes: observed(notes, {}), orphaned=True)
    assert {span.kind for _, span in trace.walk()} == {"dispatch"}


def test_what_receivers_of_model_signals_get() -> None:
    """Every signal heard: the same keywords in the same order, instances in the same state."""

    def program(notes: Notes) -> None:
        def receiver(name: str) -> Any:
            return lambda **kwargs: notes.add(name, shown(kwargs))

        observed(notes, {name: receiver(name) for name in SIGNALS})

    trace = same(program)
    assert {span.method for _, span in trace.walk()} == {"send"}
    saved = [
        span for span in trace.roots() if span.sender.name == "testapp.Book" and "created" in span.arguments
    ]
    books = [span.arguments["instance"] for span in saved]
    assert {each["type"] for each in books} == {"testapp.Book"}


def test_receivers_that_save_again() -> None:
    """Nested saves and queries in receivers: the same statements in the same order."""

    def program(notes: Notes) -> None:
        def touch(instance: Any, created: bool, **kwargs: Any) -> None:
            if created and type(instance) is Book:
                notes.add("touched", instance.author.name)
                instance.title += "!"
                instance.save()

        def count(instance: Any, **kwargs: Any) -> None:
            notes.add("counted", Book.objects.count())

        observed(notes, {"post_save": touch, "pre_delete": count})

    same(program)
