"""The ledger tells what became of each connection, from where, and holds nothing of the program."""

from __future__ import annotations

import gc
import sys
import threading
import types
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import django
import pytest
from django.apps import AppConfig
from django.apps.registry import Apps
from django.db import models
from django.db.models.signals import ModelSignal, post_save
from django.dispatch import Signal, receiver
from django.test import override_settings

from signaltrace.capture.recording import record
from signaltrace.history import (
    CONNECTED,
    DIED,
    DISCONNECTED,
    IGNORED,
    NOT_FOUND,
    RECEIVER_COLLECTED,
    REFUSED,
    REMOVED,
    SAME_RECEIVER,
    SAME_UID,
    SENDER_COLLECTED,
    WAITING,
    Event,
)
from signaltrace.inventory import ledger
from signaltrace.inventory.ledger import process
from signaltrace.inventory.ledger.attempts import Attempt
from signaltrace.inventory.ledger.rows import tell_receiver
from signaltrace.inventory.pending import read_pending
from signaltrace.labels.signals import SignalNames
from signaltrace.testing import FakeClock
from signaltrace.trace import CallSite
from tests.inventory.conftest import NAME
from tests.inventory.ledger_programs import forget_pending
from tests.labels.strangers import KINDS, Woken, stranger
from tests.testapp.models import Author, Book

ME = __name__
NAMES = SignalNames()
METHODS = {
    (owner, name): vars(owner)[name] for owner in (Signal, ModelSignal) for name in ("connect", "disconnect")
}


def first(**kwargs: Any) -> None:
    pass


def second(**kwargs: Any) -> None:
    pass


class Mailer:
    def send(self, **kwargs: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _ledger() -> Iterator[None]:
    """One for each test, and Signal's own methods afterwards."""
    ledger.begin("a test", limit=200)
    yield
    ledger.end()
    forget_pending()
    assert {(owner, name): vars(owner)[name] for owner, name in METHODS} == METHODS


def told(*signals: Any) -> list[Event]:
    """The events of these signals, without one that a fault kept from being told."""
    history = ledger.history(NAMES)
    assert history.faults == ()
    names = {NAMES.name(each).name for each in signals}
    return [each for each in history.events if each.signal in names]


def short(events: list[Event]) -> list[tuple[str, str, int]]:
    return [(each.what, each.receiver.name.removeprefix(f"{ME}."), each.rival) for each in events]


def line() -> int:
    return sys._getframe(1).f_lineno


def test_a_connection_is_told_with_all_that_made_it(signal: Signal) -> None:
    """Signal, receiver, sender, uid, weak, the line of the call and the thread."""
    signal.connect(first, sender=Book, weak=False, dispatch_uid=("a", 1))
    at = line() - 1
    (event,) = told(signal)
    assert (event.what, event.signal, event.receiver.name) == (CONNECTED, f"{NAME}.paid", f"{ME}.first")
    assert (event.sender.name, event.sender.app) == ("testapp.Book", "testapp")
    assert (event.dispatch_uid, event.weak, event.reason, event.rival) == ("('a', 1)", False, "", 0)
    name = "test_a_connection_is_told_with_all_that_made_it"
    assert event.site == CallSite(__file__, at, name)
    assert (event.within, event.thread) == ("", threading.current_thread().name)
    assert (event.kind, event.module, event.qualname) == ("function", ME, "first")
    assert (event.receiver.file, event.receiver.mine) == (__file__, True)


def test_time_is_since_the_beginning() -> None:
    """By the clock that was given."""
    ledger.end()
    clock = FakeClock(5_000)
    ledger.begin("a test", clock=clock)
    clock.advance(70)
    signal = Signal()
    signal.connect(first)
    (event,) = [each for each in ledger.history(NAMES).events if each.receiver.name == f"{ME}.first"]
    assert event.time_ns == 70


def test_the_same_receiver_is_ignored(signal: Signal) -> None:
    """And so it is with the same dispatch_uid: nothing is shadowed."""
    for uid in (None, "once"):
        signal.connect(first, dispatch_uid=uid)
        signal.connect(first, dispatch_uid=uid)
    events = told(signal)
    assert [(each.what, each.reason) for each in events] == [(CONNECTED, ""), (IGNORED, SAME_RECEIVER)] * 2
    assert [events[1].rival, events[3].rival] == [events[0].number, events[2].number]


def test_another_receiver_with_the_dispatch_uid_of_one_is_ignored(signal: Signal) -> None:
    """It names which connection it lost against."""
    signal.connect(first, dispatch_uid="once")
    signal.connect(second, dispatch_uid="once")
    signal.connect(second, dispatch_uid="once", sender=Book)  # another key: no conflict
    events = told(signal)
    assert [(each.what, each.reason, each.rival) for each in events] == [
        (CONNECTED, "", 0),
        (IGNORED, SAME_UID, events[0].number),
        (CONNECTED, "", 0),
    ]
    assert events[1].rival_receiver == events[0].receiver


def test_a_rival_from_before_the_ledger_is_named(signal: Signal) -> None:
    """Its connect() was not seen; what it connected is."""
    ledger.end()
    signal.connect(first, dispatch_uid="once")
    ledger.begin("a test")
    signal.connect(second, dispatch_uid="once")
    (event,) = told(signal)
    assert (event.what, event.rival) == (IGNORED, 0)
    assert event.rival_receiver is not None
    assert event.rival_receiver.name == f"{ME}.first"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"receiver": 5}, "TypeError: cannot create weak reference to 'int' object"),
        (
            {"receiver": first, "no_such": 1},
            "TypeError: Signal.connect() got an unexpected keyword argument 'no_such'",
        ),
    ],
)
def test_a_refusal_is_noted_and_passes_on(signal: Signal, given: dict[str, Any], reason: str) -> None:
    """The exception is Django's own."""
    with pytest.raises(TypeError) as raised:
        signal.connect(**given)
    (event,) = told(signal)
    assert (event.what, event.reason) == (REFUSED, reason)
    assert f"TypeError: {raised.value}" == reason
    assert signal.receivers == []


