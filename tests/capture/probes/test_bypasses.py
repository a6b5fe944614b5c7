"""Writes that bypass receivers are noted where they happen, and are not changed by that."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps.registry import Apps
from django.core import serializers
from django.core.management import call_command
from django.core.serializers.base import DeserializedObject
from django.db import IntegrityError, connection, models, transaction
from django.db.models.deletion import Collector
from django.db.models.query import QuerySet
from django.db.models.signals import (
    m2m_changed,
    post_delete,
    post_init,
    post_save,
    pre_delete,
    pre_save,
)
from django.db.models.sql.subqueries import DeleteQuery, UpdateQuery
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from signaltrace import mute
from signaltrace.capture.patch import install, uninstall
from signaltrace.capture.probes import bypasses, probes
from signaltrace.capture.probes.bypass_missed import Missed
from signaltrace.capture.recording import record
from signaltrace.event import Event
from signaltrace.trace import Trace
from tests.capture.observing import Notes, described, same, stack_depth
from tests.testapp.models import Author, Book, Ebook, ProxyBook, Tag

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unnamed_signals")]

OWN = {"probes": {"bypasses"}}
Facts = tuple[str, str, int, list[str]]


class Careful(Book):
    """Does more than Django when it is saved or deleted, in a registry of its own."""

    class Meta:
        """No table of its own."""

        proxy = True
        app_label = "testapp"
        apps = Apps()

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)

    async def adelete(self, *args: Any, **kwargs: Any) -> Any:
        return await super().adelete(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete(*args, **kwargs)


class Counting(models.QuerySet):  # type: ignore[type-arg]
    """Overrides what is watched, and calls what it overrides."""

    def update(self, **kwargs: Any) -> int:
        return super().update(**kwargs)

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        return super().bulk_create(*args, **kwargs)

    def _raw_delete(self, using: Any) -> Any:
        return super()._raw_delete(using)  # type: ignore[misc]


class Counted(Author):
    """Has such a manager, made of the methods of its class."""

    objects = Counting.as_manager()

    class Meta:
        """No table of its own."""

        proxy = True
        app_label = "testapp"
        apps = Apps()


@contextlib.contextmanager
def connected(signal: Signal, receiver: Any, sender: Any = None) -> Iterator[None]:
    """A receiver for a time."""
    signal.connect(receiver, sender=sender, weak=False)
    try:
        yield
    finally:
        assert signal.disconnect(receiver, sender=sender)


def on_save(**kwargs: Any) -> None:
    """A receiver of one model's saves."""


def on_any(**kwargs: Any) -> None:
    """A receiver of all models'."""


async def on_save_later(**kwargs: Any) -> None:
    """An async receiver."""


def on_tags(**kwargs: Any) -> None:
    """A receiver of changes of a many-to-many field."""


@pytest.fixture
def author() -> Author:
    return Author.objects.create(name="A")


@pytest.fixture
def three(author: Author) -> list[Book]:
    return [Book.objects.create(title=title, author=author) for title in "123"]


def events(work: Callable[[], Any]) -> list[Event]:
    """What is noted while ``work`` is done."""
    trace = recorded(work)
    return trace.events


def recorded(work: Callable[[], Any]) -> Trace:
    """The trace of it, without faults of ours."""
    with record(probes={"bypasses"}) as recording:
        work()
    assert recording.trace.faults == []
    return recording.trace


def facts(work: Callable[[], Any]) -> list[Facts]:
    """How, model, rows and overridden methods of what is noted."""
    return [told(each) for each in events(work)]


def told(event: Event) -> Facts:
    data = event.data
    assert event.kind == "bypass"
    return data["how"], data["model"], data["rows"], data["overrides"]


def missed(trace: Trace) -> list[str]:
    """The receivers that did not run, by their short names."""
    (event,) = trace.events
    return [trace.receivers[each].name.rpartition(".")[2] for each in event.receivers]


# -- what is noted ---------------------------------------------------------------------------------


def test_each_bulk_method(author: Author, three: list[Book]) -> None:
    """Every method that sends nothing is named, with its model and rows as Django counts them."""
    books = Book.objects.all()
    assert facts(lambda: books.bulk_create([Book(title="4", author=author)])) == [
        ("bulk_create", "testapp.Book", 1, [])
    ]
    assert facts(lambda: books.filter(title__gt="2").update(title="5")) == [("update", "testapp.Book", 2, [])]
    assert facts(lambda: books.bulk_update(three, ["title"])) == [("bulk_update", "testapp.Book", 3, [])]
    tags = [Tag.objects.create(name=name) for name in "xy"]
    assert facts(lambda: Tag.objects.filter(name="x")._raw_delete("default")) == [
        ("_raw_delete", "testapp.Tag", 1, [])
    ]
    assert len(tags) == 2


