"""What a dispatch was sent: summarised at once, by type and pk, without waking or trusting anything."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.dispatch import Signal
from django.utils.functional import SimpleLazyObject

from signaltrace.capture.recording import record
from tests.testapp.models import Author, Book, Tag


def summary(**named: Any) -> dict[str, Any]:
    """The arguments a trace has of one dispatch with these keywords."""
    signal = Signal()

    def receiver(**kwargs: Any) -> None:
        pass

    signal.connect(receiver, weak=False)
    with record() as recording:
        signal.send(Book, **named)
    assert recording.trace.faults == []
    return recording.trace.roots()[0].arguments


class Plain:
    """An object without anything special."""


class Mind:
    """An object that minds being looked at in any way."""

    def _refuse(self, *args: object) -> Any:
        raise AssertionError("was looked at")

    __repr__ = __str__ = __hash__ = __eq__ = __len__ = __iter__ = __bool__ = __getattr__ = _refuse  # type: ignore[assignment]
    __class__ = property(_refuse)  # type: ignore[assignment]


@pytest.mark.parametrize("value", [None, True, False, 0, -5, 10**30, 1.5, "", "text", "ü" * 200])
def test_atoms_are_kept_as_they_are(value: Any) -> None:
    """What is short, plain and immutable needs no summary."""
    kept = summary(value=value)["value"]
    assert (kept, type(kept)) == (value, type(value))


def test_long_text_is_cut() -> None:
    """A request body among the keywords does not make the trace grow."""
    assert summary(value="x" * 201) == {"value": "x" * 199 + "…"}


@pytest.mark.parametrize(
    ("value", "described"),
    [
        ([1, 2], {"type": "list", "items": (1, 2)}),
        (["b", "a"], {"type": "list", "items": ("b", "a")}),
        ({"b", "a"}, {"type": "set", "items": ("a", "b")}),
        (frozenset({2, 10}), {"type": "frozenset", "items": (10, 2)}),
        ((), {"type": "tuple", "items": ()}),
        (list(range(9)), {"type": "list", "len": 9}),
        ([1, None], {"type": "list", "len": 2}),
        (["x" * 41], {"type": "list", "len": 1}),
        ({"a": 1}, {"type": "dict", "len": 1}),
        (b"raw", {"type": "bytes", "len": 3}),
        (Plain(), {"type": "tests.capture.test_arguments.Plain"}),
        (Plain, {"type": "class", "name": "tests.capture.test_arguments.Plain"}),
        (Tag, {"type": "class", "name": "testapp.Tag"}),
    ],
)
def test_other_values_are_described(value: Any, described: dict[str, Any]) -> None:
    """By type, size, or name: never by running the code of what is described."""
    assert summary(value=value) == {"value": described}


def test_an_object_that_minds_is_left_alone() -> None:
    """Alone, in a list, and in the place of a model instance."""
    described = {"type": "tests.capture.test_arguments.Mind"}
    assert summary(value=Mind(), several=[Mind()]) == {
        "value": described,
        "several": {"type": "list", "len": 1},
    }
    assert summary(**save_keywords(instance=Mind())) == {"instance": described, "created": True}


def test_a_subclass_of_an_atom_is_no_atom() -> None:
    """A str subclass may compute itself when asked, as translations do."""

    class Text(str):
        __slots__ = ()

    kept = summary(value=Text("x"))["value"]
    assert kept == {"type": f"{__name__}.test_a_subclass_of_an_atom_is_no_atom.<locals>.Text"}


def test_model_instances_are_known_by_label_and_pk() -> None:
    """Saved, unsaved, with a pk of another kind: read from __dict__ alone."""
    assert summary(book=Book(pk=5)) == {"book": {"type": "testapp.Book", "pk": 5}}
    assert summary(book=Book()) == {"book": {"type": "testapp.Book", "pk": None}}
    assert summary(book=Book(pk="five")) == {"book": {"type": "testapp.Book", "pk": "five"}}
    number = uuid.UUID(int=7)
    assert summary(book=Book(pk=number)) == {"book": {"type": "testapp.Book", "pk": str(number)}}
    assert summary(book=Book(pk=Plain())) == {"book": {"type": "testapp.Book", "pk": "<Plain>"}}


def test_a_deferred_pk_or_a_stripped_instance_asks_no_database() -> None:
    """No database is set up here: a query would fail the test."""
    book = Book(pk=5)
    del book.__dict__["id"]
    assert summary(book=book) == {"book": {"type": "testapp.Book", "pk": None}}


def test_lazy_objects_stay_asleep() -> None:
    """isinstance() alone would wake one."""
    woken: list[bool] = []
    lazy = SimpleLazyObject(lambda: woken.append(True))
    assert summary(user=lazy) == {"user": {"type": "django.utils.functional.SimpleLazyObject"}}
    assert woken == []


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "passwd",
        "access_token",
        "SECRET",
        "client_secret",
        "key",
        "api_key",
        "apikey",
        "keys",
        "authorization",
        "cookie",
        "cookies",
        "session",
        "session_id",
        "credentials",
    ],
)
def test_values_under_secret_names_are_masked(name: str) -> None:
    """A trace may be saved, sent and pasted."""
    assert summary(**{name: "s3cret"}) == {name: "********"}


@pytest.mark.parametrize("name", ["keyword", "author", "monkey", "passenger", "keyboard"])
def test_names_that_only_resemble_are_not_masked(name: str) -> None:
    """A mask on everything says nothing."""
    assert summary(**{name: "plain"}) == {name: "plain"}


def save_keywords(**changed: Any) -> dict[str, Any]:
    """What Django sends with post_save."""
    return {
        "instance": Book(pk=5),
        "created": True,
        "update_fields": None,
        "raw": False,
        "using": "default",
        **changed,
    }


BOOK = {"type": "testapp.Book", "pk": 5}


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, {"instance": BOOK, "created": True}),
        ({"created": "yes"}, {"instance": BOOK, "created": "yes"}),
        ({"instance": 5}, {"instance": 5, "created": True}),
        ({"raw": True}, {"instance": BOOK, "created": True, "raw": True}),
        ({"using": "replica"}, {"instance": BOOK, "created": True, "using": "replica"}),
        (
            {"update_fields": frozenset({"title"})},
            {
                "instance": BOOK,
                "created": True,
                "update_fields": {"type": "frozenset", "items": ("title",)},
            },
        ),
        ({"more": 1}, {"instance": BOOK, "created": True, "more": 1}),
    ],
)
def test_saves_keep_what_tells_something(changed: dict[str, Any], kept: dict[str, Any]) -> None:
    """raw, using and update_fields only where they are unusual, and nobody's word is taken for a type."""
    summary(**save_keywords())  # the second of a class goes the short way
    assert summary(**save_keywords(**changed)) == kept