@override_settings(DEBUG=True)
def test_a_receiver_without_kwargs_is_refused_under_debug(signal: Signal) -> None:
    """Django's check, in its words."""

    def narrow(sender: Any) -> None:
        pass

    with pytest.raises(ValueError):
        signal.connect(narrow)
    (event,) = told(signal)
    assert event.reason == "ValueError: Signal receivers must accept keyword arguments (**kwargs)."


def test_a_disconnect_names_what_it_ended(signal: Signal) -> None:
    """By receiver, or by the dispatch_uid alone: the receiver is then known from the connection."""
    signal.connect(first)
    signal.connect(second, dispatch_uid="uid", weak=False)
    assert signal.disconnect(first) is True
    assert signal.disconnect(dispatch_uid="uid") is True
    one, two, *ends = told(signal)
    assert short(ends) == [(DISCONNECTED, "first", one.number), (DISCONNECTED, "second", two.number)]
    assert ends[1].weak is False


MISSES = {
    "nothing": ({"receiver": first}, {"receiver": second}, "it is not connected"),
    "uid": (
        {"receiver": first, "dispatch_uid": "uid"},
        {"receiver": first},
        "it is connected with the dispatch_uid uid",
    ),
    "no uid": (
        {"receiver": first},
        {"receiver": first, "dispatch_uid": "uid"},
        "it is connected without a dispatch_uid",
    ),
    "sender": (
        {"receiver": first, "sender": Book},
        {"receiver": first},
        "it is connected for testapp.Book",
    ),
    "any sender": (
        {"receiver": first},
        {"receiver": first, "sender": Book},
        "it is connected for any sender",
    ),
    "uid alone": (
        {"receiver": first, "dispatch_uid": "uid", "sender": Book},
        {"dispatch_uid": "uid"},
        "that dispatch_uid is connected for testapp.Book",
    ),
    "another object": (
        {"receiver": Mailer().send, "weak": False},
        {"receiver": Mailer().send},
        "another one that the same lines made is connected",
    ),
}


@pytest.mark.parametrize("case", MISSES)
def test_a_disconnect_that_matched_nothing_says_what_it_missed(signal: Signal, case: str) -> None:
    """And names the connection that was meant, if one was."""
    connected, disconnected, reason = MISSES[case]
    signal.connect(**connected)
    assert signal.disconnect(**disconnected) is False
    one, event = told(signal)
    assert (event.what, event.reason) == (NOT_FOUND, reason)
    assert event.rival == (0 if case == "nothing" else one.number)


