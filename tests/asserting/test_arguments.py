"""Arguments in assertions: compared as they were recorded when the signal was sent."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any
from unittest import mock
from unittest.mock import ANY

import pytest
from django.db.models.signals import post_delete, post_save, pre_save

import signaltrace
from signaltrace.errors import SignaltraceError
from signaltrace.testing import Observed, assert_not_sent, assert_sent
from tests.asserting.conftest import connect
from tests.asserting.shop import Cart, Order, notify, order_paid
from tests.asserting.texts import head
from tests.testapp.models import Author, Book, Tag


@pytest.mark.parametrize(
    ("sent", "same", "other"),
    [
        (5, 5, 6),
        (2.5, 2.5, 2.6),
        (None, None, 0),
        (True, True, False),
        ("card", "card", "cash"),
        ("a" * 200, "a" * 200, "a" * 199 + "b"),
        ("a" * 201, mock.ANY, "a" * 200),
        ([1, 2], [1, 2], [2, 1]),
        ({"b", "a"}, {"a", "b"}, {"a", "c"}),
        (Author(pk=7), Author(pk=7, name="other"), Author(pk=8)),
        (Author(pk=7), Author(pk=7), Tag(pk=7)),
        (uuid.UUID(int=1), uuid.UUID(int=1), uuid.UUID(int=2)),
        (Decimal(1), Decimal("1"), Decimal(2)),
        (Order, Order, Cart),
    ],
)
def test_values(seen: Observed, sent: Any, same: Any, other: Any) -> None:
    """Atoms by value, instances by model and key, what Python itself can write down by its text."""
    connect(order_paid, notify)
    order_paid.send(Order, value=sent)
    assert len(seen.assert_sent(order_paid, times=1, value=same)) == 1
    assert len(seen.dispatches(order_paid, value=same)) == 1
    seen.assert_not_sent(order_paid, value=other)
    assert seen.dispatches(order_paid, value=other) == []


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a" * 201, "the first 200 characters"),
        (list(range(20)), "its type and size, list of 20,"),
        ({"a": 1}, "its type and size, dict of 1,"),
        (b"a", "its type and size, bytes of 1,"),
        (Order(), "its type, tests.asserting.shop.Order,"),
        ([1.5, object()], "its type and size, list of 2,"),
    ],
)
def test_values_that_others_would_pass_for_are_refused(seen: Observed, value: Any, kept: str) -> None:
    """An assertion that holds of anything of the kind would be worse than none; mock.ANY says it."""
    order_paid.send(Order, value=value)
    said = f"value: of such a value {kept} alone is recorded: it can't be compared, only mock.ANY"
    with pytest.raises(SignaltraceError) as refused:
        seen.assert_sent(order_paid, value=value)
    assert str(refused.value) == said
    with pytest.raises(SignaltraceError):
        assert_sent(order_paid, value=value)
    seen.assert_sent(order_paid, value=mock.ANY)


def test_all_of_them_have_to_be_as_expected(seen: Observed) -> None:
    """Those not named may be anything; of those named one alone is not enough."""
    order_paid.send(Order, total=5, by="card")
    order_paid.send(Order, total=6, by="cash")
    assert len(seen.dispatches(total=5)) == 1
    assert len(seen.dispatches(total=5, by="card")) == 1
    assert seen.dispatches(total=5, by="cash") == []
    seen.assert_not_sent(order_paid, total=5, nothing=None)


def test_arguments_that_are_called_as_ours_are(seen: Observed) -> None:
    """A signal may have arguments called times, arguments or receiver: they go into a dict, or fit."""
    order_paid.send(Order, times=3, arguments=4, total=5, receiver=6, given=7)
    for times in (3, 4):
        found = seen.dispatches(arguments={"times": times, "arguments": 4}, total=5, receiver=6, given=7)
        assert len(found) == (times == 3)
    seen.assert_sent(
        order_paid, times=1, arguments={"times": 3, "arguments": 4}, total=5, receiver=6, given=7
    )
    seen.assert_not_sent(order_paid, arguments={"times": 4}, receiver=6)
    with assert_sent(order_paid, arguments={"times": 3}, given=7):
        order_paid.send(Order, times=3, given=7)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda seen: seen.assert_sent(order_paid, arguments=[1]),
            "arguments is a dict of names and values, not list",
        ),
        (
            lambda seen: seen.assert_sent(order_paid, arguments={"a": 1}, a=1),
            "a is given twice: as a keyword and in arguments",
        ),
        (lambda seen: seen.assert_sent(order_paid, arguments={5: 1}), "arguments go by str, not by int"),
        (
            lambda seen: seen.dispatches(password="x"),
            "password is masked when it is recorded, as what looks secret is: its value can't be compared",
        ),
        (
            lambda seen: seen.assert_not_sent(order_paid, api_token="x"),
            "api_token is masked when it is recorded",
        ),
        (lambda seen: assert_sent(order_paid, session_key="x"), "session_key is masked when it is recorded"),
    ],
)
def test_arguments_that_cannot_be_compared(seen: Observed, ask: Any, said: str) -> None:
    """A masked value would be like any other: to compare it is refused, not passed."""
    order_paid.send(Order, password="x", api_token="x")
    with pytest.raises(SignaltraceError) as caught:
        ask(seen)
    assert str(caught.value).startswith(said)


def test_any(seen: Observed) -> None:
    """mock.ANY asks only that there is such an argument, a masked one too."""
    order_paid.send(Order, total=5, password="x")
    seen.assert_sent(order_paid, times=1, total=ANY, password=ANY)
    assert head(seen.assert_sent, order_paid, sum=ANY) == [
        "expected order_paid with sum=ANY, not sent",
        "it was sent from Order with total=5, password='********'",
    ]


def test_the_usual_arguments_of_a_save(seen: Observed) -> None:
    """They are recorded only where they say something, and can be asserted either way."""
    author = Author(pk=3)
    post_save.send(Author, instance=author, created=True, update_fields=None, raw=False, using="default")
    post_save.send(Author, instance=author, created=False, update_fields={"name"}, raw=True, using="other")
    usual = {"raw": False, "using": "default", "update_fields": None}
    assert len(seen.assert_sent(post_save, Author, 1, instance=author, created=True, **usual)) == 1
    assert len(seen.assert_sent(post_save, times=1, raw=True, using="other", update_fields={"name"})) == 1
    assert head(seen.assert_sent, post_save, created=True, raw=True) == [
        "expected django.db.models.signals.post_save with created=True, raw=True, not sent",
        "it was sent from testapp.Author with instance=testapp.Author pk=3, created=True",
        "            from testapp.Author with created=False, raw=True",
    ]


def test_a_recording_without_arguments() -> None:
    """It has nothing to compare with."""
    with signaltrace.record(orphaned=True, arguments="none") as recording:
        order_paid.send(Order, total=5)
    seen = Observed(recording)
    seen.assert_sent(order_paid, Order, times=1)
    with pytest.raises(
        SignaltraceError, match=r"^this recording keeps no arguments: they can't be compared$"
    ):
        seen.assert_not_sent(order_paid, total=6)


@pytest.mark.django_db
def test_an_instance_that_the_block_saves_or_deletes() -> None:
    """Its key is given or taken away in the block: it is compared as it was before, and as it is after."""
    author = Author(name="A")
    with (
        assert_sent(pre_save, Author, times=1, instance=author),
        assert_sent(post_save, Author, times=1, instance=author, created=True),
    ):
        author.save()
    with assert_sent(post_delete, Author, times=1, instance=author):
        author.delete()
    assert author.pk is None
    with pytest.raises(AssertionError), assert_not_sent(post_save, instance=author):
        author.save()


@pytest.mark.django_db
def test_to_look_at_an_argument_runs_no_code_of_its_own(seen: Observed) -> None:
    """An instance whose ``__str__`` queries the database is compared and told of without it."""
    book = Book(pk=4, title="T", author_id=99)
    order_paid.send(Book, book=book)
    assert head(seen.assert_sent, order_paid, book=Book(pk=5, author_id=99)) == [
        "expected order_paid with book=testapp.Book pk=5, not sent",
        "it was sent from testapp.Book with book=testapp.Book pk=4",
    ]
