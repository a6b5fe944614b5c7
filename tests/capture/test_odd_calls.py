"""The contract where calls are odd: senders, keywords and signals that nobody had in mind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import record
from tests.capture.kinds import Failure
from tests.capture.observing import METHODS, SYNC_METHODS, Notes, dispatch, outcome, same

pytestmark = pytest.mark.usefixtures("unnamed_signals")


def receive(**kwargs: Any) -> str:
    """A receiver that answers."""
    return "heard"


def fail(**kwargs: Any) -> str:
    """A receiver that raises."""
    raise Failure("odd")


async def areceive(**kwargs: Any) -> str:
    """An async one."""
    return "heard later"


class Unhashable:
    """A sender that can't be hashed."""

    __hash__ = None  # type: ignore[assignment]


class Unwatchable:
    """A sender that can't be referenced weakly."""

    __slots__ = ()


class Refusing:
    """A sender that can be neither compared nor asked whether it is true."""

    def __eq__(self, other: object) -> bool:
        raise Failure("compared")

    def __hash__(self) -> int:
        raise Failure("hashed")

    def __bool__(self) -> bool:
        raise Failure("asked")

    def __repr__(self) -> str:
        raise Failure("shown")


SENDERS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "text": lambda: "".join(["a", " sender"]),
    "number": lambda: 5,
    "unhashable": Unhashable,
    "unwatchable": Unwatchable,
    "refusing": Refusing,
    "list": lambda: [1, 2],
    "module": lambda: inspect,
    "lambda": lambda: lambda: None,
    "signal": Signal,
}


@pytest.mark.parametrize("caching", [True, False])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sender", SENDERS)
def test_senders(sender: str, method: str, caching: bool) -> None:
    """Any object may send; where it can't be hashed or referenced Django's error is passed on."""

    def program(notes: Notes) -> None:
        signal = notes.keep(Signal(use_caching=caching), "signal")
        origin = notes.keep(SENDERS[sender](), "sender")
        for connected in (None, origin):
            notes.add("before", outcome(notes, lambda: dispatch(signal, method, origin, one=1)))
            for receiver in (receive, areceive):
                signal.connect(receiver, sender=connected)
            for _ in range(2):
                notes.add("sent", outcome(notes, lambda: dispatch(signal, method, origin, one=1)))
            for receiver in (receive, areceive):
                signal.disconnect(receiver, sender=connected)

    same(program)
    same(program, orphaned=True)


CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "no sender": ((), {}),
    "two senders": ((None, 1), {}),
    "sender twice": ((None,), {"sender": 1}),
    "sender by name": ((), {"sender": None, "one": 1}),
    "signal": ((None,), {"signal": 1}),
    "signal among others": ((None,), {"zero": 0, "signal": 1, "one": 1}),
    "self": ((None,), {"self": 1}),
    "names of ours": ((None,), {"receiver": 1, "recorder": 2, "cell": 3, "dispatch": 4, "named": 5}),
    "no identifiers": ((None,), {"a b": 1, "": 2, "class": 3}),
    "a great many": ((None,), {f"keyword{number}": number for number in range(500)}),
}


@pytest.mark.parametrize("receivers", [[], [receive], [receive, areceive], [fail, areceive], [areceive]])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("call", CALLS)
def test_calls(call: str, method: str, receivers: list[Any]) -> None:
    """Wrong and unusual calls: the same TypeError, word for word, from the same depth."""
    args, named = CALLS[call]

    def program(notes: Notes) -> None:
        signal = notes.keep(Signal(), "signal")
        for receiver in receivers:
            signal.connect(receiver)
        for _ in range(2):
            notes.add("sent", outcome(notes, lambda: dispatch(signal, method, *args, **named)))

    same(program)


@pytest.mark.parametrize("method", METHODS)
def test_the_method_looks_like_djangos(method: str) -> None:
    """Names, documentation, signature and kind of the four methods are those of Django's."""

    def program(notes: Notes) -> Any:
        function = vars(Signal)[method]
        facts = [function.__name__, function.__qualname__, function.__module__, function.__doc__]
        facts += [str(inspect.signature(function)), inspect.iscoroutinefunction(function)]
        facts += [hasattr(function, "__wrapped__"), function.__code__.co_name, function.__code__.co_qualname]
        facts += [function.__defaults__, str(function.__kwdefaults__), sorted(function.__annotations__)]
        return facts

    same(program)


@pytest.mark.parametrize("method", METHODS[2:])
def test_a_coroutine_nobody_awaits(method: str) -> None:
    """The warning for a forgotten ``await`` names Django's method, at the place it was forgotten."""

    def program(notes: Notes) -> None:
        signal = Signal()
        signal.connect(receive)
        getattr(signal, method)(None)

    same(program)


@pytest.mark.parametrize("method", METHODS)
def test_methods_taken_before(method: str) -> None:
    """A bound method kept from before the recording runs Django's own code, and is seen all the same."""
    signal = Signal()
    signal.connect(receive)
    signal.connect(areceive)
    kept = getattr(signal, method)
    carrier = type("Carrier", (), {method: staticmethod(kept)})()
    with record() as recording:
        responses = dispatch(carrier, method, None)
    assert responses == [(receive, "heard"), (areceive, "heard later")]
    (root, first, second) = (span for _, span in recording.trace.walk())
    assert (root.method, root.opaque, root.outcome) == (method, True, "ok")
    assert (first.label, first.outcome) == (f"{__name__}.receive", "ok")
    # Its stand-in would reach code that is not watched: when it ran can't be told.
    assert (second.label, second.outcome) == (f"{__name__}.areceive", "unknown")


@pytest.mark.parametrize("method", SYNC_METHODS)
def test_live_receivers_of_one_signal(method: str) -> None:
    """A tool may replace ``_live_receivers`` on one signal only: its answer counts."""

    def program(notes: Notes) -> Any:
        signal = Signal()
        signal.connect(receive)
        signal._live_receivers = lambda sender: ([fail], [])  # type: ignore[attr-defined]
        return dispatch(signal, method, None)

    same(program)


@pytest.mark.parametrize("method", METHODS)
def test_receivers_given_as_an_iterator(method: str) -> None:
    """An override may give any iterable: it is consumed as Django consumes it, step by step."""

    class Filtering(Signal):
        def _live_receivers(self, sender: Any) -> Any:
            sync, later = super()._live_receivers(sender)
            return (each for each in sync if self.wanted(each)), later

        def wanted(self, receiver: Any) -> bool:
            self.order.append(f"is {receiver.__name__} wanted")
            return receiver is not fail

    def program(notes: Notes) -> Any:
        signal = Filtering()
        signal.order = []

        def note(**kwargs: Any) -> None:
            signal.order.append("called")

        for each in (receive, fail, note, areceive):
            signal.connect(each)
        return [outcome(notes, lambda: dispatch(signal, method, None)), signal.order]

    same(program)
