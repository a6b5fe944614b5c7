"""What is told of an exception: a database quotes the data in its messages, and data is never recorded."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from signaltrace.capture.failures import describe_error, without_values


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("UNIQUE constraint failed: shop_book.slug", "UNIQUE constraint failed: shop_book.slug"),
        (
            'duplicate key value violates unique constraint "book_slug"\nDETAIL:  (slug)=(hidden) exists.',
            'duplicate key value violates unique constraint "book_slug"',
        ),
        (
            'invalid input syntax for type integer: "hidden"\nLINE 1: …',
            "invalid input syntax for type integer: ?",
        ),
        ("(1062, \"Duplicate entry 'hidden' for key 'slug'\")", '(1062, "Duplicate entry ? for key ?")'),
        ("value 'it''s hidden", "value ?"),
    ],
)
def test_values_of_a_database_are_left_out(message: str, told: str) -> None:
    """Names in the middle stay; what is quoted of a row does not."""
    assert without_values(message) == told


def test_only_a_database_speaks_of_values() -> None:
    """What a program says itself is told as it is, as the README has it."""
    assert describe_error(IntegrityError("no 'hidden'"))[1] == "no ?"
    assert describe_error(ValueError("no 'hidden'"))[1] == "no 'hidden'"
