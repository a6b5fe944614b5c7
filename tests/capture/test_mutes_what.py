"""What a mute takes out of a dispatch: by receiver, signal and sender, on every way there is to send."""

from __future__ import annotations

import asyncio
import functools
import gc
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.signals import post_save
from django.dispatch import Signal

from signaltrace.capture.patch import installed
from signaltrace.capture.recording import record
from signaltrace.errors import SignaltraceError
from signaltrace.muting import mute
from tests.capture.observing import METHODS, dispatch
from tests.capture.subclasses import (
    Both,
    Calling,
    Chained,
    Filtering,
    Generating,
    Indexing,
    Looping,
    Ordered,
    Stopping,
    Threading,
)
from tests.testapp.models import Author, Book

paid, sold = Signal(), Signal()


def notify(**kwargs: Any) -> str:
    """A receiver."""
    return "notify"


def index(**kwargs: Any) -> str:
    """Another one."""
    return "index"


class Updater:
    """Receivers that are methods."""

    def refresh(self, **kwargs: Any) -> str:
        """A bound method."""
        return "refresh"

    @classmethod
    def renew(cls, **kwargs: Any) -> str:
        """A bound method of the class."""
        return "renew"

    @staticmethod
    def redo(**kwargs: Any) -> str:
        """None at all."""
        return "redo"

    def __call__(self, **kwargs: Any) -> str:
        return "call"


updater = Updater()
partly = functools.partial(notify, extra=1)


async def push(**kwargs: Any) -> str:
    """An async receiver."""
    return "push"


ALL = (notify, index, updater.refresh, Updater.renew, Updater.redo, updater, partly, push)
RESPONSES = ["notify", "index", "refresh", "renew", "redo", "call", "notify", "push"]


@pytest.fixture(autouse=True)
def _connected() -> Any:
    for signal in (paid, sold):
        for each in ALL:
            signal.connect(each)
    yield
    for signal in (paid, sold):
        for each in ALL:
            signal.disconnect(each)


def heard(signal: Signal = paid, sender: Any = None, method: str = "send") -> list[Any]:
    return [response for _, response in dispatch(signal, method, sender)]


def without(*names: str) -> list[str]:
    return [each for each in RESPONSES if each not in names]


HERE = __name__
RECEIVERS: list[tuple[Any, list[str]]] = [
    (index, without("index")),
    (f"{HERE}.index", without("index")),
    ("test_mutes_what.index", without("index")),
    ("*mutes_what.i*", without("index")),
    (updater.refresh, without("refresh")),
    (Updater.refresh, without("refresh")),
    (f"{HERE}.Updater.refresh", without("refresh")),
    (Updater().refresh, RESPONSES),
    (Updater.renew, without("renew")),
    ("Updater.renew", without("renew")),
    (Updater.redo, without("redo")),
    (updater, without("call")),
    (f"{HERE}.updater", without("call")),
    (partly, RESPONSES[:6] + RESPONSES[7:]),
    (notify, RESPONSES[1:]),
    (f"partial({HERE}.notify)", RESPONSES[:6] + RESPONSES[7:]),
    (push, without("push")),
    ("push", without("push")),
    (f"{HERE}.*", without("index", "refresh", "renew", "redo", "call", "push")[1:]),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("named", "left"), RECEIVERS, ids=[f"{at}" for at in range(len(RECEIVERS))])
def test_one_receiver(named: Any, left: list[str], method: str) -> None:
    """By itself or by name, whatever kind of callable it is, and however the signal is sent."""
    with mute(named):
        assert heard(method=method) == left
    assert heard(method=method) == RESPONSES


def test_the_receivers_of_a_signal() -> None:
    """By the signal or its name: all its receivers, and nobody else's."""
    for named in (paid, f"{HERE}.paid", "paid", "*_what.p?id"):
        with mute(signal=named):
            assert heard(paid) == []
            assert heard(sold) == RESPONSES
    with mute(signal=[paid, "sold"]):
        assert heard(paid) + heard(sold) == []


@pytest.mark.django_db
def test_by_a_sender() -> None:
    """A model by its class or its label; what others send is heard."""
    calls: list[Any] = []

    def saved(sender: Any, **kwargs: Any) -> None:
        calls.append(sender)

    post_save.connect(saved)
    try:
        for named in (Book, "testapp.Book", f"{Book.__module__}.Book"):
            with mute(sender=named):
                author = Author.objects.create(name="Jane")
                Book.objects.create(title="Emma", author=author)
            assert calls == [Author]
            calls.clear()
        with mute(sender=(Book, "testapp.Author")):
            Book.objects.create(title="Emma", author=Author.objects.create(name="Jane"))
        assert calls == []
    finally:
        post_save.disconnect(saved)