def test_of_many_connections_the_one_for_the_same_sender_was_meant(signal: Signal) -> None:
    """What differs by the dispatch_uid alone is nearer than what is for another sender."""
    signal.connect(first, sender=Author)
    signal.connect(first, sender=Book, dispatch_uid="uid")
    assert signal.disconnect(first, sender=Book) is False
    *_, event = told(signal)
    assert event.reason == "it is connected with the dispatch_uid uid"


def local() -> Any:
    def inner(**kwargs: Any) -> None:
        pass

    return inner


TEMPORARY: dict[str, Any] = {
    "function": local,
    "lambda": lambda: lambda **kwargs: None,
    "partial": lambda: partial(first),
    "object": lambda: types.SimpleNamespace(),
    "method": lambda: Mailer().send,
}


@pytest.mark.parametrize("kind", [each for each in TEMPORARY if each != "object"])
def test_the_death_of_a_receiver_is_told(signal: Signal, kind: str) -> None:
    """When it happens, and of which connection; once, whatever happens to the entry later."""
    signal.connect(TEMPORARY[kind](), dispatch_uid=kind)
    one, death = told(signal)
    assert (death.what, death.rival, death.reason) == (DIED, one.number, RECEIVER_COLLECTED)
    assert (death.receiver, death.dispatch_uid, death.site) == (one.receiver, kind, None)
    signal.connect(first)
    signal.disconnect(first)
    assert [each.what for each in told(signal)] == [CONNECTED, DIED, CONNECTED, DISCONNECTED]


def test_what_was_disconnected_does_not_die(signal: Signal) -> None:
    """Nor does a receiver that is held by its signal."""
    mailer = Mailer()
    signal.connect(mailer.send)
    signal.disconnect(mailer.send)
    signal.connect(Mailer().send, weak=False)
    del mailer
    gc.collect()
    assert [each.what for each in told(signal)] == [CONNECTED, DISCONNECTED, CONNECTED]


def test_the_death_of_a_sender_is_told_where_it_ends_the_connection(signal: Signal) -> None:
    """Django drops the connection with its sender since 6.0."""
    sender = Mailer()
    signal.connect(first, sender=sender)
    del sender
    events = told(signal)
    assert [each.what for each in events] == [CONNECTED, DIED][: 1 + (django.VERSION >= (6, 0))]
    assert [each.reason for each in events[1:]] == [SENDER_COLLECTED][: len(events) - 1]


def test_receivers_taken_away_behind_django_are_told(signal: Signal) -> None:
    """Whoever writes `receivers` calls no disconnect(); it is noticed when the history is read."""
    signal.connect(first)
    signal.connect(second, sender=Book, dispatch_uid="uid")
    signal.receivers = []
    one, two, *gone = told(signal)
    assert short(gone) == [(REMOVED, "first", one.number), (REMOVED, "second", two.number)]
    assert gone[1].sender == two.sender
    assert [each.what for each in told(signal)] == [CONNECTED, CONNECTED, REMOVED, REMOVED]


@pytest.mark.parametrize("looked", [False, True])
def test_what_is_put_back_was_never_gone(signal: Signal, looked: bool) -> None:
    """A helper that mutes for a while, in the midst of which somebody looks, connects or disconnects."""
    signal.connect(first)
    paused, signal.receivers = signal.receivers, []
    if looked:
        assert [each.what for each in told(signal)] == [CONNECTED, REMOVED]
    signal.connect(second)
    assert signal.disconnect(first) is False
    signal.receivers = paused + signal.receivers
    assert [each.what for each in told(signal)] == [CONNECTED, CONNECTED, NOT_FOUND]
    assert signal.disconnect(first) is True
    assert short(told(signal))[3] == (DISCONNECTED, "first", told(signal)[0].number)


def test_what_was_taken_away_is_noticed_at_the_next_call(signal: Signal) -> None:
    """And so it is told before what comes next, in the order of happening."""
    signal.connect(first)
    signal.receivers = []
    signal.connect(second)
    signal.receivers = []
    signal.disconnect(second)
    assert [each.what for each in told(signal)] == [CONNECTED, REMOVED, CONNECTED, REMOVED, NOT_FOUND]


