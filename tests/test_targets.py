"""What a user names: every way to name one thing, and the refusal of what nothing goes by."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from django.db.models.signals import post_save
from django.dispatch import Signal

from signaltrace import targets
from signaltrace.errors import SignaltraceError
from signaltrace.targets import Target, fits, receiver_target, sender_target, signal_target
from tests.testapp.models import Book, Ebook

paid = Signal()
alias = paid
also = post_save
NOT_A_RECEIVER = "text"


def notify(**kwargs: Any) -> None:
    """A receiver that is not connected."""


class Updater:
    """Receivers that are methods."""

    def refresh(self, **kwargs: Any) -> None:
        """A bound method."""

    @staticmethod
    def redo(**kwargs: Any) -> None:
        """A function."""

    @classmethod
    def renew(cls, **kwargs: Any) -> None:
        """A bound method of the class."""


HERE = __name__


def never() -> str:
    """A label that is not to be asked for."""
    raise AssertionError


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("shop.receivers.notify", "shop.receivers.notify", True),
        ("receivers.notify", "shop.receivers.notify", True),
        ("notify", "shop.receivers.notify", True),
        ("tify", "shop.receivers.notify", False),
        ("shop.receivers", "shop.receivers.notify", False),
        ("Notify", "shop.receivers.notify", False),
        ("shop.*", "shop.receivers.notify", True),
        ("receivers.not*", "shop.receivers.notify", True),
        ("eceivers.not*", "shop.receivers.notify", False),
        ("notif?", "shop.receivers.notify", True),
        ("notif[xy]", "shop.receivers.notify", True),
        ("notif[xz]", "shop.receivers.notify", False),
        ("member of SIGNALS['a']", "member of SIGNALS['a']", True),
        ("", "shop.receivers.notify", False),
    ],
)
def test_names_whole_or_their_end_or_a_pattern(pattern: str, name: str, expected: bool) -> None:
    """A dotted name is as its parts are: no part is cut, and what is given whole always fits."""
    assert fits(pattern, name) is expected


def test_a_receiver_by_itself() -> None:
    """By identity; bound methods by function and object, a method's function stands for all of them."""
    updater = Updater()
    assert receiver_target(notify).is_thing(notify, never)
    assert not receiver_target(notify).is_thing(functools.partial(notify), never)
    assert receiver_target(updater.refresh).is_thing(updater.refresh, never)
    assert not receiver_target(updater.refresh).is_thing(Updater().refresh, never)
    assert not receiver_target(updater.refresh).is_thing(updater.renew, never)
    assert receiver_target(Updater.refresh).is_thing(updater.refresh, never)
    assert not receiver_target(Updater.refresh).is_thing(updater.renew, never)
    assert receiver_target(Updater.renew).is_thing(Updater.renew, never)
    assert receiver_target(notify).named == f"{HERE}.notify"
    assert receiver_target(notify).is_named(f"{HERE}.notify")
    assert not receiver_target(notify).is_named("notify")


def test_a_receiver_by_its_name() -> None:
    """Of a connected one the end will do; the name is asked for only then."""
    signal = Signal()
    signal.connect(notify)
    for named in ("notify", f"{HERE}.notify", "test_targets.not*"):
        target = receiver_target(named)
        assert (target.kind, target.named, target.thing) == ("receiver", named, None)
        assert target.is_named(f"{HERE}.notify")
        assert target.is_thing(object(), lambda: f"{HERE}.notify")
        assert not target.is_thing(notify, lambda: "another")


@pytest.mark.parametrize(
    ("named", "thing"), [("renew", Updater.__dict__["renew"].__func__), ("redo", Updater.redo)]
)
def test_what_can_be_imported_need_not_be_connected(named: str, thing: Any) -> None:
    """It may be later; the whole dotted name tells what is meant."""
    target = receiver_target(f"{HERE}.Updater.{named}")
    assert target.thing is thing
    assert target.is_thing(getattr(Updater(), named), never)


def test_a_signal_by_any_name_it_is_imported_by() -> None:
    """A signal is recorded under one name; by an alias the same signal is meant."""
    assert signal_target(f"{HERE}.also").is_thing(post_save, never)
    for named in (paid, "paid", f"{HERE}.paid"):
        target = signal_target(named)
        assert target.is_named(f"{HERE}.paid") or target.is_named(f"{HERE}.alias")
        assert target.is_thing(paid, lambda: f"{HERE}.paid")
        assert not target.is_thing(post_save, lambda: "django.db.models.signals.post_save")


def test_a_sender_by_label_class_or_dotted_name() -> None:
    """Models are senders whether or not anything is connected for them; a subclass is another sender."""
    for named in (Book, "testapp.Book", "Book", f"{Book.__module__}.Book"):
        target = sender_target(named)
        assert target.is_thing(Book, lambda: "testapp.Book")
        assert not target.is_thing(Ebook, lambda: "testapp.Ebook")
        assert target.is_named("testapp.Book")
    assert sender_target(None).is_thing(None, lambda: "any sender")


@pytest.mark.parametrize(
    ("find", "given", "message"),
    [
        (receiver_target, "notfy_of_nobody", "no receiver is called 'notfy_of_nobody'; "),
        (receiver_target, "", "no receiver is called ''; "),
        (receiver_target, "x" * 300, f"no receiver is called '{'x' * 100}'; "),
        (receiver_target, "nothing.*", "no receiver is called 'nothing.*'; "),
        (receiver_target, 5, "a receiver is a callable or its name, not an object of type int"),
        (receiver_target, None, "a receiver is a callable or its name, not an object of type NoneType"),
        (receiver_target, f"{HERE}.NOT_A_RECEIVER", f"no receiver is called '{HERE}.NOT_A_RECEIVER'; "),
        (signal_target, "pst_save", "no signal is called 'pst_save'; did you mean "),
        (signal_target, notify, "a signal is a Signal or its name, not an object of type function"),
        (signal_target, f"{HERE}.notify", "a signal is a Signal or its name, not an object of type function"),
        (sender_target, "testapp.Bok", "no sender is called 'testapp.Bok'; did you mean testapp.Book?"),
    ],
)
def test_what_nothing_goes_by(find: Any, given: Any, message: str) -> None:
    """One line: what was wrong, and the nearest there is or where to look."""
    with pytest.raises(SignaltraceError) as caught:
        find(given)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A marker may stand on a thousand tests, and to look takes a tenth of a second."""
    first = sender_target("testapp.Book")
    monkeypatch.setattr(targets, "registered_models", never)
    monkeypatch.setattr(targets, "read_inventory", never)
    again = sender_target("testapp.Book")
    assert isinstance(again, Target)
    assert (again.kind, again.named, again.thing) == (first.kind, first.named, first.thing)
    with pytest.raises(AssertionError):
        sender_target("testapp.Bok")
