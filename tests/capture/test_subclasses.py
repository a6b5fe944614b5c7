"""Subclasses of Signal that dispatch in ways of their own: unchanged, and seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import record
from signaltrace.trace import Trace
from tests.capture.observing import METHODS, SYNC_METHODS, Notes, dispatch, same
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
    Warning_,
)

pytestmark = pytest.mark.usefixtures("unnamed_signals")


def scene(kind: type[Signal], act: Callable[[Any], Any], notes: Notes) -> Any:
    """Connect four receivers, one of which sends another signal, and let the subclass dispatch."""
    signal, inner = kind(), Signal()
    inner.connect(lambda **kwargs: notes.add("inner", sorted(kwargs)), weak=False)

    def first(**kwargs: Any) -> None:
        notes.add("first", sorted(kwargs), kwargs.get("value"))

    def second(**kwargs: Any) -> str:
        inner.send(None)
        notes.add("second", sorted(kwargs))
        return "second"

    def unwanted(**kwargs: Any) -> None:
        notes.add("unwanted", sorted(kwargs))

    async def later(**kwargs: Any) -> str:
        notes.add("later", sorted(kwargs))
        return "later"

    for each in (first, second, unwanted, later):
        signal.connect(notes.keep(each, each.__name__))
    return notes.name(act(signal))


SCENES: list[tuple[type[Signal], str, Callable[[Any], Any]]] = [
    *((kind, method, lambda signal, method=method: dispatch(signal, method, None))
      for kind in (Calling, Looping, Filtering, Warning_, Ordered, Indexing) for method in METHODS),
    (Chained, "send_chained", lambda signal: signal.send_chained(None, "start")),
    (Both, "asend_in_turn", lambda signal: dispatch(signal, "asend_in_turn", None)),
    (Generating, "send_each", lambda signal: list(signal.send_each(None))),
    (Stopping, "send_first", lambda signal: signal.send_first(None)),
    (Threading, "asend_apart", lambda signal: dispatch(signal, "asend_apart", None)),
]  # fmt: skip
NAMES = [f"{kind.__name__}-{method}" for kind, method, _ in SCENES]


@pytest.mark.parametrize(("kind", "method", "act"), SCENES, ids=NAMES)
def test_subclasses_are_unchanged_and_seen(
    kind: type[Signal], method: str, act: Callable[[Any], Any]
) -> None:
    """Whatever a subclass does with its receivers it does as in a bare run, and its dispatch is a span."""
    trace = same(lambda notes: scene(kind, act, notes))
    assert [span.method for span in trace.roots() if span.call_site] != []
    assert method in {span.method for span in trace.roots()}


@pytest.mark.parametrize(("kind", "method", "act"), SCENES, ids=NAMES)
def test_subclasses_made_while_recording(kind: type[Signal], method: str, act: Callable[[Any], Any]) -> None:
    """A class that is defined in the middle of a recording is unchanged and seen too."""
    trace = same(lambda notes: scene(type(kind.__name__, (kind,), dict(vars(kind))), act, notes))
    assert method in {span.method for span in trace.roots()}


def spans(kind: type[Signal], act: Callable[[Any], Any]) -> tuple[Trace, list[tuple[int, str, str]]]:
    with record() as recording:
        scene(kind, act, Notes())
    shown = [
        (depth, span.method if span.receiver is None else span.label.rpartition(".")[2], span.outcome)
        for depth, span in recording.trace.walk()
    ]
    return recording.trace, shown


def test_a_loop_of_its_own_is_opaque_with_timed_receivers() -> None:
    """Sync receivers are timed by the loop, nested dispatches find their parent, async ones are noted."""
    trace, shown = spans(Looping, lambda signal: signal.send(None))
    assert [root.opaque for root in trace.roots()] == [True]
    assert shown[0] == (0, "send", "ok")
    names = [(depth, name, outcome) for depth, name, outcome in shown if not name.startswith("<")]
    assert [each for each in names if each[0] == 1] == [
        (1, "first", "ok"), (1, "second", "ok"), (1, "unwanted", "ok"), (1, "later", "unknown"),
    ]  # fmt: skip
    assert (2, "send", "ok") in shown


def test_receivers_that_were_moved_keep_their_names() -> None:
    """A subclass that sorts its list before the loop: each time belongs to the receiver that took it."""
    _, shown = spans(Ordered, lambda signal: signal.send(None))
    inner = shown.index((2, "send", "ok"))
    assert shown[inner - 1] == (1, "second", "ok")


def test_a_loop_that_stops_early() -> None:
    """Receivers the loop never reached are no calls of the dispatch."""
    _, shown = spans(Stopping, lambda signal: signal.send_first(None))
    assert [name for depth, name, _ in shown if depth == 1][:2] == ["first", "second"]
    assert "unwanted" not in {name for _, name, _ in shown}


def test_what_is_never_looped_over_is_not_timed() -> None:
    """Indexed instead of iterated: receivers are named, their outcome unknown, nested dispatches apart."""
    trace, shown = spans(Indexing, lambda signal: signal.send(None))
    assert (1, "first", "unknown") in shown
    assert sorted(root.method for root in trace.roots()) == ["send", "send"]


@pytest.mark.parametrize("method", SYNC_METHODS)
def test_an_override_of_the_log_method(method: str) -> None:
    """A subclass's ``_log_robust_failure`` gets the original receiver, with the traceback of a bare run."""

    class Logging(Signal):
        def _log_robust_failure(self, receiver: Any, err: BaseException) -> None:
            self.notes.add("log", receiver.__qualname__, self.notes.name(receiver), self.notes.name(err))

    def program(notes: Notes) -> Any:
        signal = Logging()
        signal.notes = notes

        def fail(**kwargs: Any) -> None:
            raise ValueError("sync")

        async def afail(**kwargs: Any) -> None:
            raise ValueError("async")

        for each in (fail, afail):
            signal.connect(notes.keep(each, each.__name__))
        return [dispatch(signal, "send_robust", None), dispatch(signal, "asend_robust", None)]

    same(program)


def test_looking_is_no_dispatch() -> None:
    """``has_listeners``, on any class and overridden or not, makes no span and takes nobody's receivers."""

    class Asking(Filtering):
        def has_listeners(self, sender: Any = None) -> bool:
            return super().has_listeners(sender) and bool(self._live_receivers(sender)[0])

    def program(notes: Notes) -> Any:
        signal = Asking()

        def ask(**kwargs: Any) -> bool:
            return signal.has_listeners()

        signal.connect(ask)
        return [signal.has_listeners(), signal.send(None)[0][1], dispatch(signal, "asend", None)[0][1]]

    trace = same(program)
    assert [root.method for root in trace.roots()] == ["send", "asend"] * 2
