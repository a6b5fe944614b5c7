"""Fields that receivers change: told by looking at the instance's own dict; nobody sees the look."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models
from django.db.models.signals import ModelSignal, post_save, pre_save
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from signaltrace.capture import looks, patch
from signaltrace.capture.field_values import ABSENT, same, told
from signaltrace.capture.recording import record
from signaltrace.trace import Trace
from tests.capture.kinds import Failure, act
from tests.capture.observing import METHODS, Notes, dispatch, observe, outcome, stack_depth
from tests.capture.observing import same as same_program
from tests.capture.paths import connected
from tests.testapp.models import Author, Book

pytestmark = pytest.mark.usefixtures("unnamed_signals")

FIELDS = {"probes": {"fields"}}


def rename(instance: Any, **kwargs: Any) -> None:
    """Changes a field."""
    instance.title = f"{instance.title}!"


async def arename(instance: Any, **kwargs: Any) -> None:
    """The same, in two steps."""
    instance.title = f"{instance.title}?"
    await asyncio.sleep(0)
    instance.title = f"{instance.title}?"


def look(instance: Any, **kwargs: Any) -> None:
    """Changes nothing, and reads nothing plainly."""


def told_by(trace: Trace) -> list[tuple[str, list[Any]]]:
    """Which receiver changed what."""
    names = {span.id: span.label.rpartition(".")[2] for _, span in trace.walk()}
    return [(names[each.span], each.data["changes"]) for each in trace.events_of("fields")]


def changes(
    *receivers: Callable[..., Any], instance: Any, method: str = "send"
) -> list[tuple[str, list[Any]]]:
    """What receivers of one dispatch are told to have changed."""
    with record(**FIELDS) as recording:
        dispatch(connected(*receivers), method, Book, instance=instance)
    assert recording.trace.faults == []
    return told_by(recording.trace)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["fast", "exact"])
def test_each_receiver_has_its_own_changes(method: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the method and the path, for sync receivers and async ones."""
    if path == "exact":
        monkeypatch.setattr(patch, "proven", lambda: False)

    def number(instance: Any, **kwargs: Any) -> None:
        instance.author_id = 5

    book = Book(title="a", author_id=1)
    assert changes(rename, look, number, instance=book, method=method) == [
        ("rename", [["title", "a", "a!"]]),
        ("number", [["author_id", 1, 5]]),
    ]
    told = changes(arename, instance=Book(title="a"), method=method)
    assert told == [("arename", [["title", "a", "a??"]])]


@pytest.mark.parametrize("method", METHODS)
def test_a_receiver_that_raises_changed_what_it_did(method: str) -> None:
    """Up to there; those after it are looked at where they run."""

    def fail(instance: Any, **kwargs: Any) -> None:
        instance.title = "failed"
        raise Failure

    with record(**FIELDS) as recording:
        try:
            dispatch(connected(rename, fail, look), method, Book, instance=Book(title="a"))
        except Failure:
            assert not method.endswith("robust")
    assert told_by(recording.trace) == [
        ("rename", [["title", "a", "a!"]]),
        ("fail", [["title", "a!", "failed"]]),
    ]
    assert recording.trace.faults == []


def test_an_async_receiver_answers_for_its_own_steps() -> None:
    """What another does while it waits is the other's."""

    async def wait(instance: Any, **kwargs: Any) -> None:
        instance.title = "mine"
        renamed.set()
        await done.wait()

    async def meanwhile(instance: Any, **kwargs: Any) -> None:
        await renamed.wait()
        instance.author_id = 9
        instance.title = "another's"
        done.set()

    async def main() -> None:
        nonlocal renamed, done
        renamed, done = asyncio.Event(), asyncio.Event()
        await connected(wait, meanwhile).asend(Book, instance=Book(title="a", author_id=1))

    renamed = done = asyncio.Event()
    with record(**FIELDS) as recording:
        asyncio.run(main())
    assert sorted(told_by(recording.trace)) == [
        ("meanwhile", [["title", "mine", "another's"], ["author_id", 1, 9]]),
        ("wait", [["title", "a", "mine"]]),
    ]