def test_only_the_outermost_counts(three: list[Book]) -> None:
    """bulk_update runs an update for each batch, also where that is overridden: it is one write."""
    assert facts(lambda: Book.objects.bulk_update(three, ["title"], batch_size=1)) == [
        ("bulk_update", "testapp.Book", 3, [])
    ]
    people = [Counted.objects.create(name=name) for name in "xyz"]
    assert facts(lambda: Counted.objects.bulk_update(people, ["name"], batch_size=2)) == [
        ("bulk_update", "testapp.Counted", 3, [])
    ]


def test_a_write_inside_the_arguments_of_another_is_its_own(author: Author) -> None:
    """What the program does while Django goes through its generator is not part of the bulk method."""

    def books() -> Iterator[Book]:
        Author.objects.update(name="B")
        yield Book(title="1", author=author)

    found = facts(lambda: Book.objects.bulk_create(books()))
    assert found == [("bulk_create", "testapp.Book", 1, []), ("update", "testapp.Author", 1, [])]
    book = Book.objects.get()

    def again() -> Iterator[Book]:
        Author.objects.update(name="C")
        yield book

    found = facts(lambda: Book.objects.bulk_update(again(), ["title"]))
    assert found == [("bulk_update", "testapp.Book", 1, []), ("update", "testapp.Author", 1, [])]


def test_overrides_that_call_super() -> None:
    """A queryset class of one's own is seen once, through a manager made of it as well."""
    manager = Counted.objects
    assert facts(lambda: manager.bulk_create([Counted(name="x"), Counted(name="y")])) == [
        ("bulk_create", "testapp.Counted", 2, [])
    ]
    assert facts(lambda: manager.update(name="z")) == [("update", "testapp.Counted", 2, [])]
    assert facts(lambda: manager.all()._raw_delete("default")) == [("_raw_delete", "testapp.Counted", 2, [])]


def test_what_touches_no_row_bypasses_nothing(three: list[Book]) -> None:
    """Nothing to write, nothing found, or no statement at all: nothing is noted."""
    assert facts(lambda: Book.objects.bulk_create([])) == []
    assert facts(lambda: Book.objects.bulk_create(iter([]))) == []
    assert facts(lambda: Book.objects.bulk_update([], ["title"])) == []
    assert facts(lambda: Book.objects.none().update(title="x")) == []
    assert facts(lambda: Book.objects.filter(title="none").update(title="x")) == []
    assert facts(lambda: Book.objects.filter(title="none").delete()) == []
    assert facts(lambda: Book.objects.filter(title="none")._raw_delete("default")) == []


def test_what_sends_its_signals_is_no_bypass(author: Author, three: list[Book]) -> None:
    """save(), update_or_create(), a many-to-many field and a delete with receivers are what they were."""
    tags = [Tag.objects.create(name=name) for name in "xyz"]

    def work() -> None:
        Book.objects.update_or_create(title="1", defaults={"title": "4"})
        Book.objects.get_or_create(title="5", author=author)
        three[1].save()
        three[0].tags.add(*tags)
        three[0].tags.remove(tags[0])
        three[0].tags.set(tags)
        three[0].tags.set([])
        tags[0].books.add(three[0])
        three[0].tags.clear()
        Ebook.objects.create(title="6", author=author).save()

    assert facts(work) == []
    with connected(pre_delete, on_any), connected(post_delete, on_any):
        assert facts(lambda: Book.objects.all().delete()) == []
        assert facts(lambda: tags[0].delete()) == []


def test_writes_to_a_many_to_many_table_itself(three: list[Book]) -> None:
    """Written past the field, its rows lack m2m_changed: that, and no save's, is what did not run."""
    tag = Tag.objects.create(name="x")
    through: Any = Book.tags.through
    rows = [through(book=each, tag=tag) for each in three]
    with connected(m2m_changed, on_tags, through), connected(post_save, on_any):
        trace = recorded(lambda: through.objects.bulk_create(rows))
        assert ([told(each)[:3] for each in trace.events], missed(trace)) == (
            [("bulk_create", "testapp.Book_tags", 3)],
            ["on_tags"],
        )
        trace = recorded(lambda: through.objects.update(tag=tag))
        assert missed(trace) == ["on_tags"]


