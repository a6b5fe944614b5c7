"""What is known of Django's private data: its place is here, and it holds on every supported version."""

import gc
import weakref
from typing import Any

from django.dispatch import Signal, dispatcher

from signaltrace import internals


class Mailer:
    def send(self, **kwargs: Any) -> None:
        pass


def first(**kwargs: Any) -> None:
    pass


async def waiting(**kwargs: Any) -> None:
    pass


def test_entries_are_read_by_position() -> None:
    """Three fields in Django 5.2, four since 6.0: key, receiver and is_async have their places in both."""
    signal = Signal()
    signal.connect(first, sender=Mailer)
    signal.connect(waiting, weak=False, dispatch_uid="x")
    one, two = internals.entries(signal)
    assert (one.receiver, one.weak, one.is_async, one.alive) == (first, True, False, True)
    assert (one.key_receiver, one.key_sender) == (id(first), id(Mailer))
    assert one.sender in (Mailer, None)
    assert (two.receiver, two.weak, two.is_async, two.alive) == (waiting, False, True, True)
    assert (two.key_receiver, two.key_sender, two.sender) == ("x", internals.ANY_SENDER_KEY, None)
    assert [internals.is_default_key(each) for each in (one, two)] == [True, False]


def test_methods_are_put_together_again() -> None:
    """A weak method is its instance and its function; of a collected one the function is left."""
    signal, mailer = Signal(), Mailer()
    signal.connect(mailer.send)
    (entry,) = internals.entries(signal)
    assert entry.receiver == mailer.send
    assert internals.is_default_key(entry)
    watched = weakref.ref(mailer)
    del mailer, entry
    gc.collect()
    assert watched() is None
    (entry,) = internals.entries(signal)
    assert (entry.receiver, entry.function, entry.alive) == (None, Mailer.send, False)
    assert internals.is_default_key(entry)


def test_keys_are_told_from_dispatch_uids() -> None:
    """A uid may be a number or a pair of numbers, as Django's own keys are."""
    mailer = Mailer()
    for receiver in (first, mailer.send, print):
        for uid in (7, (7, 8), "x", ("a", 1), (10**14, 10**14), 10**14):
            signal = Signal()
            signal.connect(receiver, dispatch_uid=uid, weak=False)
            (entry,) = internals.entries(signal)
            own = receiver is print and uid == (10**14, 10**14)
            assert internals.is_default_key(entry) is own


def test_the_names_django_gives_are_there() -> None:
    """What capture inlines for speed exists."""
    assert internals.NO_RECEIVERS is dispatcher.NO_RECEIVERS
    assert internals.django_signal_class() is Signal