def test_what_comes_back_to_what_it_was_is_no_change() -> None:
    """Only before and after are compared."""

    def there_and_back(instance: Any, **kwargs: Any) -> None:
        before, instance.title = instance.title, "b"
        instance.title = before

    assert changes(there_and_back, instance=Book(title="a")) == [("there_and_back", [])]


def test_the_calls_are_those_of_the_trace() -> None:
    """In a nested dispatch, too: the inner call is told first, the outer one for what happened inside."""

    def outer(instance: Any, **kwargs: Any) -> None:
        inner.send(Book, instance=instance)

    inner = connected(rename)
    assert changes(outer, instance=Book(title="a")) == [
        ("rename", [["title", "a", "a!"]]),
        ("outer", [["title", "a", "a!"]]),
    ]


def test_attributes_that_are_no_fields_are_told_apart() -> None:
    """Set, changed, taken away."""

    def mark(instance: Any, **kwargs: Any) -> None:
        instance.note, instance.count = "new", 2
        del instance.old

    book = Book(title="a")
    book.count, book.old = 1, True
    with record(**FIELDS) as recording:
        connected(mark).send(Book, instance=book)
    (event,) = recording.trace.events_of("fields")
    assert event.data["changes"] == [["count", 1, 2], ["note", [], "new"], ["old", True, []]]
    assert event.data["attributes"] == ["count", "note", "old"]


@pytest.mark.django_db
def test_a_deferred_field_that_is_loaded() -> None:
    """It was absent before; asking for it is the receiver's query, none is ours."""
    Book.objects.create(title="a", author=Author.objects.create(name="b"))
    book = Book.objects.defer("title").get()

    def ask(instance: Any, **kwargs: Any) -> None:
        assert instance.title == "a"

    with CaptureQueriesContext(connection) as queries:
        told = changes(look, ask, look, instance=book)
    assert told == [("ask", [["title", [], "a"]])]
    assert len(queries) == 1


def test_what_django_keeps_there_is_left_out() -> None:
    """The state, with what is cached of relations, and what was prefetched."""

    def touch(instance: Any, **kwargs: Any) -> None:
        instance._state = "other"
        instance._prefetched_objects_cache = {}

    assert changes(touch, instance=Book()) == []


def test_secrets_stay_masked() -> None:
    """That they changed is told."""

    def leak(instance: Any, **kwargs: Any) -> None:
        instance.api_token = "hunter2"

    book = Book()
    book.api_token = "hunter1"
    assert changes(leak, instance=book) == [("leak", [["api_token", "********", "********"]])]


@pytest.mark.parametrize("instance", [None, 5, "text", Author, object(), Signal()])
def test_what_is_no_model_instance_is_not_looked_at(instance: Any) -> None:
    """A class of models neither."""
    assert changes(look, instance=instance) == []


class Watchful(models.Model):
    """A model that notices whoever asks it anything."""

    name = models.CharField(max_length=5)

    class Meta:
        app_label = "testapp"
        managed = False

    def __getattribute__(self, name: str) -> Any:
        asked.append(name)
        return super().__getattribute__(name)

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise AssertionError("shown")

    __str__ = __repr__


asked: list[str] = []


class Odd:
    """A value whose every method tells."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise AssertionError("shown")


def test_nothing_of_the_program_s_runs() -> None:
    """Neither on the instance nor on its values."""

    def swap(**kwargs: Any) -> None:
        object.__getattribute__(kwargs["instance"], "__dict__")["name"] = Odd()

    def again(**kwargs: Any) -> None:
        swap(**kwargs)

    instance = Watchful(name="a")
    asked.clear()
    assert changes(look, swap, again, instance=instance) == [
        ("swap", [["name", "a", [f"{__name__}.Odd"]]]),
        ("again", [["name", [f"{__name__}.Odd"], [f"{__name__}.Odd"]]]),
    ]
    assert asked == []


@pytest.mark.parametrize("method", METHODS)
def test_the_program_sees_no_difference(method: str) -> None:
    """Keywords, responses, errors, stack depth, as bare; on every path."""

    def program(notes: Notes) -> None:
        signal = notes.keep(Signal(), "signal")
        book = notes.keep(Book(title="a"), "book")
        first, second = act(notes, "first"), act(notes, "second")

        def one(**kwargs: Any) -> Any:
            return first(kwargs)

        def fail(**kwargs: Any) -> Any:
            notes.add("fail", stack_depth() if method.startswith("s") else 0)
            raise Failure("failed", 5)

        async def two(**kwargs: Any) -> Any:
            return second({**kwargs})

        for each in (one, fail, two):
            signal.connect(notes.keep(each, each.__name__), weak=False)
            notes.awaited = 9
            notes.add(method, outcome(notes, lambda: dispatch(signal, method, Book, instance=book)))

    program(Notes())
    bare = observe(lambda notes: quietly(program, notes))
    with record(**FIELDS) as recording:
        traced = observe(lambda notes: quietly(program, notes))
    assert bare == traced
    assert recording.trace.faults == []


def quietly(program: Callable[[Notes], None], notes: Notes) -> None:
    """Stack depths of async receivers depend on asyncio's own threads."""
    program(notes)
    if "second" in notes.entries:
        notes.entries["second"] = [facts[:-1] for facts in notes.entries["second"]]
        notes.entries["first"] = [facts[:1] for facts in notes.entries["first"]]


