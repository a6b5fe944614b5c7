"""Putting our methods in and taking them out, alone and beside other tools that do the same."""

from __future__ import annotations

import asyncio
import functools
import gc
import itertools
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.patch import install, installed, uninstall
from signaltrace.capture.recording import record
from tests.capture.observing import (
    METHODS,
    Notes,
    dispatch,
    logged,
    outcome,
    same,
    stack_depth,
    worker_is_idle,
)
from tests.capture.paths import aleaf, connected, leaf

pytestmark = pytest.mark.usefixtures("unnamed_signals")

PATCHED = (*METHODS, "_live_receivers", "_log_robust_failure")


class Tool:
    """Another tool: wraps one method of Signal and counts its calls."""

    def __init__(self, method: str, seen: list[str]) -> None:
        self.method = method
        self.seen = seen

    def install(self) -> None:
        """Put the wrapper over whatever is there."""
        self.replaced = inner = vars(Signal)[self.method]
        seen, name = self.seen, self.method
        if name.startswith("a"):

            @functools.wraps(inner)
            async def wrapper(*args: Any, **kwargs: Any) -> Any:
                seen.append(name)
                return await inner(*args, **kwargs)

        else:

            @functools.wraps(inner)
            def wrapper(*args: Any, **kwargs: Any) -> Any:
                seen.append(name)
                return inner(*args, **kwargs)

        self.wrapper = wrapper
        setattr(Signal, self.method, wrapper)

    def uninstall(self) -> None:
        """Put back what was there before, whatever is there now."""
        setattr(Signal, self.method, self.replaced)


@pytest.fixture(autouse=True, scope="module")
def _classes_are_gone() -> Any:
    """The subclasses made here are not to be met by recordings elsewhere."""
    yield
    worker_is_idle()
    gc.collect()


@pytest.fixture
def _original() -> Any:
    """Signal as it was, whatever a test leaves it as."""
    before = dict(vars(Signal))
    yield
    for name in PATCHED:
        setattr(Signal, name, before[name])


def test_the_same_objects_come_back() -> None:
    """Every attribute of Signal is the very object it was, in the same order; meanwhile six are ours."""
    before = dict(vars(Signal))
    with record():
        during = dict(vars(Signal))
    assert list(vars(Signal).items()) == list(before.items())
    assert {name for name in before if during[name] is not before[name]} == set(PATCHED)
    assert during.keys() == before.keys()


def test_installs_nest() -> None:
    """Installed once however often; whole again when the last one has gone, in any order."""
    outer = record().start()
    during = dict(vars(Signal))
    recorder = install()
    inner = record().start()
    assert dict(vars(Signal)) == during
    outer.stop()
    inner.stop()
    assert installed()
    assert not recorder.off
    uninstall()
    assert not installed()
    assert recorder.off


def test_subclasses_get_their_own_methods_back() -> None:
    """What a subclass defines itself is put back as well, also in a class made while recording."""

    class Before(Signal):
        def _live_receivers(self, sender: Any) -> Any:
            return super()._live_receivers(sender)

    original = vars(Before)["_live_receivers"]
    with record():

        class During(Before):
            def _live_receivers(self, sender: Any) -> Any:
                return super()._live_receivers(sender)

        later = vars(During)["_live_receivers"]
        signal = During()
        signal.connect(leaf)
        asyncio.run(signal.asend(None))
        assert vars(Before)["_live_receivers"] is not original
    assert vars(Before)["_live_receivers"] is original
    assert vars(During)["_live_receivers"] is later


ORDERS = [
    order
    for order in itertools.permutations(["we go in", "it goes in", "we go out", "it goes out"])
    if order.index("we go in") < order.index("we go out")
    and order.index("it goes in") < order.index("it goes out")
]


@pytest.mark.usefixtures("_original")
@pytest.mark.parametrize("method", [*METHODS, "_live_receivers"])
@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
def test_another_tool(order: tuple[str, ...], method: str) -> None:
    """Patched over ours or under it, and taken out in any order: it runs while it is in, and dispatches
    go on as before at every stage."""
    seen: list[str] = []
    tool, recording = Tool(method, seen), record()
    signal = connected(leaf, aleaf)
    sent = "send" if method == "_live_receivers" else method
    inside = False
    for step in order:
        {
            "we go in": recording.start,
            "we go out": recording.stop,
            "it goes in": tool.install,
            "it goes out": tool.uninstall,
        }[step]()
        inside = step == "it goes in" or (inside and step != "it goes out")
        seen.clear()
        assert dispatch(signal, sent, None) == [(leaf, None), (aleaf, None)]
        # A tool that went in before us and out before us puts its original over ours: ours ends there.
        # One that goes out after us puts ours back, which then only passes calls on.
        assert (seen != []) == inside, step


@pytest.mark.usefixtures("_original")
@pytest.mark.parametrize("method", METHODS)
def test_what_another_tool_sees(method: str) -> None:
    """Under or over us, a tool gets the original receivers, responses and exceptions, never a stand-in."""

    def program(notes: Notes) -> None:
        inner = vars(Signal)[method]

        def look(responses: Any) -> None:
            notes.add("tool", [receiver in (leaf, aleaf) for receiver, _ in responses])

        if method.startswith("a"):

            async def wrapper(self: Any, sender: Any, **named: Any) -> Any:
                notes.add("asked", self.has_listeners(sender))
                responses = await inner(self, sender, **named)
                look(responses)
                return tuple(responses)

        else:

            def wrapper(self: Any, sender: Any, **named: Any) -> Any:
                notes.add("asked", self.has_listeners(sender))
                responses = inner(self, sender, **named)
                look(responses)
                return tuple(responses)

        setattr(Signal, method, wrapper)
        try:
            signal = connected(leaf, aleaf)
            notes.add("sent", outcome(notes, lambda: dispatch(signal, method, None)))
            with record() as recording:
                notes.add("sent", outcome(notes, lambda: dispatch(signal, method, None)))
            notes.add("seen", [(span.method, span.outcome) for span in recording.trace.roots()])
        finally:
            setattr(Signal, method, inner)

    notes = Notes()
    program(notes)
    assert notes.entries["sent"][0] == notes.entries["sent"][1]
    assert notes.entries["tool"] == [([True, True],)] * 2
    assert notes.entries["seen"] == [([(method, "ok")],)]
    same(lambda notes: program(notes) or notes.entries.pop("seen"))


@pytest.mark.usefixtures("_original")
@pytest.mark.parametrize("method", METHODS)
def test_off_means_off(method: str) -> None:
    """Whoever holds on to our method after the end gets Django's, with the same depth and tracebacks."""
    with record() as recording:
        kept = vars(Signal)[method]
        recorder = recording._recorder
    assert recorder is not None
    before = len(recorder.pending), list(recorder.orphans)

    def program(function: Any) -> Any:
        notes = Notes()
        kind = type("Kept", (Signal,), {method: function})

        def receive(**kwargs: Any) -> None:
            notes.add("depth", stack_depth() if method.startswith("a") else 0)
            raise ValueError(5)

        signal = kind()
        signal.connect(receive)
        with logged(notes):
            notes.add("sent", outcome(notes, lambda: dispatch(signal, method, None)))
            notes.add("sent", outcome(notes, lambda: dispatch(kind(), method, None)))
        return notes.entries

    assert program(kept) == program(vars(Signal)[method])
    assert (len(recorder.pending), recorder.orphans) == before


def test_off_outside_a_recording() -> None:
    """Importing signaltrace and making a recording without beginning it patches nothing."""
    before = dict(vars(Signal))
    record()
    assert not installed()
    assert dict(vars(Signal)) == before
