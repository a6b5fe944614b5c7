"""Receivers, senders, signals, arguments and exceptions that do harm when looked at: nobody looks at them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from types import MethodType, ModuleType
from typing import Any

import pytest
from django.db import connection
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.capture.recording import record
from signaltrace.exports import json as json_export
from signaltrace.inventory.registry import read_inventory
from signaltrace.trace import Trace
from signaltrace.views import overview
from signaltrace.views import receivers as receivers_view
from tests.capture.observing import METHODS, SYNC_METHODS, Notes, same
from tests.capture.spies import ACTS, Spy, receivers
from tests.testapp.models import Book
from tests.views.printing import printed

pytestmark = pytest.mark.django_db

NAME = "zz_hostile.signals"
KINDS = list(receivers(Spy("lies")))


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """A module whose globals are searched for the names of signals."""
    made = ModuleType(NAME)
    sys.modules[NAME] = made
    yield made
    del sys.modules[NAME]


def answer(notes: Notes, spy: Spy, signal: Any, method: str, sender: Any, **named: Any) -> Any:
    """What a dispatch gives or raises while the spy is armed, in names."""

    def sync() -> Any:
        spy.armed = True
        try:
            return getattr(signal, method)(sender, **named)
        finally:
            spy.armed = False

    async def later() -> Any:
        spy.armed = True
        try:
            return await getattr(signal, method)(sender, **named)
        finally:
            spy.armed = False

    try:
        result = asyncio.run(later()) if method.startswith("a") else sync()
    except BaseException as error:
        result = error
    return notes.name(result)


def shown(trace: Trace) -> str:
    """The trace in every view and export, as one text."""
    pages = [printed(views.load(name).render(trace, Selection(orphaned=True)), 200) for name in views.names()]
    return "\n".join([*pages, json_export.render(trace)])


def harmful_signal(spy: Spy) -> Any:
    """A class of signals that mind all but what Django itself does with them."""
    harmful = vars(spy.class_())
    names = ("__hash__", "__eq__", "__repr__", "__str__", "__bool__", "__len__", "__iter__", "__format__")
    return type("Harmful", (Signal,), {name: harmful[name] for name in (*names, "__name__", "__code__")})


def signal_to(notes: Notes, kinds: dict[str, Any], signal: Any, names: list[str]) -> Any:
    """A signal with some of the receivers, all of them kept and named."""
    notes.keep(signal, "signal")
    notes.keep(kinds)
    for name in names:
        receiver = notes.keep(kinds[name], name)
        # weakly, and held here: Django itself looks at the class of an object it holds on to
        signal.connect(receiver, weak=type(receiver) is not MethodType)
    return signal


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("harm", ACTS)
@pytest.mark.parametrize("kind", KINDS)
def test_receivers_are_not_looked_at(kind: str, harm: str) -> None:
    """By each method: the same results, the same looks (Django's), the same queries."""

    def program(notes: Notes) -> None:
        spy = Spy(harm)
        signal = signal_to(notes, receivers(spy), Signal(), [kind])
        with CaptureQueriesContext(connection) as found:
            for method in METHODS:
                notes.add(method, answer(notes, spy, signal, method, Book, number=1))
        notes.add("looked at", dict(spy.asked), len(found))

    trace = same(program)
    assert len(trace.roots()) == 2 * len(METHODS)
    text = shown(trace)
    assert "Harmful" in text or kind not in ("an object", "a method", "an async object")


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("harm", ACTS)
@pytest.mark.parametrize("caching", [True, False])
def test_senders_signals_and_arguments_are_not_looked_at(caching: bool, harm: str) -> None:
    """As senders: an instance, a class. As arguments: alone, in containers, in the place of an instance."""

    def program(notes: Notes) -> None:
        spy = Spy(harm)
        harmful, by_meta = spy.class_(), spy.class_(type)("ByMeta", (), {})
        signal = harmful_signal(spy)(use_caching=caching)
        signal_to(notes, receivers(spy), signal, ["wraps itself"])
        value, book = notes.keep(harmful(), "value"), notes.keep(Book(pk=5), "book")
        book.__dict__["id"] = value
        arguments = {
            "alone": value, "listed": [value], "kind": harmful, "meta": by_meta, "text": spy.text("text"),
            "container": spy.class_(list)([1]), "mapping": spy.class_(dict)(), "book": book,
            "number": spy.class_(int)(5),
        }  # fmt: skip
        saved = {"instance": value, "created": value, "update_fields": None, "raw": False, "using": "default"}
        with CaptureQueriesContext(connection) as found:
            for method in METHODS:
                for sender in (None, value, harmful, by_meta, spy.text("sender")):
                    for named in (arguments, saved, {**saved, "update_fields": value, "using": value}):
                        notes.add(method, answer(notes, spy, signal, method, sender, **named))
        if caching:  # Django looks a sender up twice, the fast loop once: that is less, and not ours
            del spy.asked["__hash__"], spy.asked["__eq__"]
            found = []
        notes.add("looked at", dict(spy.asked), len(found))

    trace = same(program)
    assert len(trace.roots()) >= 2 * 3 * len(METHODS)
    shown(trace)


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("harm", ACTS)
@pytest.mark.parametrize("is_async", [False, True])
def test_exceptions_are_not_looked_at(is_async: bool, harm: str) -> None:
    """What a receiver raises is described without its own ``__str__``, ``args`` and the like."""

    def program(notes: Notes) -> None:
        spy = Spy(harm)
        more = {name: property(spy.method(name, lambda error: ())) for name in ("args", "exceptions")}
        class_ = spy.class_(Exception, **more)
        if is_async:  # asyncio waits for ever for one that minds being looked at in any way
            class_ = type(
                "Harmful", (Exception,), {each: vars(class_)[each] for each in ("__str__", "args", "__eq__")}
            )
        error = notes.keep(class_("told", spy.class_()()), "error")

        def fail(**named: Any) -> None:
            raise error

        async def fail_later(**named: Any) -> None:
            raise error

        signal = notes.keep(Signal(), "signal")
        signal.connect(notes.keep(fail_later if is_async else fail, "receive"), weak=False)
        for method in METHODS if is_async else SYNC_METHODS:
            notes.add(method, answer(notes, spy, signal, method, None))
        notes.add("looked at", dict(spy.asked))

    assert "told, <" in shown(same(program))


@pytest.mark.parametrize("harm", ACTS)
def test_nobody_looks_afterwards(harm: str, module: ModuleType) -> None:
    """Neither where the trace is made and shown, nor in the inventory, nor in its views."""
    spy, notes = Spy(harm), Notes()
    kinds = receivers(spy)
    signal_to(notes, kinds, Signal(), KINDS)
    signal = harmful_signal(spy)()
    signal_to(notes, kinds, signal, KINDS)
    module.heard, module.spies, module.harmful, module.kind = signal, kinds, spy.class_()(), spy.class_()
    module.__dict__[spy.text("__name__")] = spy.class_()()
    with record(orphaned=True) as recording:
        answer(notes, spy, signal, "send_robust", Book)
        answer(notes, spy, notes.kept[0], "send_robust", Book)
        spy.asked.clear()
        spy.armed = True
        trace = recording.stop()
    try:
        text = shown(trace)
        inventory = read_inventory()
        listed = printed(receivers_view.render(inventory), 200) + printed(overview.render(inventory), 200)
    finally:
        spy.armed = False
    assert (dict(spy.asked), trace.faults) == ({}, [])
    assert f"{NAME}.heard" in text
    assert f"{NAME}.heard" in listed
    assert "Harmful()" in text
    assert "Harmful()" in listed
