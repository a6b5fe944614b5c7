"""How many queries receivers may run: asserted of a block and of what was seen so far."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from signaltrace.capture import statements
from signaltrace.capture.recording import record
from signaltrace.errors import SignaltraceError
from signaltrace.testing import Observed, assert_max_queries, observe
from tests.asserting.conftest import connect
from tests.asserting.shop import Cart, Order, notify, order_paid, reserve, stock_low
from tests.asserting.texts import failure, head
from tests.testapp.models import Author

pytestmark = pytest.mark.django_db


def ask(**kwargs: Any) -> None:
    """Runs the same query twice, and another."""
    for pk in (1, 2):
        Author.objects.filter(pk=pk).exists()
    Author.objects.count()


def ask_once(**kwargs: Any) -> None:
    """Runs one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_as_many_as_are_allowed() -> None:
    """At most means at most; queries outside of receivers are not counted, nor what was before."""
    connect(order_paid, ask, notify)
    order_paid.send(Order)
    with (
        assert_max_queries(3) as seen,
        assert_max_queries(0, notify),
        assert_max_queries(0, signal=stock_low),
    ):
        Author.objects.count()
        order_paid.send(Order)
        assert len(seen.calls(ask)) == 1
        seen.assert_max_queries(3, ask, order_paid, Order)


def test_too_many() -> None:
    """The message has the number, each statement with its receiver and line, and the tree."""
    connect(order_paid, ask, reserve)
    connect(stock_low, ask_once)
    with observe() as seen:
        order_paid.send(Order)
    first, *listed = head(seen.assert_max_queries, 3)
    assert first == "expected at most 3 queries in receivers, ran 4"
    name, file, line = f"{__name__}.ask", __file__, ask.__code__.co_firstlineno
    assert listed[0].startswith("  twice: SELECT ? AS a FROM testapp_author WHERE id = ?")
    assert listed[0].endswith(f"({name}, line {line + 3} of {file})")
    assert sorted(each.split(":")[0] for each in listed[1:]) == ["  once", "  once"]
    assert f"  once: SELECT ? ({name}_once, line {ask_once.__code__.co_firstlineno + 3} of {file})" in listed
    assert "reserve" in failure(seen.assert_max_queries, 3).split("\n\n")[1]


def test_what_no_receiver_heard_is_left_out() -> None:
    """It ran no query of a receiver, and a model sends much of it."""
    connect(order_paid, ask)
    with observe() as seen:
        stock_low.send(Cart)
        order_paid.send(Order)
    said = failure(seen.assert_max_queries, 0)
    assert "stock_low" not in said
    assert "order_paid" in said.split("\n\n")[1]
    assert "stock_low" in failure(seen.assert_not_sent, order_paid)


def test_statements_are_told_in_short() -> None:
    """As the views do: lists of columns say nothing."""
    connect(order_paid, lambda **kwargs: list(Author.objects.filter(pk=1)))
    with observe() as seen:
        order_paid.send(Order)
    assert "once: SELECT … FROM testapp_author WHERE id = ? (" in head(seen.assert_max_queries, 0)[1]


def test_what_is_asked_for_is_said() -> None:
    """By receiver, signal and sender; a query counts for the innermost receiver alone."""
    connect(order_paid, ask, reserve)
    connect(stock_low, ask_once)
    with observe() as seen:
        order_paid.send(Order)
    seen.assert_max_queries(0, reserve)
    assert head(seen.assert_max_queries, 1, ask)[0] == f"expected at most 1 query in {__name__}.ask, ran 3"
    said = head(seen.assert_max_queries, 0, signal=stock_low, sender=Cart)[0]
    assert said == "expected at most 0 queries in receivers for stock_low from Cart, ran 1"


def test_a_block_that_runs_too_many() -> None:
    """Asserted at its end, where it did not raise."""
    connect(order_paid, ask)
    said = r"^expected at most 2 queries in receivers, ran 3\n"
    with pytest.raises(AssertionError, match=said), assert_max_queries(2):
        order_paid.send(Order)
    with pytest.raises(KeyError), assert_max_queries(2):
        order_paid.send(Order)
        raise KeyError


def test_more_statements_than_are_listed() -> None:
    """The ten that ran most, and how many there are besides."""

    def ask_much(**kwargs: Any) -> None:
        with connection.cursor() as cursor:
            for name in "abcdefghijkl":
                cursor.execute(f"SELECT 1 AS {name}")

    connect(order_paid, ask_much)
    with observe() as seen:
        order_paid.send(Order)
    lines = head(seen.assert_max_queries, 0)
    assert len(lines) == 12
    assert lines[-1] == "  and 2 more statements"


@pytest.mark.parametrize("most", [-1, 1.5, True, None, "3"])
def test_what_is_no_number(most: Any) -> None:
    """Refused before the block runs, and in one line."""
    said = f"the most queries is a number, 0 or more, not {str(most)!r}"
    with pytest.raises(SignaltraceError) as refused:
        assert_max_queries(most)
    assert str(refused.value) == said
    with observe() as seen, pytest.raises(SignaltraceError, match="the most queries is a number"):
        seen.assert_max_queries(most)


def test_what_was_not_watched_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording without queries, and one that failed to watch them, can't be asserted on."""
    with record(orphaned=True, probes=()) as recording:
        seen = Observed(recording)
    with pytest.raises(SignaltraceError, match="watches no queries"):
        seen.assert_max_queries(5)

    def fail(sql: str, vendor: str) -> str:
        raise LookupError("our own fault")

    monkeypatch.setattr(statements, "fingerprint", fail)
    connect(order_paid, ask)
    with observe() as seen:
        order_paid.send(Order)
    with pytest.raises(SignaltraceError) as refused:
        seen.assert_max_queries(5)
    said = "queries were not all recorded, and can't be asserted on: LookupError: our own fault"
    assert str(refused.value) == said
