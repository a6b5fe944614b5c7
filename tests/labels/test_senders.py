"""Senders' names: a model by its label, everything else so that it can be recognised."""

import functools
import sys
from typing import Any

import pytest
from django.apps import apps
from django.utils.functional import SimpleLazyObject

from signaltrace.labels.senders import describe_sender
from signaltrace.trace import SenderInfo
from tests.labels.strangers import KINDS, Woken, stranger
from tests.testapp.models import Book, Ebook, ProxyBook

ME = __name__


class Cart:
    """A sender that is no model."""


def place_order() -> None:
    """Functions send too."""


class FakeModel:
    """Has a `_meta`, and is no model."""

    _meta = object()


SENDERS: list[tuple[Any, str, str]] = [
    (None, "any sender", ""),
    (Book, "testapp.Book", "testapp"),
    (ProxyBook, "testapp.ProxyBook", "testapp"),
    (Ebook, "testapp.Ebook", "testapp"),
    (Book.tags.through, "testapp.Book_tags", "testapp"),
    (Cart, f"{ME}.Cart", "tests"),
    (FakeModel, f"{ME}.FakeModel", "tests"),
    (Cart(), f"instance of {ME}.Cart", "tests"),
    (Book(pk=3), "instance of testapp.Book", "testapp"),
    (apps.get_app_config("testapp"), "app testapp", "testapp"),
    (sys.modules[ME], f"module {ME}", "tests"),
    (place_order, f"{ME}.place_order", "tests"),
    (functools.partial(place_order), f"partial({ME}.place_order)", "tests"),
    ("web", "web", ""),
    ("", "", ""),
    ("x" * 81, "x" * 39 + "…" + "x" * 40, ""),
    (5, "instance of int", "builtins"),
    (int, "int", "builtins"),
]


@pytest.mark.parametrize(("sender", "name", "app"), SENDERS, ids=[name[:30] for _, name, _ in SENDERS])
def test_each_kind_of_sender_has_its_form(sender: Any, name: str, app: str) -> None:
    """Model label, dotted name, text, app, module, or the type of an instance."""
    assert describe_sender(sender) == SenderInfo(name, app)


STRANGE = {
    "instance": "instance of tests.labels.strangers.all_strangers.<locals>.Alert",
    "by metaclass": "instance of tests.labels.strangers.all_strangers.<locals>.AlertByMeta",
    "own dict": "instance of tests.labels.strangers.all_strangers.<locals>.OwnDict",
    "class": "tests.labels.strangers.all_strangers.<locals>.Alert",
    "class with metaclass": "tests.labels.strangers.all_strangers.<locals>.AlertByMeta",
    "class with own dict": "tests.labels.strangers.all_strangers.<locals>.OwnDict",
    "module": "module lazy",
}


@pytest.mark.parametrize("kind", KINDS)
def test_looking_runs_no_code_of_the_sender(kind: str) -> None:
    """Senders may be anything; those that mind being looked at are named by their true type."""
    try:
        name = describe_sender(stranger(kind)).name
    except Woken:
        pytest.fail("user code ran")
    assert name == STRANGE[kind]


def test_a_lazy_object_stays_asleep() -> None:
    """`isinstance` would wake it: it may raise, or query the database."""

    def wake() -> Any:
        raise Woken

    assert (
        describe_sender(SimpleLazyObject(wake)).name == "instance of django.utils.functional.SimpleLazyObject"
    )