@pytest.mark.django_db
def test_saves_run_the_same_statements() -> None:
    """With receivers that save again."""

    def save_once(instance: Any, created: bool, **kwargs: Any) -> None:
        if created:
            instance.title = "b"
            instance.save()

    def program(notes: Notes) -> None:
        post_save.connect(save_once, sender=Book)
        pre_save.connect(look, sender=Book)
        try:
            with CaptureQueriesContext(connection) as queries:
                author = Author.objects.create(name="a")
                book = Book.objects.create(title="a", author=author)
                book.delete()
                author.delete()
            notes.add("queries", [each["sql"].split("'")[0][:40] for each in queries])
        finally:
            post_save.disconnect(save_once, sender=Book)
            pre_save.disconnect(look, sender=Book)

    trace = same_program(program, **FIELDS)
    assert ("save_once", [["title", "a", "b"]]) in [
        (name, [each for each in told if each[0] == "title"]) for name, told in told_by(trace)
    ]


def test_nothing_is_kept_alive() -> None:
    """The instance and what it held go when the dispatch is over; while the trace stands."""

    def replace(instance: Any, **kwargs: Any) -> None:
        instance.thing = Thing()

    book = Book()
    book.thing = Thing()
    held = [weakref.ref(book), weakref.ref(book.thing)]
    with record(**FIELDS) as recording:
        connected(replace, look).send(Book, instance=book)
        held.append(weakref.ref(book.thing))
        del book
        gc.collect()
        assert [each() for each in held] == [None] * 3
    assert len(recording.trace.events_of("fields")) == 1