def test_all_criteria_together() -> None:
    """A call is muted when receiver, signal and sender are all among those named."""
    with mute("index", notify, signal=paid, sender=Book):
        assert heard(paid, Book) == [*RESPONSES[2:]]
        assert heard(paid, Author) == RESPONSES
        assert heard(sold, Book) == RESPONSES


def test_all_but_some() -> None:
    """What is excepted is called, by object or name; the rest is not."""
    for some in ("index", index, [index], (f"{HERE}.index",)):
        with mute(but=some):
            assert heard() == ["index"]
    with mute(signal=paid, but=[index, "push"]):
        assert heard(paid) == ["index", "push"]
        assert heard(sold) == RESPONSES
    with mute(f"{HERE}.*", but="Updater.*"):
        assert heard() == ["refresh", "renew", "redo", "notify"]


@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((), {}, "mute() is to be told what: receivers, signal=, sender= or but="),
        ((), {"but": ()}, "mute() is to be told what: receivers, signal=, sender= or but="),
        (("indx",), {}, f"no receiver is called 'indx'; did you mean {HERE}.index?"),
        ((), {"but": "indx"}, f"no receiver is called 'indx'; did you mean {HERE}.index?"),
        ((), {"signal": "pst_save"},
         "no signal is called 'pst_save'; did you mean django.db.models.signals.post_save?"),
        ((), {"sender": "testapp.Bok"}, "no sender is called 'testapp.Bok'; did you mean testapp.Book?"),
        ((5,), {}, "a receiver is a callable or its name, not an object of type int"),
        (([index],), {}, "a receiver is a callable or its name, not an object of type list"),
        ((), {"but": 5}, "a receiver is a callable or its name, not an object of type int"),
        ((), {"signal": index}, "a signal is a Signal or its name, not an object of type function"),
        ((), {"signal": []}, "mute(): signal= is empty; leave it out to mute whatever the signal"),
        (("index",), {"sender": ()}, "mute(): sender= is empty; leave it out to mute whatever the sender"),
    ],
)  # fmt: skip
def test_what_can_not_be_meant(arguments: Any, named: Any, message: str) -> None:
    """One line that names what was wrong, and nothing is left in force."""
    with pytest.raises(SignaltraceError) as caught, mute(*arguments, **named):
        raise AssertionError
    assert str(caught.value) == message
    assert not installed()


def test_names_are_looked_up_when_it_begins() -> None:
    """A decorator runs before apps have connected anything; ``check`` asks at once."""
    muting = mute(f"{HERE}.later_receiver")
    with pytest.raises(SignaltraceError, match="later_receiver"):
        muting.check()

    def later_receiver(**kwargs: Any) -> str:
        return "later"

    later_receiver.__qualname__ = "later_receiver"
    paid.connect(later_receiver)
    muting.check()
    with muting:
        assert heard() == RESPONSES
    paid.disconnect(later_receiver)


def test_as_a_decorator() -> None:
    """Of functions and coroutine functions: muted while they run, whoever runs them at once."""

    @mute(index)
    def plain(again: bool = True) -> list[Any]:
        """Its own."""
        return heard() if not again else plain(again=False) + heard()

    @mute(index)
    async def awaited() -> list[Any]:
        await asyncio.sleep(0)
        return [response for _, response in await paid.asend(None)]

    async def main() -> list[list[Any]]:
        return await asyncio.gather(awaited(), awaited())

    assert plain() == without("index") * 2
    assert (plain.__name__, plain.__doc__) == ("plain", "Its own.")
    assert heard() == RESPONSES
    assert asyncio.run(main()) == [without("index")] * 2
    assert not installed()


def test_what_it_can_not_decorate() -> None:
    """A generator runs after the call that made it, a class is no function: both would be silently wrong."""

    def generator() -> Any:
        yield

    async def async_generator() -> Any:
        yield

    for each in (generator, async_generator):
        with pytest.raises(SignaltraceError, match="decorates no generators"):
            mute(index)(each)
    with pytest.raises(SignaltraceError, match="decorate the methods of Updater"):
        mute(index)(Updater)