def test_pre_save_has_no_created() -> None:
    """The four keywords of pre_save are summarised likewise."""
    keywords = save_keywords()
    del keywords["created"]
    signal = Signal()
    signal.connect(lambda **kwargs: None, weak=False)
    with record() as recording:
        signal.send(Book, **keywords)
        signal.send(Book, **keywords)
    assert [root.arguments for root in recording.trace.roots()] == [{"instance": BOOK}, {"instance": BOOK}]


def test_arguments_are_of_the_moment_of_sending() -> None:
    """A receiver that changes the instance does not change what was sent."""
    signal = Signal()

    def receiver(book: Book, **kwargs: Any) -> None:
        book.pk = 99

    signal.connect(receiver, weak=False)
    with record() as recording:
        signal.send(Book, book=Book(pk=1))
    assert recording.trace.roots()[0].arguments == {"book": {"type": "testapp.Book", "pk": 1}}


def test_none_records_none() -> None:
    """Whoever may not keep arguments can leave them out of memory and file."""
    signal = Signal()
    signal.connect(lambda **kwargs: None, weak=False)
    with record(arguments="none") as recording:
        signal.send(Book, book=Book(pk=1), text="x")
    assert recording.trace.roots()[0].arguments == {}
    assert "testapp.Book pk" not in str(recording.trace.to_dict())


def test_swapped_and_related_models_have_their_own_labels() -> None:
    """The label is the class's own."""
    assert summary(user=User(pk=2), author=Author(pk=3)) == {
        "user": {"type": "auth.User", "pk": 2},
        "author": {"type": "testapp.Author", "pk": 3},
    }


def test_a_number_too_long_to_write_costs_no_arguments() -> None:
    """Python refuses to turn thousands of digits into text: such a set is told by its size."""
    signal = Signal()
    signal.connect(lambda **kwargs: None, weak=False)
    with record() as recording:
        signal.send(None, numbers={10**5_000, 3}, short={10**20, 3})
        signal.send(None, other=1)
    assert [span.arguments for span in recording.trace.roots()] == [
        {"numbers": {"type": "set", "len": 2}, "short": {"type": "set", "items": (10**20, 3)}},
        {"other": 1},
    ]
    assert recording.trace.faults == []


class Paper(enum.Enum):
    """An enum's member is an object of the program's; its name stands in its own dict."""

    BROWN = "brown"

    def __str__(self) -> str:
        raise AssertionError("asked for its text")


class Zone(datetime.tzinfo):
    """A time zone of the program's own, whose code is not to run."""

    def utcoffset(self, when: Any) -> Any:
        raise AssertionError("asked for its offset")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (decimal.Decimal("39.90"), {"type": "Decimal", "value": "39.90"}),
        (decimal.Decimal(10) ** 27 + 1, {"type": "Decimal", "value": "1000000000000000000000000001"}),
        (decimal.Decimal("7" * 500), {"type": "Decimal"}),
        (datetime.date(2026, 1, 2), {"type": "date", "value": "2026-01-02"}),
        (datetime.datetime(2026, 1, 2, 3, 4), {"type": "datetime", "value": "2026-01-02 03:04:00"}),  # noqa: DTZ001
        (
            datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
            {"type": "datetime", "value": "2026-01-02 00:00:00+00:00"},
        ),
        (datetime.datetime(2026, 1, 2, tzinfo=Zone()), {"type": "datetime"}),
        (datetime.time(3, 4), {"type": "time", "value": "03:04:00"}),
        (datetime.timedelta(seconds=90), {"type": "timedelta", "value": "0:01:30"}),
        (uuid.UUID(int=7), {"type": "UUID", "value": "00000000-0000-0000-0000-000000000007"}),
        (Paper.BROWN, {"type": f"{__name__}.Paper", "name": "BROWN"}),
    ],
    ids=map(str, range(11)),  # pytest would ask the member for its text
)
def test_values_of_python_s_own_types_are_written_down(value: Any, kept: dict[str, Any]) -> None:
    """So that an assertion can tell one amount or date from another; no code of the program's runs."""
    assert summary(value=value) == {"value": kept}


def test_a_subclass_of_such_a_type_is_known_by_its_type() -> None:
    """Its text is of its own making."""

    class Amount(decimal.Decimal):
        def __str__(self) -> str:
            raise AssertionError("asked for its text")

    assert summary(value=Amount(5)) == {
        "value": {"type": f"{__name__}.test_a_subclass_of_such_a_type_is_known_by_its_type.<locals>.Amount"}
    }