def test_related_managers_show_the_update_they_are(author: Author, three: list[Book]) -> None:
    """``author.books.add(book)`` sends nothing: it is an update of books, at the line that says so."""
    other = Author.objects.create(name="B")
    trace = recorded(lambda: other.books.add(*three))
    assert [told(each) for each in trace.events] == [("update", "testapp.Book", 3, [])]
    site = trace.sites[trace.events[0].site]
    assert site is not None
    assert site.file == __file__


# -- what did not run ------------------------------------------------------------------------------


def test_receivers_that_did_not_run(author: Author) -> None:
    """The live ones of both signals, for the model or any sender, in Django's order and each once."""
    with (
        connected(post_save, on_save_later, Book),
        connected(post_save, on_any),
        connected(pre_save, on_save, Book),
        connected(post_save, on_save, Book),
        connected(post_save, on_tags, Author),
        connected(pre_save, on_tags, ProxyBook),
        connected(pre_delete, on_tags, Book),
    ):
        trace = recorded(lambda: Book.objects.bulk_create([Book(title="1", author=author)]))
        assert missed(trace) == ["on_save", "on_any", "on_save_later"]
        trace = recorded(lambda: Book.objects.update(title="2"))
        assert missed(trace) == ["on_save", "on_any", "on_save_later"]
        trace = recorded(lambda: ProxyBook.objects.update(title="3"))
        assert missed(trace) == ["on_tags", "on_any"]
        trace = recorded(lambda: Book.objects.all()._raw_delete("default"))
        assert missed(trace) == ["on_tags"]


def test_dead_and_muted_receivers_are_not_named(author: Author) -> None:
    """What would not have run in the ordinary way either was not bypassed."""
    gone = [lambda **kwargs: None]
    with connected(post_save, on_save, Author), connected(pre_save, on_any, Author):
        post_save.connect(gone[0], sender=Author)
        del gone[:]
        with mute(on_any):
            trace = recorded(lambda: Author.objects.update(name="B"))
        assert missed(trace) == ["on_save"]
        trace = recorded(lambda: Author.objects.update(name="C"))
        assert missed(trace) == ["on_any", "on_save"]
        post_save.has_listeners(Author)  # drops what is dead, as Django does when it next looks


def test_receivers_that_come_and_go(author: Author) -> None:
    """Each write names those that are connected at the time, within one recording too."""
    gone = [lambda **kwargs: None]

    def work() -> None:
        Author.objects.update(name="B")
        with connected(post_save, on_save, Author), connected(pre_save, on_any):
            Author.objects.update(name="C")
            post_save.connect(gone[0], sender=Author)
            Author.objects.update(name="D")
            del gone[:]
            Author.objects.update(name="E")
        Author.objects.update(name="F")
        with connected(post_save, on_tags, Author):
            Author.objects.update(name="G")

    assert [len(each.receivers) for each in events(work)] == [0, 2, 3, 2, 0, 1]


def test_connections_under_a_key_of_their_own(author: Author) -> None:
    """Where a dispatch_uid is an object of the program's, receivers are found all the same."""

    class Key:
        """A key that is none of Python's."""

    key = Key()
    post_save.connect(on_save, sender=Author, dispatch_uid=key)  # type: ignore[arg-type]

    def work() -> None:
        Author.objects.update(name="B")
        with connected(post_save, on_any):
            Author.objects.update(name="C")
        Author.objects.update(name="D")

    try:
        assert [len(each.receivers) for each in events(work)] == [1, 2, 1]
    finally:
        assert post_save.disconnect(sender=Author, dispatch_uid=key)  # type: ignore[arg-type]


def test_a_model_is_not_taken_for_another_at_its_address() -> None:
    """Models may go and others come in their place: what is known of one is known of that very class."""
    with record(probes=()):
        known = Missed(install(None))
        uninstall()
        known._models[id(Tag)] = known.model(Author)
        assert known.model(Tag).name == "testapp.Tag"


def test_looking_leaves_the_signal_alone(author: Author) -> None:
    """Asking who would have run fills no cache of Django's."""
    with connected(post_save, on_save, Book):
        before = dict(post_save.sender_receivers_cache)
        Author.objects.update(name="B")
        recorded(lambda: Author.objects.update(name="C"))
        assert dict(post_save.sender_receivers_cache) == before