@pytest.fixture
def below(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Something that is done in the midst of a call, when Django has done its part, once."""
    ledger.end()
    steps: list[Any] = []
    for name in ("connect", "disconnect"):
        original = METHODS[Signal, name]

        def between(self: Any, *args: Any, original: Any = original, **kwargs: Any) -> Any:
            result = original(self, *args, **kwargs)
            if steps:
                steps.pop()()
            return result

        monkeypatch.setattr(Signal, name, between)
    ledger.begin("a test")
    yield steps
    ledger.end()
    monkeypatch.undo()


def test_who_reads_in_the_midst_of_a_disconnect_sees_nothing_removed_for_long(
    signal: Signal, below: list[Any]
) -> None:
    """The entry is gone and the call is not over; when it is, it was a disconnect."""
    signal.connect(first)
    seen: list[list[Event]] = []
    below.append(lambda: seen.append(told(signal)))
    signal.disconnect(first)
    assert [each.what for each in seen[0]] == [CONNECTED, REMOVED]
    assert short(told(signal)) == [(CONNECTED, "first", 0), (DISCONNECTED, "first", seen[0][0].number)]


def test_a_call_that_loses_to_one_that_is_not_over_names_it_then(signal: Signal, below: list[Any]) -> None:
    """As threads do that connect at once."""
    below.append(lambda: signal.connect(first))
    signal.connect(first)
    events = told(signal)
    assert [each.what for each in events] == [IGNORED, CONNECTED]
    assert events[0].rival == events[1].number


def test_paths_are_those_of_when_it_is_read() -> None:
    """A lambda goes by its file, which is written shorter once it is known where the project is."""
    told_then = tell_receiver(lambda: None)
    line_of = told_then.info.line
    name = f"<lambda> at some/path.py:{line_of}"
    old = told_then._replace(info=replace(told_then.info, name=name), path="some/path.py")
    assert old.now().name == told_then.info.name == f"<lambda> at tests/inventory/test_ledger.py:{line_of}"


def test_what_died_out_of_sight_is_dead_when_it_is_put_back(signal: Signal) -> None:
    """It was not removed, and it is not alive."""
    mailer = Mailer()
    signal.connect(mailer.send)
    paused, signal.receivers = signal.receivers, []
    assert [each.what for each in told(signal)] == [CONNECTED, REMOVED]
    del mailer
    signal.receivers = paused
    assert [each.what for each in told(signal)] == [CONNECTED, DIED]


def test_a_lazy_sender_waits(signal: Signal) -> None:
    """For a model that is not there; a disconnect for one matches nothing so far."""
    post_save.connect(first, sender="testapp.Nowhere", dispatch_uid="uid")
    post_save.disconnect(first, sender="testapp.Nowhere")
    events = [each for each in told(post_save) if each.sender.name == "testapp.Nowhere"]
    assert [(each.what, each.reason, each.dispatch_uid) for each in events] == [
        (WAITING, "the model testapp.Nowhere is not there yet", "uid"),
        (NOT_FOUND, "the model testapp.Nowhere is not there yet", None),
    ]
    assert [each.sender for each in read_pending(NAMES)] == ["testapp.nowhere"]


def test_a_recording_beside_it_sees_what_it_would(signal: Signal) -> None:
    """Each patches what the other does not."""
    with record() as recording:
        signal.connect(first)
        signal.send(None)
        signal.disconnect(first)
    assert [each.label for _, each in recording.trace.walk()] == [f"{NAME}.paid", f"{ME}.first"]
    assert [each.what for each in told(signal)] == [CONNECTED, DISCONNECTED]


def test_what_waited_comes_true_after_the_end() -> None:
    """Django holds our method until then: it only passes the call on."""
    registry = Apps()
    paid = ModelSignal()
    paid.connect(first, sender="late.Other", apps=registry)
    ledger.end()
    make_model("Other", "late", registry)
    assert len(paid.receivers) == 1


def test_what_waited_is_connected_when_the_model_comes() -> None:
    """With the number, time and line of the connect() that was written, and the model as its sender."""
    registry = Apps()
    paid = ModelSignal()
    paid.connect(first, sender="late.Thing", apps=registry)
    at = line() - 1
    paid.connect(second, sender="late.thing", apps=registry, dispatch_uid="uid")
    paid.connect(first, sender="late.THING", apps=registry, dispatch_uid="uid")
    paid.disconnect(second, sender="late.Thing", apps=registry, dispatch_uid="uid")
    before = [each for each in ledger.history(NAMES).events if each.signal == "unnamed Signal #1"] or [
        each for each in ledger.history(NAMES).events if each.sender.name.lower() == "late.thing"
    ]
    assert [each.what for each in before] == [WAITING, WAITING, WAITING, NOT_FOUND]
    make_model("Thing", "late", registry)
    after = [each for each in ledger.history(NAMES).events if each.sender.name == "late.Thing"]
    assert [(each.what, each.reason) for each in after] == [
        (CONNECTED, ""),
        (CONNECTED, ""),
        (IGNORED, SAME_UID),
        (DISCONNECTED, ""),
    ]
    assert [each.number for each in after] == [each.number for each in before]
    assert [each.site for each in after] == [each.site for each in before]
    assert after[0].site == CallSite(__file__, at, "test_what_waited_is_connected_when_the_model_comes")
    assert (after[2].rival, after[3].rival) == (after[1].number, after[1].number)


def make_model(name: str, app: str, registry: Apps) -> type[models.Model]:
    """A model of a registry of its own."""
    meta = type("Meta", (), {"app_label": app, "apps": registry})
    made: type[models.Model] = type(name, (models.Model,), {"__module__": ME, "Meta": meta})
    return made


def test_a_lazy_sender_that_is_there_is_one_event() -> None:
    """And one that is no label at all is refused."""
    post_save.connect(first, sender="testapp.Book")
    post_save.disconnect(first, sender="testapp.Book")
    with pytest.raises(ValueError):
        post_save.connect(first, sender="Book")
    events = [each for each in told(post_save) if each.receiver.name == f"{ME}.first"]
    assert [(each.what, each.sender.name) for each in events] == [
        (CONNECTED, "testapp.Book"),
        (DISCONNECTED, "testapp.Book"),
        (REFUSED, "Book"),
    ]


class Passing(ModelSignal):
    def connect(self, *args: Any, **kwargs: Any) -> Any:
        return super().connect(*args, **kwargs)

    def disconnect(self, *args: Any, **kwargs: Any) -> Any:
        return super().disconnect(*args, **kwargs)


def test_a_subclass_that_passes_the_call_on_makes_one_event() -> None:
    """Of the line that called it, not of its own."""
    paid = Passing()
    paid.connect(first, Book)
    at = line() - 1
    paid.disconnect(first, Book)
    events = [each for each in ledger.history(NAMES).events if each.receiver.name == f"{ME}.first"]
    assert [(each.what, each.site and each.site.line) for each in events] == [
        (CONNECTED, at),
        (DISCONNECTED, at + 2),
    ]


def test_the_site_of_a_decorator_is_in_the_module_of_its_function(signal: Signal) -> None:
    """One event for each signal of a list."""
    other = Signal()
    at = line() + 2

    @receiver([signal, other], sender=Book)
    def decorated(**kwargs: Any) -> None:
        pass

    events = [each for each in ledger.history(NAMES).events if each.receiver.name.endswith("decorated")]
    assert [each.site for each in events] == [CallSite(__file__, at, sys._getframe().f_code.co_qualname)] * 2


class SomeConfig(AppConfig):
    name = ME

    def ready(self) -> None:
        ready_signal.connect(first)
        connect_elsewhere()


class HeirConfig(SomeConfig):
    def ready(self) -> None:
        super().ready()


class NoConfig:
    def ready(self) -> None:
        ready_signal.connect(first, sender=Author)


ready_signal = Signal()


def connect_elsewhere() -> None:
    ready_signal.connect(second)


@pytest.mark.parametrize("config", [SomeConfig, HeirConfig])
def test_the_ready_that_runs_is_named(config: type[AppConfig]) -> None:
    """The outermost one: which app's it is, however many it calls."""
    NAMES.refresh()
    made = config(ME, sys.modules[ME])
    made.ready()
    NoConfig().ready()
    ready_signal.receivers.clear()
    ready_signal.sender_receivers_cache.clear()
    events = [each for each in told(ready_signal) if each.what != REMOVED]
    ready = f"{ME}.{config.__name__}.ready"
    assert [each.within for each in events] == [ready, ready, ""]
    assert [each.site and each.site.function for each in events] == [
        "SomeConfig.ready",
        "connect_elsewhere",
        "NoConfig.ready",
    ]


def test_nothing_is_kept_alive() -> None:
    """No signal, receiver, sender, dispatch_uid: not when they stand, not when they ended."""

    class Uid:
        pass

    signal, mailer, sender, uid = Signal(), Mailer(), Mailer(), Uid()
    signal.connect(mailer.send, sender, dispatch_uid=uid)
    signal.connect(mailer.send, sender, weak=False)
    signal.disconnect(mailer.send, sender)
    with pytest.raises(TypeError):
        signal.connect(mailer.send, sender, no_such=uid)
    ends = [weakref.ref(each) for each in (signal, mailer, sender, uid)]
    del signal, mailer, sender, uid
    gc.collect()
    assert [each() for each in ends] == [None] * 4
    names = {each.signal for each in ledger.history(NAMES).events}
    assert names >= {"a signal that is gone"}


def test_a_signal_that_is_gone_keeps_its_last_name(signal: Signal) -> None:
    """The name it had when the history was last read."""
    signal.connect(first)
    assert told(signal)
    module = sys.modules[NAME]
    kept = Signal()
    module.kept = kept  # type: ignore[attr-defined]
    kept.connect(first)
    assert ledger.history().events[-1].signal == f"{NAME}.kept"
    del kept, module.kept  # type: ignore[attr-defined]
    gc.collect()
    assert ledger.history().events[-1].signal == f"{NAME}.kept"


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_are_described_without_being_asked(signal: Signal, kind: str) -> None:
    """What Django asks of them it asks with and without us: here it is asked nothing."""
    odd = stranger(kind)
    with suppress(Exception), suppress(Woken):
        signal.connect(first, sender=odd, dispatch_uid="uid")
    assert ledger.history(NAMES).faults == ()


def test_a_fault_of_ours_never_reaches_the_program(signal: Signal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted, and the connection is made."""

    def broken(*args: Any) -> Any:
        raise RuntimeError("broken")

    for name in ("tell_receiver", "call_site"):
        monkeypatch.setattr(f"signaltrace.inventory.ledger.keeper.{name}", broken)
    assert signal.connect(first) is None
    assert signal.disconnect(first) is True
    assert [(each.where, each.count) for each in ledger.history(NAMES).faults] == [("after a call", 2)]
    monkeypatch.setattr("signaltrace.inventory.ledger.keeper.Attempt", broken)
    signal.connect(first)
    assert len(signal.receivers) == 1


def test_a_fault_is_told_without_the_code_of_what_it_was_raised_with(
    signal: Signal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception may hold an object of the program, whose repr() raises."""

    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("not to be asked")

    def fail(*args: object) -> None:
        raise KeyError("a key", Hostile())

    monkeypatch.setattr(Attempt, "made", fail)
    signal.connect(first)
    assert [each.message for each in ledger.history(NAMES).faults] == ["KeyError: a key"]


def test_it_is_begun_once(signal: Signal) -> None:
    """A second beginning joins the first, which goes on under its own name."""
    assert ledger.begin("another") is False
    signal.connect(first)
    history = ledger.history(NAMES)
    assert (history.on, history.how, len(told(signal))) == (True, "a test", 1)


def test_another_tool_patched_over_ours_stays(signal: Signal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours then only passes on; begun anew, it sees each call once."""
    ours = vars(Signal)["connect"]
    calls = []

    def theirs(self: Signal, *args: Any, **kwargs: Any) -> Any:
        calls.append("connect")
        return ours(self, *args, **kwargs)

    Signal.connect = theirs  # type: ignore[method-assign]
    try:
        ledger.end()
        assert vars(Signal)["connect"] is theirs
        signal.connect(first)
        ledger.begin("again")
        signal.connect(second)
        assert short(told(signal)) == [(CONNECTED, "second", 0)]
        ledger.end()
    finally:
        Signal.connect = METHODS[Signal, "connect"]  # type: ignore[method-assign]
    assert calls == ["connect", "connect"]


def test_off_it_says_how_to_turn_it_on() -> None:
    """An empty history is not a clean one."""
    ledger.end()
    history = ledger.history()
    assert (history.on, history.events) == (False, ())
    assert 'put "signaltrace" first in INSTALLED_APPS' in history.advice
    assert "SIGNALTRACE_LEDGER=1" in history.advice


def test_begun_late_it_is_not_complete() -> None:
    """The apps of this process were loaded long before."""
    history = ledger.history()
    assert (history.on, history.complete) == (True, False)
    assert history.advice.startswith(
        "The record of connect() and disconnect() began after the apps were loaded"
    )


def test_it_does_not_grow_without_end(signal: Signal) -> None:
    """Connections made and ended for ever: the oldest go and are counted, what stands is kept."""
    signal.connect(second, dispatch_uid="stands")
    for number in range(500):
        signal.connect(first, dispatch_uid=number + 1)
        signal.disconnect(first, dispatch_uid=number + 1)
    history = ledger.history(NAMES)
    events = told(signal)
    assert len(history.events) == 201
    assert history.dropped == 1_001 - 201
    assert short(events[:1]) == [(CONNECTED, "second", 0)]
    signal.disconnect(dispatch_uid="stands")
    assert short(told(signal)[-1:]) == [(DISCONNECTED, "second", 1)]


def test_a_program_that_only_connects_is_bounded_too(signal: Signal) -> None:
    """Receivers that are held for ever, one a request."""
    for number in range(600):
        signal.connect(first, weak=False, dispatch_uid=number + 1)
        post_save.connect(first, sender="testapp.Nowhere", dispatch_uid=number + 1)
    history = ledger.history(NAMES)
    assert len(history.events) <= 3 * 200 + 1
    assert len(history.events) + history.dropped == 1_200


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_connect_at_once(often: None) -> None:
    """One connection for each, however they meet; those who lost name the one that won."""
    ledger.end()
    ledger.begin("a test")
    signals = [Signal() for _ in range(50)]
    start = threading.Barrier(4)

    def connect() -> None:
        start.wait()
        for each in signals:
            each.connect(first)
            each.connect(second, weak=False)

    threads = [threading.Thread(target=connect, name=f"thread {number}") for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    history = ledger.history(NAMES)
    assert history.faults == ()
    events = [each for each in history.events if each.thread.startswith("thread ")]
    assert [len(each.receivers) for each in signals] == [2] * 50
    assert {each.what for each in history.events} <= {CONNECTED, IGNORED, DIED}
    made = {each.number for each in events if each.what == CONNECTED}
    assert len(made) == 100
    assert {each.rival for each in events if each.what == IGNORED} <= made
    assert sum(each.what == IGNORED for each in events) == 300


def test_what_is_compared_is_looked_at_under_the_lock(
    signal: Signal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what another thread enters in between would seem to be taken away."""
    keeper = process._keeper
    assert keeper is not None
    owned = []
    look = Attempt.look

    def looking(attempt: Attempt) -> Any:
        owned.append(keeper.book.lock._is_owned())  # type: ignore[attr-defined]
        return look(attempt)

    monkeypatch.setattr(Attempt, "look", looking)
    signal.connect(first)
    signal.disconnect(first)
    assert owned == [True, True]


def test_djangos_code_runs_without_our_lock(signal: Signal, below: list[Any]) -> None:
    """Whatever it waits for, it does not wait for us."""
    owned = []
    keeper = process._keeper
    assert keeper is not None
    for act in (signal.connect, signal.disconnect):
        below.append(lambda: owned.append(keeper.book.lock._is_owned()))  # type: ignore[attr-defined]
        act(first)
    assert owned == [False, False]


def test_a_lock_of_another_thread_is_nobodys_in_a_forked_child(signal: Signal) -> None:
    """What fork does to locks is undone in the child."""
    keeper = process._keeper
    assert keeper is not None
    held = keeper.book.lock
    with held:
        process._after_fork_in_child()
    assert keeper.book.lock is not held
    signal.connect(first)
    assert short(told(signal)) == [(CONNECTED, "first", 0)]


WRITTEN = """
def connect(signal, receiver):
    signal.connect(receiver)
class Config:
    def ready(self, *given):
        connect(*given)
if signal: connect(signal, receiver)
"""


@pytest.mark.parametrize(("how", "line_there"), [("function", None), ("module", 7), ("ready", 6)])
def test_what_django_connects_of_itself_is_at_home_in_django(
    signal: Signal, how: str, line_there: int | None
) -> None:
    """In the module that is imported or the `ready()` that runs; where it is only called, with the caller."""
    code = compile(WRITTEN, django.__file__, "exec")
    space: dict[str, Any] = {"__name__": "django.x", "signal": signal if how == "module" else None}
    exec(code, {**space, "receiver": first} if how == "module" else space)
    at = line()
    if how != "module":
        made = space["connect"] if how == "function" else space["Config"]().ready
        made(signal, first)
    (event,) = told(signal)
    assert event.site is not None
    if line_there is None:
        assert (event.site.file, event.site.line) == (__file__, at + 3)
    else:
        assert (event.site.file, event.site.line) == (django.__file__, line_there)
