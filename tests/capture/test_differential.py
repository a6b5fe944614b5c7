"""The contract: what a program sees of a dispatch is the same bare and traced, for receivers of all kinds."""

from __future__ import annotations

import contextvars
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.versions import run_parallel
from tests.capture.async_kinds import ASYNC, KINDS, WEAKLESS
from tests.capture.kinds import act
from tests.capture.observing import METHODS, Notes, dispatch, same

pytestmark = pytest.mark.usefixtures("unnamed_signals")

# Whether the signal caches, whether receivers are connected weakly.
WAYS = [(True, True), (True, False), (False, True), (False, False)]
TOUCHED: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("touched", default=())


class Sender:
    """Some sender."""


def connect(notes: Notes, signal: Signal, kind: str, name: str, weak: bool = True) -> Any:
    """Connect a receiver of a kind that also changes a context variable."""

    def touch() -> str:
        TOUCHED.set((*TOUCHED.get(), name))
        return f"{name} was here"

    receiver = notes.keep(KINDS[kind](act(notes, name, touch, depth=kind not in ASYNC), notes), name)
    signal.connect(receiver, sender=Sender, weak=weak and kind not in WEAKLESS)
    return receiver


def send_twice(notes: Notes, kinds: list[str], method: str, caching: bool, weak: bool) -> None:
    """Dispatch twice to receivers of these kinds, writing down all there is to see."""
    signal = notes.keep(Signal(use_caching=caching), "the signal")
    notes.keep(Sender, "Sender")
    instance = notes.keep(object(), "instance")
    for at, kind in enumerate(kinds):
        connect(notes, signal, kind, f"{at} {kind}", weak)
    for again in range(2):
        notes.awaited = sum(kind not in ASYNC for kind in kinds)
        try:
            named = {"zulu": again, "instance": instance, "alpha": None, "extra": [instance]}
            responses = dispatch(signal, method, Sender, **named)
        except BaseException as error:
            notes.add("raised", notes.name(error))
        else:
            notes.add("returned", type(responses).__name__, notes.name(responses))
        notes.add("context", TOUCHED.get())
        notes.add("elsewhere", notes.name(dispatch(signal, method, Notes)))
    notes.add("connected", signal.has_listeners(Sender), signal.has_listeners(Notes), len(signal.receivers))
    notes.add("of C types", [notes.name(each) for each in notes.kept if type(each) is dict])


def in_every_way(notes: Notes, kinds: list[str], method: str, ways: list[tuple[bool, bool]] = WAYS) -> None:
    """Dispatch through a signal of each sort, with receivers connected either way."""
    for caching, weak in ways:
        notes.add("way", caching, weak)
        send_twice(notes, kinds, method, caching, weak)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_receiver_of_each_kind(kind: str, method: str) -> None:
    """One receiver: keywords, response, exception, log, context and stack depth are as in a bare run."""
    trace = same(lambda notes: in_every_way(notes, [kind], method))
    assert {span.method for _, span in trace.walk()} == {method}
    assert len(trace.roots()) == 2 * 2 * len(WAYS)


MIXES = {
    "five functions": ["function"] * 5,
    "all that return": [
        "function", "method", "class_method", "static_method", "partial", "callable_object", "slotted",
        "lambda", "decorated", "class", "builtin", "async_function", "async_method", "async_partial",
        "marked", "async_odd_values", "marked_future", "async_stop",
    ],
    "sync and async": ["async_function", "function", "async_method", "method"],
    "several async": ["async_function", "async_method", "marked"],
    "the second raises": ["function", "raising", "function", "async_function"],
    "two raise": ["raising", "nameless", "function"],
    "one gravely": ["function", "raising_base", "function", "async_function"],
    "one async raises": ["function", "async_function", "async_raising", "async_function"],
    "two async raise": ["async_raising", "async_function", "async_raising", "function"],
    "sync and async raise": ["raising", "async_raising", "async_function"],
    "one async gravely": ["function", "async_raising_base", "async_function"],
    "no coroutine": ["function", "async_function", "marked_raising", "async_function"],
    "refuses the keywords": ["async_function", "async_refusing", "function"],
    "nameless fails robustly": ["async_function", "async_nameless"],
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mix", MIXES)
def test_receivers_together(mix: str, method: str) -> None:
    """Several receivers of sync and async kinds: order, groups of exceptions, never-awaited warnings."""
    if mix == "sync and async raise" and method == "asend" and run_parallel is None:
        pytest.skip("which of the two asend raises is a race before Django 6.1")
    same(lambda notes: in_every_way(notes, MIXES[mix], method, [(True, True), (False, True)]))


def test_five_thousand_receivers() -> None:
    """As many receivers on one signal as nobody has: every one is called, in order."""
    signal = Signal()
    called: list[int] = []
    for number in range(5_000):
        signal.connect(lambda number=number, **kwargs: called.append(number), weak=False)

    def program(notes: Notes) -> Any:
        for method in METHODS:
            called.clear()
            notes.add(method, len(dispatch(signal, method, None)), list(called))

    trace = same(program)
    assert [span.method for span in trace.roots()] == [*METHODS] * 2
    assert sum(1 for _ in trace.walk()) == 5_001 * 8


@pytest.mark.parametrize("arguments", ["none", "summary"])
@pytest.mark.parametrize("orphaned", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_options_change_nothing(method: str, orphaned: bool, arguments: str) -> None:
    """How much is recorded has no influence on the program."""
    mix = ["function", "async_function", "raising"]
    same(lambda notes: send_twice(notes, mix, method, True, True), orphaned=orphaned, arguments=arguments)