def test_overridden_methods_did_not_run(author: Author) -> None:
    """A model's own save() and delete() are named where its class or a class it is made of has them."""
    careful = Careful._default_manager
    assert facts(lambda: careful.bulk_create([Careful(title="1", author=author)])) == [
        ("bulk_create", "testapp.Careful", 1, ["save"])
    ]
    assert facts(lambda: careful.update(title="2")) == [("update", "testapp.Careful", 1, ["save"])]
    assert facts(lambda: careful.bulk_update(careful.all(), ["title"])) == [
        ("bulk_update", "testapp.Careful", 1, ["save"])
    ]
    assert facts(lambda: careful.all()._raw_delete("default")) == [
        ("_raw_delete", "testapp.Careful", 1, ["delete", "adelete"])
    ]


# -- deletes ---------------------------------------------------------------------------------------

ISOLATED = Apps(["tests.testapp"])


class Owner(models.Model):
    """Has what a delete cascades to, in a registry and on tables of its own."""

    class Meta:
        app_label = "testapp"
        apps = ISOLATED


class Leaf(models.Model):
    """Nothing points at it: its deletes are fast ones."""

    owner = models.ForeignKey(Owner, on_delete=models.CASCADE)

    class Meta:
        app_label = "testapp"
        apps = ISOLATED

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete(*args, **kwargs)


class Loose(models.Model):
    """Outlives its owner."""

    owner = models.ForeignKey(Owner, on_delete=models.SET_NULL, null=True)

    class Meta:
        app_label = "testapp"
        apps = ISOLATED


@pytest.fixture
def owner() -> Owner:
    """One, on tables that go with the test's transaction."""
    with connection.cursor() as cursor:
        for table, fields in (("owner", ""), ("leaf", ", owner_id integer"), ("loose", ", owner_id integer")):
            cursor.execute(f"CREATE TABLE testapp_{table} (id integer PRIMARY KEY AUTOINCREMENT{fields})")
    return Owner.objects.create()


def test_fast_deletes_of_a_queryset(owner: Owner) -> None:
    """One statement deletes the rows of a queryset: an overridden delete() did not run."""
    leaves = [Leaf.objects.create(owner=owner) for _ in range(3)]
    assert len(leaves) == 3
    assert facts(lambda: Leaf.objects.filter(pk__gt=leaves[0].pk).delete()) == [
        ("fast delete", "testapp.Leaf", 2, ["delete"])
    ]
    with connected(post_delete, on_save, Leaf):
        assert facts(lambda: Leaf.objects.all().delete()) == []


def test_the_fast_delete_of_one_object(owner: Owner) -> None:
    """delete() of an object nothing depends on sends nothing: it did run, and nothing else would have."""
    leaf = Leaf.objects.create(owner=owner)
    trace = recorded(leaf.delete)
    assert [told(each) for each in trace.events] == [("fast delete", "testapp.Leaf", 1, [])]
    assert missed(trace) == []


def test_an_ordinary_delete_of_one_object(owner: Owner) -> None:
    """One that sends its signals is none, though no receiver is there to hear them."""
    assert facts(owner.delete) == []
    with connected(pre_delete, on_any, Leaf):
        leaf = Leaf.objects.create(owner=Owner.objects.create())
        assert facts(leaf.delete) == []
        other = Leaf.objects.create(owner=Owner.objects.create())
        assert facts(other.owner.delete) == []


def test_fast_deletes_of_a_cascade(owner: Owner) -> None:
    """What a delete takes along unloaded sends nothing, and what it leaves behind is updated unsaved."""
    for _ in range(2):
        Leaf.objects.create(owner=owner)
        Loose.objects.create(owner=owner)
    with connected(post_save, on_save, Loose):
        trace = recorded(owner.delete)
    assert [told(each) for each in trace.events] == [
        ("fast delete", "testapp.Leaf", 2, ["delete"]),
        ("update", "testapp.Loose", 2, []),
    ]
    names = [
        [trace.receivers[each].name.rpartition(".")[2] for each in event.receivers] for event in trace.events
    ]
    assert names == [[], ["on_save"]]