def test_nor_by_a_task_that_is_kept() -> None:
    """It ran an async receiver, and is done."""
    tasks: list[Any] = []

    async def keep(instance: Any, **kwargs: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append((task, task.get_coro()))
        instance.title = "b"

    async def main() -> None:
        await connected(keep, arename).asend(Book, instance=held.pop())

    held = [Book(title="a")]
    reference = weakref.ref(held[0])
    with record(**FIELDS) as recording:
        asyncio.run(main())
        gc.collect()
        assert reference() is None
    assert len(recording.trace.events_of("fields")) == 2


class Thing:
    """Something that can be watched."""


def test_off_unless_asked_for() -> None:
    """No dispatch leaves the quickest way for it, and none does when it is over."""
    with record() as recording:
        recorder = recording._recorder
        assert recorder is not None
        assert not recorder.detour
        with record(**FIELDS):
            assert recorder.detour
            connected(rename).send(Book, instance=Book(title="a"))
        assert not recorder.detour
        connected(rename).send(Book, instance=Book(title="a"))
    assert recording.trace.events_of("fields") == []


def test_what_its_code_reads() -> None:
    """Fields by where they are kept, attributes it has; methods and constants are none."""

    def read(instance: Any, **kwargs: Any) -> None:
        print(instance.title, instance.author, instance.pk, instance.note, instance.objects_of_nobody)

    book = Book(title="a")
    book.note = 5
    with record(**FIELDS) as recording:
        connected(read).send_robust(Book, instance=book)
    (event,) = recording.trace.events_of("fields")
    assert event.data["reads"] == ["author_id", "id", "note", "title"]


class Stamped(models.Model):
    """Has fields that a save sets."""

    made = models.DateTimeField(auto_now_add=True)
    changed = models.DateField(auto_now=True)
    name = models.CharField(max_length=5)

    class Meta:
        app_label = "testapp"
        managed = False


def test_fields_that_a_save_sets_are_said_to_be() -> None:
    """The key, and times of creation and change: two receivers that save are no conflict."""

    def save(instance: Any, **kwargs: Any) -> None:
        instance.id, instance.made, instance.changed, instance.name = 1, None, date(2026, 1, 2), "b"

    instance = Stamped(name="a", made=datetime(2026, 1, 2, tzinfo=UTC))
    with record(**FIELDS) as recording:
        connected(save).send(Stamped, instance=instance)
    (event,) = recording.trace.events_of("fields")
    assert event.data["automatic"] == ["changed", "id", "made"]
    assert len(event.data["changes"]) == 4


class Zone(tzinfo):
    """A time zone of the program's own."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        raise AssertionError("asked")


class Paper(Enum):
    """A value of a field."""

    BROWN = "brown"


class Text(str):
    """Text of the program's own kind."""

    __slots__ = ()


NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (1, 1, True),
        (1, 2, False),
        (1, True, False),
        (1, 1.0, False),
        ("a" * 1_000, "a" * 999 + "a", True),
        (NAN, float("nan"), True),
        (1.5, NAN, False),
        (Decimal("1.0"), Decimal("1.00"), True),
        (Decimal("NaN"), Decimal("NaN"), True),
        (Decimal("sNaN"), Decimal("sNaN"), False),
        (date(2026, 1, 2), date(2026, 1, 2), True),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), True),
        (datetime(2026, 1, 2, tzinfo=Zone()), datetime(2026, 1, 2, tzinfo=Zone()), False),
        (UUID(int=5), UUID(int=5), True),
        ([1], [1], False),
        (Text("a"), Text("a"), False),
        (Paper.BROWN, Paper.BROWN, True),
        (None, ABSENT, False),
        (ABSENT, ABSENT, True),
    ],
)
def test_which_values_are_the_same(one: Any, other: Any, are_same: bool) -> None:
    """Python's own atoms by value, anything else only if it is the very object."""
    assert same(one, other) is are_same


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (2**5_000, ["int"]),
        (1.5, 1.5),
        (NAN, ["float", "nan"]),
        ("new", "new"),
        ("x" * 300, "x" * 199 + "…"),
        (Decimal("12.50"), ["Decimal", "12.50"]),
        (date(2026, 1, 2), ["date", "2026-01-02"]),
        (datetime(2026, 1, 2, tzinfo=Zone()), ["datetime"]),
        (Paper.BROWN, [f"{__name__}.Paper", "BROWN"]),
        (Text("a"), [f"{__name__}.Text"]),
        ([1, 2], ["list"]),
        (ABSENT, []),
    ],
)
def test_how_a_value_is_told(value: Any, shown: Any) -> None:
    """As JSON, and never by asking it."""
    assert told("name", value) == shown
    json.dumps(told("name", value), allow_nan=False)


@pytest.mark.parametrize("function", ["same", "told", "reads_of", "instance_dict"])
def test_after_a_fault_of_ours_it_is_off(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program goes on, and the trace tells, once."""

    def fail(*args: Any) -> Any:
        raise KeyError(function)

    monkeypatch.setattr(looks, function, fail)
    with record(**FIELDS) as recording:
        book = Book(title="a")
        for _ in range(2):
            connected(rename, arename).send(Book, instance=book)
    assert book.title == "a!??!??"
    assert {each.where for each in recording.trace.faults} == {"fields (switched off)"}


def test_a_model_signal_of_django_s() -> None:
    """As a save sends it, with its own keywords."""
    signal = ModelSignal(use_caching=True)
    signal.connect(rename, sender=Book)
    saved = {"created": True, "update_fields": None, "raw": False, "using": "default"}
    with record(**FIELDS) as recording:
        signal.send(Book, instance=Book(title="a"), **saved)
    assert told_by(recording.trace) == [("rename", [["title", "a", "a!"]])]
