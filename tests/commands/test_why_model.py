"""What ``why --model`` prints, through a door: one model's receivers, or one line that says why not."""

from __future__ import annotations

import io

import pytest
from django.db.models.signals import post_delete, post_save

from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.why_model import show_model
from signaltrace.errors import SignaltraceError
from tests.testapp.models import Book, Ebook


def hear(sender, **kwargs):
    """A receiver of the test's own."""


@pytest.fixture(autouse=True)
def connected():
    """Of saves of the parent, and of deletes of any model."""
    post_save.connect(hear, sender=Book)
    post_delete.connect(hear)
    yield
    post_save.disconnect(hear, sender=Book)
    post_delete.disconnect(hear)


def printed(label):
    out = io.StringIO()
    show_model(Door("manage.py signaltrace", "manage.py", Stream(out), Stream(io.StringIO())), label)
    return out.getvalue()


def test_what_runs_for_a_model():
    """Read from the live process."""
    text = printed("testapp.Book")
    assert "tests.commands.test_why_model.hear" in text
    assert "testapp.Ebook.book_ptr" in text
    assert "fast delete lost" in text


def test_a_receiver_of_the_parent_is_not_the_childs():
    """Matched by identity."""
    text = " ".join(printed(Ebook._meta.label).split())
    assert f"connected to post_save of {Book._meta.label}, a parent." in text


def test_a_model_there_is_not():
    """One line that names the nearest."""
    with pytest.raises(
        SignaltraceError, match=r"no model is called 'testapp.Bok'; the closest is testapp.Book$"
    ):
        printed("testapp.Bok")


def test_what_the_source_declares_and_nothing_connected(monkeypatch):
    """A receiver of the model whose module nobody imported is told, with its line."""
    from dataclasses import replace

    from signaltrace.inventory import facts_read
    from signaltrace.inventory.source import parse_module

    text = (
        "from django.db.models.signals import post_save\n"
        "from django.dispatch import receiver\n"
        "from tests.testapp.models import Book, Ebook\n"
        "@receiver(post_save, sender=Book)\ndef late(sender, **kwargs): pass\n"
        "@receiver(post_save, sender=Ebook)\ndef other(sender, **kwargs): pass\n"
    )
    late = parse_module(text, "shop.late", "/srv/shop/late.py")
    read = facts_read.read_facts

    def with_late():
        found = read()
        return replace(found, source=replace(found.source, modules=(*found.source.modules, late)))

    monkeypatch.setattr(facts_read, "read_facts", with_late)
    text = " ".join(printed("testapp.Book").split())
    assert (
        "Does not run: shop.late.late (post_save, /srv/shop/late.py:4): its module was never imported."
        in text
    )
    assert "shop.late.other" not in text