def test_updates_of_loaded_objects_in_a_cascade(owner: Owner) -> None:
    """Objects whose key is set to NULL one batch at a time are an update all the same."""
    loose = [Loose.objects.create(owner=owner) for _ in range(2)]

    def work() -> None:
        collector = Collector(using="default")
        collector.collect([owner])
        collector.field_updates = {(Loose._meta.get_field("owner"), None): [loose]}
        collector.delete()

    assert facts(work) == [("update", "testapp.Loose", 2, [])]


def test_a_fast_delete_that_fails_leaves_nothing_behind(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next ordinary delete is not taken for the fast one that was begun."""
    leaf = Leaf.objects.create(owner=owner)

    def broken(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise IntegrityError("no")

    with record(probes={"bypasses"}) as recording:
        with monkeypatch.context() as patched, pytest.raises(IntegrityError):
            patched.setattr(DeleteQuery, "do_query", broken)
            with transaction.atomic():
                leaf.delete()
        (probe,) = [each for each in _watching() if isinstance(each, bypasses.Bypasses)]
        assert {*probe._alone.values()} <= {0}
    assert recording.trace.events == []


def _watching() -> list[Any]:
    recorder = install(None)
    try:
        return list(recorder.probing._watching.values())
    finally:
        uninstall()


# -- raw loads -------------------------------------------------------------------------------------


def fixture(books: list[Book]) -> str:
    """Books as a fixture has them, their author first."""
    return serializers.serialize("json", [books[0].author, *books])


def load(text: str) -> None:
    """As loaddata does."""
    for each in serializers.deserialize("json", text):
        each.save()


def test_a_fixture_is_one_load_of_each_model(three: list[Book], tmp_path: Any) -> None:
    """However many objects: rows by model, no receivers, for theirs ran and were told raw=True."""
    path = tmp_path / "books.json"
    path.write_text(fixture(three))
    heard: list[bool] = []

    def receiver(raw: bool, **kwargs: Any) -> None:
        heard.append(raw)

    with connected(post_save, receiver, Book):
        trace = recorded(lambda: call_command("loaddata", str(path), verbosity=0))
    assert heard == [True, True, True]
    assert [told(each) for each in trace.events] == [
        ("raw", "testapp.Author", 1, []),
        ("raw", "testapp.Book", 3, []),
    ]
    assert [each.receivers for each in trace.events] == [(), ()]
    site = trace.sites[trace.events[0].site]
    assert site is not None
    assert site.file == __file__


def test_loops_are_told_apart(three: list[Book]) -> None:
    """What two fixtures load is two loads, each where it happened."""
    text = fixture(three)

    def work() -> None:
        load(text)
        load(text)

    assert [each[1:3] for each in facts(work)] == [("testapp.Author", 1), ("testapp.Book", 3)] * 2


def test_a_raw_load_passes_an_overridden_save_by(author: Author) -> None:
    """DeserializedObject.save() calls Django's own: the model's did not run."""

    def work() -> None:
        item = DeserializedObject(Careful(title="1", author=author))
        item.m2m_data = None
        item.save()

    assert facts(work) == [("raw", "testapp.Careful", 1, ["save"])]


def test_what_is_being_loaded_is_in_a_trace_made_meanwhile(three: list[Book]) -> None:
    """A trace that is made in the middle of a loop tells what there is so far, and is not counted twice."""
    items = list(serializers.deserialize("json", fixture(three)))
    seen: list[list[int]] = []
    with record(probes={"bypasses"}) as recording:
        for each in items:
            each.save()
            seen.append([event.data["rows"] for event in recording.trace.events])
    assert seen == [[1], [1, 1], [1, 2], [1, 3]]
    assert [event.data["rows"] for event in recording.trace.events] == [1, 3]


def test_a_forked_child_has_loads_of_its_own(author: Author) -> None:
    """What the parent was loading is in the parent's trace alone."""
    with record(probes={"bypasses"}):
        DeserializedObject(author).save()
        (probe,) = _watching()
        assert len(probe.open_events()) == 1
        probe.after_fork()
        assert probe.open_events() == []


def test_deserialized_objects_are_what_they_were(three: list[Book]) -> None:
    """Their attribute reads, deletes and fails as it does bare, while it is watched and afterwards."""

    def program() -> list[Any]:
        item: Any = next(iter(serializers.deserialize("json", fixture(three))))
        found: list[Any] = [item.m2m_data, dict(vars(item)).keys(), hasattr(DeserializedObject, "m2m_data")]
        item.save()
        found += [item.m2m_data, vars(item)["m2m_data"]]
        del item.m2m_data
        for act in (
            lambda: item.m2m_data,
            lambda: delattr(item, "m2m_data"),
            lambda: DeserializedObject.m2m_data,  # type: ignore[attr-defined]
        ):
            try:
                act()
            except AttributeError as error:
                frames = [each.name for each in traceback.extract_tb(error.__traceback__)]
                found += [str(error), error.name, error.obj in (item, DeserializedObject), frames]
        return found

    bare = program()
    with record(probes={"bypasses"}):
        assert program() == bare
    assert program() == bare


def test_no_frame_of_ours_stands_above_the_receivers_of_a_load(three: list[Book]) -> None:
    """A receiver of a raw save, and one of an ordinary one, finds itself as deep in the stack as bare."""
    text = fixture(three)

    def program(notes: Notes) -> None:
        def receiver(**kwargs: Any) -> None:
            notes.add("depth", stack_depth(), sys._getframe(3).f_code.co_filename)

        with connected(pre_save, receiver), connected(post_save, receiver):
            load(text)
            three[0].save()

    same(program, **OWN)


# -- where, and in which receiver call ---------------------------------------------------------------


def test_the_receiver_call_it_happened_in(author: Author) -> None:
    """A write in a receiver belongs to that call, and comes after what the receiver sent before it."""

    def receiver(instance: Any, **kwargs: Any) -> None:
        Tag.objects.create(name="x")
        Tag.objects.update(name="y")
        Tag.objects.create(name="z")

    with connected(post_save, receiver, Author), connected(post_save, on_save, Tag):
        trace = recorded(author.save)
    (event,) = trace.events
    spans = [span for _, span in trace.walk()]
    (call,) = [span for span in spans if span.label.endswith(".receiver")]
    first, second = [span.id for span in spans if span.sender.name == "testapp.Tag" and span.receiver is None]
    assert event.span == call.id
    assert first < event.id < second
    assert trace.threads[event.thread] == "MainThread"
    assert missed(trace) == ["on_save"]


def test_sync_sites(author: Author) -> None:
    """The line that called the manager's method, past Django and past us."""
    line = sys._getframe().f_lineno + 1
    trace = recorded(lambda: Author.objects.update(name="B"))
    site = trace.sites[trace.events[0].site]
    assert site is not None
    assert (site.file, site.line) == (__file__, line)


ASYNC: dict[str, Callable[[Author, Book], Any]] = {
    "abulk_create": lambda author, book: Book.objects.abulk_create([Book(title="2", author=author)]),
    "abulk_update": lambda author, book: Book.objects.abulk_update([book], ["title"]),
    "aupdate": lambda author, book: Book.objects.aupdate(title="3"),
}


@pytest.mark.parametrize("name", ASYNC)
def test_async_forms_are_told_at_their_callers_line(name: str, author: Author) -> None:
    """They run the sync ones in a thread whose stack ends there; the line is that of the ``await``."""
    book = Book.objects.create(title="1", author=author)
    lines: list[int] = []

    async def work() -> None:
        lines.append(sys._getframe().f_lineno + 1)
        await ASYNC[name](author, book)

    trace = recorded(lambda: async_to_sync(work)())
    (event,) = trace.events
    site = trace.sites[event.site]
    assert site is not None
    assert (event.data["how"], site.file, site.line) == (name[1:], __file__, lines[0])


def test_async_deletes_are_told_at_their_callers_line(owner: Owner) -> None:
    """Of a queryset and of one object."""
    loose = Loose.objects.create(owner=owner)
    Loose.objects.create(owner=owner)
    lines: list[int] = []

    async def work() -> None:
        lines.append(sys._getframe().f_lineno + 1)
        await loose.adelete()
        lines.append(sys._getframe().f_lineno + 1)
        await Loose.objects.all().adelete()

    trace = recorded(lambda: async_to_sync(work)())
    assert [trace.sites[each.site].line for each in trace.events] == lines  # type: ignore[union-attr]
    assert [told(each) for each in trace.events] == [
        ("fast delete", "testapp.Loose", 1, []),
        ("fast delete", "testapp.Loose", 1, []),
    ]


def test_the_line_of_an_async_form_does_not_outlive_it(author: Author) -> None:
    """What is written later in a thread of which nothing is known is not put down to that line."""

    async def work() -> None:
        await Author.objects.aupdate(name="B")
        assert bypasses._CALLED_AT.get() == 0

    trace = recorded(lambda: async_to_sync(work)())
    assert len(trace.events) == 1


# -- nothing is changed ------------------------------------------------------------------------------

ALL = [
    *((QuerySet, each) for each in ("bulk_create", "bulk_update", "update", "_raw_delete")),
    *((QuerySet, each) for each in ("abulk_create", "abulk_update", "aupdate", "adelete")),
    (models.Model, "adelete"),
    (Collector, "can_fast_delete"),
    (DeleteQuery, "delete_batch"),
    (UpdateQuery, "update_batch"),
]


def inspected(owner: type, name: str) -> list[Any]:
    """What tools find out about a method."""
    method = vars(owner)[name]
    return [
        method.__name__, method.__qualname__, method.__module__, method.__doc__, method.__code__.co_name,
        inspect.signature(method), inspect.isfunction(method), inspect.iscoroutinefunction(method),
        getattr(method, "alters_data", None), getattr(method, "queryset_only", None),
        hasattr(method, "__wrapped__"), inspect.unwrap(method) is method,
    ]  # fmt: skip


@pytest.mark.parametrize(("owner", "name"), ALL, ids=[f"{owner.__name__}.{name}" for owner, name in ALL])
def test_methods_look_as_they_did(owner: type, name: str) -> None:
    """Managers are made of what methods say of themselves; afterwards the very objects are back."""
    original, bare = vars(owner)[name], inspected(owner, name)
    with record(probes={"bypasses"}):
        assert vars(owner)[name] is not original
        assert inspected(owner, name) == bare
    assert vars(owner)[name] is original


def test_managers_made_meanwhile_work_afterwards() -> None:
    """A manager class that is made while this watches has the same methods, and they work when it ended."""
    bare = models.Manager.from_queryset(Counting)
    with record(probes={"bypasses"}):
        made = models.Manager.from_queryset(Counting)
    names = [each for each in dir(bare) if not each.startswith("__")]
    assert [each for each in dir(made) if not each.startswith("__")] == names
    assert {
        name: str(inspect.signature(getattr(made, name))) for name in names if callable(getattr(made, name))
    } == {
        name: str(inspect.signature(getattr(bare, name))) for name in names if callable(getattr(bare, name))
    }


def test_results_queries_and_errors_are_the_same(author: Author) -> None:
    """Every method in turn, also called wrongly: what it returns, sends to the database and raises."""

    def program(notes: Notes) -> None:
        books = Book.objects.all()
        items = [Book(title=each, author=author) for each in "12"]
        clash = [Tag(name="x"), Tag(name="x")]
        calls: list[Callable[[], Any]] = [
            lambda: books.bulk_create(items) is not None,
            lambda: [each.pk is not None for each in items],
            lambda: books.bulk_create(iter(items[:0])),
            lambda: Tag.objects.bulk_create(clash),
            lambda: Tag.objects.bulk_create(clash[:1], ignore_conflicts=True) is not None,
            lambda: books.bulk_create(items, batch_size=-1),
            lambda: books.bulk_update(items, ["title"], batch_size=1),
            lambda: books.bulk_update(items, []),
            lambda: books.update(title="3"),
            lambda: books.update(nothing="3"),
            lambda: books[:1].update(title="3"),
            lambda: books.update("3"),
            lambda: books.update(self="3"),
            lambda: Book.objects.filter(pk__in=[]).update(title="4"),
            lambda: books.filter(title="3")._raw_delete("default"),
            lambda: books._raw_delete(),
            lambda: Author.objects.filter(pk=author.pk).update(name=None),
            lambda: async_to_sync(Book.objects.aupdate)(title="5"),
            lambda: async_to_sync(Book.objects.aupdate)(nothing="5"),
            lambda: async_to_sync(Book.objects.abulk_create)(items),
            lambda: async_to_sync(Tag.objects.abulk_create)(clash),
            lambda: async_to_sync(Book.objects.all().adelete)(),
            lambda: Author(name="B").delete(),
        ]
        with transaction.atomic():
            for number, call in enumerate(calls):
                with CaptureQueriesContext(connection) as queries:
                    try:
                        with transaction.atomic():
                            seen: Any = call()
                    except Exception as error:
                        seen = described(error, notes)
                sql = [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]
                notes.add(str(number), seen if not isinstance(seen, list) else len(seen), sql)
            transaction.set_rollback(True)

    same(program, **OWN)


def test_querysets_stay_lazy_and_their_caches_are_cleared(three: list[Book]) -> None:
    """Nothing of the queryset is evaluated by us, and update() forgets what it had, as ever."""
    with record(probes={"bypasses"}):
        books = Book.objects.all()
        assert len(books) == 3
        books.update(title="4")
        assert books._result_cache is None  # type: ignore[attr-defined]
        with CaptureQueriesContext(connection) as queries:
            books.filter(title="4").update(title="5")
    assert len(queries) == 1


def test_concurrent_async_updates_have_their_own_lines(author: Author) -> None:
    """Two that run at a time are each told at their own line."""
    lines: list[int] = []

    async def one() -> None:
        lines.append(sys._getframe().f_lineno + 1)
        await Author.objects.aupdate(name="B")

    async def other() -> None:
        lines.append(sys._getframe().f_lineno + 1)
        await Author.objects.aupdate(name="C")

    async def work() -> None:
        await asyncio.gather(one(), other())

    trace = recorded(lambda: async_to_sync(work)())
    assert {trace.sites[each.site].line for each in trace.events} == {*lines}  # type: ignore[union-attr]
    assert len(trace.events) == 2


# -- on, off and faulty ------------------------------------------------------------------------------


def test_it_is_on_unless_told_otherwise(author: Author) -> None:
    """A recording has it by default; one that names other probes leaves Django's methods alone."""
    assert probes()["bypasses"].DEFAULT is True
    with record() as recording:
        Author.objects.update(name="B")
    assert [told(each) for each in recording.trace.events_of("bypass")] == [
        ("update", "testapp.Author", 1, [])
    ]
    original = QuerySet.update
    with record(probes=()) as recording:
        assert QuerySet.update is original
        Author.objects.update(name="C")
    assert recording.trace.events == []


def test_events_are_json(author: Author) -> None:
    """What is noted can be written to a file as it is."""
    (event,) = events(lambda: Author.objects.update(name="B"))
    assert json.loads(json.dumps(event.data)) == event.data


@pytest.mark.parametrize("name", ["missed_methods", "own_cell", "own", "_rows", "_is_of_relation"])
def test_a_fault_of_ours_turns_it_off(name: str, author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program gets its result, the reader is told once, and the rest of the recording goes on."""

    def broken(*args: Any) -> Any:
        raise RuntimeError("our own fault")

    with record(probes={"bypasses"}) as recording:
        monkeypatch.setattr(bypasses, name, broken)
        assert Author.objects.update(name="B") == 1
        monkeypatch.undo()
        assert Author.objects.update(name="C") == 1
    assert recording.trace.events == []
    (fault,) = recording.trace.faults
    assert (fault.where, fault.count) == ("bypasses (switched off)", 1)


def test_errors_pass_when_our_part_in_them_fails(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an exception's traceback can't be mended the program has its exception all the same."""

    def broken(*args: Any) -> Any:
        raise RuntimeError("our own fault")

    with record(probes={"bypasses"}) as recording:
        monkeypatch.setattr("signaltrace.capture.failures._traceback", broken)
        with pytest.raises(IntegrityError), transaction.atomic():
            Author.objects.update(name=None)
    assert [fault.where for fault in recording.trace.faults] == ["traceback"]


def test_post_init_receivers_of_what_is_written_run_as_ever(author: Author) -> None:
    """Objects made while Django goes through a generator are heard as bare."""

    def program(notes: Notes) -> None:
        def receiver(instance: Any, **kwargs: Any) -> None:
            notes.add("made", type(instance).__name__)

        with connected(post_init, receiver, Book), transaction.atomic():
            Book.objects.bulk_create(Book(title=each, author=author) for each in "12")
            transaction.set_rollback(True)

    same(program, **OWN)


def test_rows_that_conflicts_may_have_left_out_are_at_most_so_many() -> None:
    """Django gives the objects back whether they were written or not."""
    book = Book.objects.create(title="1", author=Author.objects.create(name="x"))
    with record(probes=("bypasses",)) as recording:
        Book.objects.bulk_create([book], ignore_conflicts=True)
        Book.objects.bulk_create([Book(title="2", author=book.author)])
    found = [(each.data["rows"], each.data.get("at_most")) for each in recording.trace.events_of("bypass")]
    assert found == [(1, True), (1, None)]
