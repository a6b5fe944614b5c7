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
    assert f"connected to post_save of {Book._meta.label}, a parent." in printed(Ebook._meta.label)


def test_a_model_there_is_not():
    """One line that names the nearest."""
    with pytest.raises(
        SignaltraceError, match=r"no model is called 'testapp.Bok'; the closest is testapp.Book$"
    ):
        printed("testapp.Bok")