SUBCLASSES: list[tuple[type[Signal], Callable[[Any], Any]]] = [
    *((kind, lambda signal, method=method: dispatch(signal, method, None))
      for kind in (Calling, Looping, Filtering, Ordered, Indexing) for method in METHODS),
    (Chained, lambda signal: signal.send_chained(None, "start")),
    (Both, lambda signal: dispatch(signal, "asend_in_turn", None)),
    (Generating, lambda signal: list(signal.send_each(None))),
    (Stopping, lambda signal: signal.send_first(None)),
    (Threading, lambda signal: dispatch(signal, "asend_apart", None)),
]  # fmt: skip


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("anew", [False, True], ids=["known", "new"])
@pytest.mark.parametrize("recorded", [False, True], ids=["alone", "recorded"])
@pytest.mark.parametrize(("kind", "act"), SUBCLASSES, ids=[kind.__name__ for kind, _ in SUBCLASSES])
def test_subclasses_with_ways_of_their_own(
    kind: type[Signal], act: Callable[[Any], Any], recorded: bool, anew: bool
) -> None:
    """Own loops and own ``_live_receivers``, made before or in the middle: muted as Django's are."""
    calls: list[str] = []

    def first(**kwargs: Any) -> None:
        calls.append("first")

    def second(**kwargs: Any) -> None:
        calls.append("second")

    async def third(**kwargs: Any) -> None:
        calls.append("third")

    def run() -> list[str]:
        made = type(kind.__name__, (kind,), dict(vars(kind))) if anew else kind
        signal = made()
        for each in (first, second, third):
            signal.connect(each)
        calls.clear()
        act(signal)
        return sorted(calls)

    expected = run()
    assert "first" in expected
    if recorded:
        with record() as recording:
            with mute(first):
                assert run() == [each for each in expected if each != "first"]
            with mute(first, second, third):
                assert run() == []
        assert recording.trace.faults == []
        roots = recording.trace.roots()
        assert {each.name.rpartition(".")[2] for each in roots[0].muted} == {"first"}
        assert {each.name.rpartition(".")[2] for each in roots[-1].muted} >= {"first", "second"}
    else:
        with mute(first):
            assert run() == [each for each in expected if each != "first"]
        with mute(first, second, third):
            assert run() == []
    assert run() == expected


def test_a_class_that_filters_and_loops_made_meanwhile() -> None:
    """At its first dispatch we see what it starts from, from the next one on what it makes of that."""
    with record() as recording, mute(index):

        class Sifting(Signal):
            def _live_receivers(self, sender: Any) -> Any:
                sync, later = super()._live_receivers(sender)
                return [each for each in sync if each is not notify], later

            def send(self, sender: Any, **named: Any) -> Any:
                return [receiver(signal=self) for receiver in self._live_receivers(sender)[0]]

        signal = Sifting()
        for each in (index, notify, updater):
            signal.connect(each)
        assert [signal.send(None), signal.send(None)] == [["call"], ["call"]]
    assert [[each.name for each in root.muted] for root in recording.trace.roots()] == [[f"{HERE}.index"]] * 2


def test_weak_receivers_and_dead_ones() -> None:
    """A mute keeps no receiver alive, and a receiver that is gone is neither called nor muted."""
    signal = Signal()

    def short_lived(**kwargs: Any) -> str:
        return "short"

    signal.connect(short_lived)
    signal.connect(index)
    with record() as recording, mute(f"{HERE}.*"):
        with mute(but="short_lived"):
            assert signal.send(None) == []
        del short_lived
        gc.collect()
        assert signal.send(None) == []
    first, second = recording.trace.roots()
    assert [each.name.rpartition(".")[2] for each in first.muted] == ["short_lived", "index"]
    assert [each.name.rpartition(".")[2] for each in second.muted] == ["index"]


class Tuples(Signal):
    """Hands receivers out in tuples."""

    def _live_receivers(self, sender: Any) -> Any:
        sync, later = super()._live_receivers(sender)
        return tuple(sync), tuple(later)


class Iterating(Signal):
    """Hands receivers out once."""

    def _live_receivers(self, sender: Any) -> Any:
        sync, later = super()._live_receivers(sender)
        return iter(sync), later


def test_receivers_in_tuples_are_muted() -> None:
    """What an override hands out need not be lists."""
    signal = Tuples()
    for each in (index, notify, push):
        signal.connect(each)
    with mute(index, push):
        assert [heard(signal, method=method) for method in METHODS] == [["notify"]] * 4


def test_receivers_that_can_not_be_taken_out() -> None:
    """An iterator can't be looked through without using it up: its receivers run, and that is told."""
    signal = Iterating()
    signal.connect(index)
    with record() as recording, mute(index):
        assert heard(signal) == ["index"]
    (fault,) = recording.trace.faults
    assert (fault.where, fault.count) == ("mutes", 1)
    assert "hands out in its own way" in fault.message
