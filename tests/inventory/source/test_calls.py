"""Sends and writes in bulk."""

from __future__ import annotations

import pytest

from signaltrace.declarations import LABEL, NAME, NOTHING, UNDECIDED
from tests.inventory.source.reading import POST_SAVE, pair, said

BOOK = (NAME, "shop.models.Book")


@pytest.mark.parametrize("method", ["send", "send_robust", "asend", "asend_robust"])
def test_the_four_ways_to_send(method: str) -> None:
    """With the sender, by place or by keyword, and the function that does it."""
    call = f"post_save.{method}"
    text = f"def go():\n    {call}(Book, a=1)\n    {call}(sender=Book)\n{call}(None)\n"
    first, second, third = said(text).sends
    assert (first.method, first.line, first.scope, third.scope) == (method, 5, "go", "")
    assert [pair(each.sender) for each in (first, second, third)] == [BOOK, BOOK, (NOTHING, "")]
    assert {pair(each.signal) for each in (first, second, third)} == {(NAME, POST_SAVE)}


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("post_save.send(sender=self.__class__)", (UNDECIDED, "")),
        ("post_save.send(sender=type(x))", (UNDECIDED, "")),
        ("post_save.send(**what)", (UNDECIDED, "")),
        ("post_save.send(sender=f)", (UNDECIDED, "")),
    ],
)
def test_a_sender_that_is_undecided(text: str, sender: object) -> None:
    """An object's class is what it is when it runs."""
    assert [pair(each.sender) for each in said(text + "\n").sends] == [sender]


@pytest.mark.parametrize(
    "text",
    [
        "socket.send(data)",
        "def g(generator):\n    generator.send(None)",
        "EmailMessage().send()",
        "mail.send(sender='a@example.com', to=to)",
        "sock = make()\nsock.send(sender=1)",
        "client = Client()\nclient.send(sender=Book)",
    ],
)
def test_a_send_of_something_else_is_none(text: str) -> None:
    """Sockets, generators and letters are sent too."""
    assert said(text + "\n").sends == ()


def test_a_send_of_what_may_be_a_signal_is_told_as_undecided() -> None:
    """Nobody may say then that a signal is never sent."""
    text = (
        "class V:\n    def go(self):\n"
        "        self.view_signal.send(sender=self)\n        self.done.send(sender=self)\n"
    )
    assert [(each.signal.kind, each.signal.text) for each in said(text).sends] == [
        (UNDECIDED, "self.view_signal"),
        (UNDECIDED, "self.done"),
    ]


@pytest.mark.parametrize(
    ("text", "operation", "model"),
    [
        ("Book.objects.update(a=1)", "update", BOOK),
        ("Book.objects.filter(a=1).update(a=1)", "update", BOOK),
        ("Book.objects.filter(a=1).exclude(b=1)[:5].update(a=1)", "update", BOOK),
        ("Book._default_manager.using('x').update(a=1)", "update", BOOK),
        ("Book.published.update(a=1)", "update", BOOK),
        ("Book.objects.of(user).update(a=1)", "update", BOOK),
        ("await_ = Book.objects.aupdate(**values)", "aupdate", BOOK),
        ("Book.objects.bulk_create(books)", "bulk_create", BOOK),
        ("Book.objects.abulk_create(books)", "abulk_create", BOOK),
        ("Book.objects.bulk_update(books, ['a'])", "bulk_update", BOOK),
        ("Book.objects.abulk_update(books, ['a'])", "abulk_update", BOOK),
        ("Book.objects.filter(a=1)._raw_delete('default')", "_raw_delete", BOOK),
        ("import shop.models as m\nm.Book.objects.update(a=1)", "update", BOOK),
        ("Book.tags.through.objects.bulk_create(x)", "bulk_create", (NAME, "shop.models.Book.tags.through")),
        ("from .models import Book as book\nbook.objects.update(a=1)", "update", BOOK),
        (
            "from django.apps import apps\napps.get_model('shop', 'Book').objects.update(a=1)",
            "update",
            (LABEL, "shop.Book"),
        ),
        (
            "from django.apps import apps\nB = apps.get_model('shop.Book')\nB.objects.update(a=1)",
            "update",
            (LABEL, "shop.Book"),
        ),
        ("def g():\n    books = Book.objects.filter(a=1)\n    books.update(a=1)", "update", BOOK),
        (
            "def g():\n    q = Book.objects.all()\n    q = q.filter(a=1)\n    q.order_by('a').update(a=1)",
            "update",
            BOOK,
        ),
        (
            (
                "def g():\n    if a:\n        q = Book.objects.all()\n"
                "    else:\n        q = Book.objects.none()\n    q.update(a=1)"
            ),
            "update",
            BOOK,
        ),
        (
            (
                "def g():\n    q = Book.objects.all()\n"
                "    if a:\n        q = Order.objects.all()\n    q.update(a=1)"
            ),
            "update",
            (UNDECIDED, ""),
        ),
        ("def g(qs):\n    qs.filter(a=1).update(a=1)", "update", (UNDECIDED, "")),
        ("def g(self):\n    self.get_queryset().update(a=1)", "update", (UNDECIDED, "")),
        ("def g(cls):\n    cls.objects.bulk_create(a)", "bulk_create", (UNDECIDED, "")),
        ("Book.objects.get(pk=1).tags.filter(a=1).update(a=1)", "update", (UNDECIDED, "")),
        ("def g(Book):\n    Book.objects.update(a=1)", "update", (UNDECIDED, "")),
    ],
)
def test_writes_in_bulk_and_their_model(text: str, operation: str, model: object) -> None:
    """The class before the manager, through methods of a queryset and names that keep one."""
    (found,) = said(text + "\n").bulk
    assert (found.operation, pair(found.model)) == (operation, model)


@pytest.mark.parametrize(
    "text",
    [
        "d = {}\nd.update(a=1)",
        "d.update({'a': 1})",
        "Config.values.update({'a': 1})",
        "Config.values.update(more, a=1)",
        "hashlib.sha1().update(data)",
        "digest.update(b'')",
        "self.fields.update(a=1)",
        "context.update(a=1)",
        "super().update(a=1)",
        "Book.objects.get(pk=1).update(a=1)",
        "seen.update(Book.objects.all())",
        "order.lines.update(a=1)",
        "def g(widgets):\n    widgets['a'].attrs.update(a=1)",
    ],
)
def test_other_things_are_updated_too(text: str) -> None:
    """Dicts, sets, digests, forms: none of them writes rows."""
    assert said(text + "\n").bulk == ()


def test_a_loop_over_models_is_a_write_for_each() -> None:
    """As for connects."""
    found = said("for M in (Book, Order):\n    M.objects.update(a=1)\n").bulk
    assert [pair(each.model) for each in found] == [BOOK, (NAME, "shop.models.Order")]
