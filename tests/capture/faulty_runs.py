"""One program run bare, and traced by the copy of capture while one of its functions fails."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend
from django.core.serializers.base import DeserializedObject
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector
from django.db.models.sql.subqueries import DeleteQuery, UpdateQuery
from django.dispatch import Signal

from signaltrace.trace import SignalInfo, Trace
from tests.capture import faulty_databases, faulty_leaving, faulty_programs, faulty_steered  # noqa: F401 (programs)
from tests.capture.faulty_copy import Copy
from tests.capture.faulty_kinds import OPTIONS, PROGRAMS, WITHIN, Program
from tests.capture.observing import observe

At = Callable[[int], bool]
Calls = dict[str, Counter[str]]

# Of the copy.
FIGURES = {"PACK_AT": 300, "PACK_INSIDE_AT": 600, "MAX_CALLS": 8, "_MANY_QUERIES": 30, "_MANY_EVENTS": 4}
# What the patch and the probes replace attributes of.
PATCHED = (
    Signal, CursorWrapper, BaseDatabaseWrapper, QuerySet, Model, DeleteQuery, UpdateQuery, Collector,
    DeserializedObject, socket.socket, BaseEmailBackend, EmailBackend, faulty_leaving.Own,
)  # fmt: skip
SHARED = {"sending"}
ASYNC = {"async_calls"}
MUTED = {"async_calls"}
PHASES = ("start", "run", "read", "stop")


class Broken(Exception):
    """What our functions raise here."""


def broken() -> Exception:
    """One of those."""
    return Broken("our own fault")


class Unspeakable(Exception):
    """The same, on a still worse day."""

    def __str__(self) -> str:
        raise Broken("not even that")

    __repr__ = __str__


@dataclass
class Run:
    """What came of one traced run. ``refused`` is what the recording raised at whoever began, read or
    ended it, by phase; ``patched`` what of Signal was not put back, ``after`` what the program saw then."""

    seen: dict[str, Any]
    trace: Trace | None
    refused: dict[str, Exception]
    raised: int
    calls: Calls
    patched: list[str]
    after: dict[str, Any]
    # Whether the thread thinks that it is inside a receiver or dispatch, when all is over.
    inside: bool

    def faults(self) -> list[tuple[str, int]]:
        """The faults that were injected, as the trace tells of them."""
        found = [] if self.trace is None else self.trace.faults
        return [(each.message, each.count) for each in found if "OverflowError" not in each.message]


class _NoNames:
    """Names no signal, at once: to search all loaded modules is most of what a short recording takes."""

    def refresh(self) -> None:
        """Nothing to search."""

    def name(self, signal: Signal) -> SignalInfo:
        """The same for all."""
        return SignalInfo("(a signal)")


@functools.cache
def the_copy() -> Copy:
    """The copy, with figures so small that short programs reach what is done about many rows."""
    copy = Copy()
    for module in (copy.assembly, copy.signal_names):
        module.SignalNames = _NoNames  # type: ignore[attr-defined]
    for module in copy.modules.values():
        for name, figure in FIGURES.items():
            if name in vars(module):
                setattr(module, name, figure)
    return copy


@contextlib.contextmanager
def unraisable(found: list[str]) -> Iterator[None]:
    """Collect what the interpreter would print, since it has nobody to raise it to."""
    kept = sys.unraisablehook
    sys.unraisablehook = lambda told: found.append(f"{type(told.exc_value).__name__} in {told.object}")
    try:
        yield
    finally:
        sys.unraisablehook = kept


def watched(program: Program) -> dict[str, Any]:
    """What a program sees, and what was printed for want of somebody to raise it to."""
    printed: list[str] = []
    with unraisable(printed):
        return {**observe(program), "printed": printed}


def forgotten(copy: Copy) -> None:
    """What the copy keeps from one recording to the next is to be found out anew."""
    copy.reads._known.clear()
    copy.dialects.dialect.cache_clear()


def replaced(before: dict[type, dict[str, Any]]) -> list[str]:
    """The attributes of classes that are not what they were."""
    return [
        f"{kind.__name__}.{name}"
        for kind, kept in before.items()
        for name in {*kept, *vars(kind)}
        if vars(kind).get(name, kept) is not kept.get(name, kind)
    ]


def put_back(before: dict[type, dict[str, Any]]) -> None:
    """Make them what they were: nobody is to inherit what a run left behind."""
    for kind, kept in before.items():
        for name in {*kept, *vars(kind)}:
            if name not in kept:
                delattr(kind, name)
            elif vars(kind).get(name) is not kept[name]:
                setattr(kind, name, kept[name])


def within(name: str) -> contextlib.AbstractContextManager[Any]:
    """What a program runs in."""
    return WITHIN.get(name, contextlib.nullcontext)()


@functools.cache
def bare(name: str) -> dict[str, Any]:
    """What a program sees untraced."""
    with within(name):
        watched(PROGRAMS[name])  # asyncio and Django fill caches of their own
        return watched(PROGRAMS[name])


@functools.cache
def sound(name: str) -> Run:
    """The program traced by the copy, nothing failing."""
    return traced(name, "")


def traced(
    name: str,
    functions: str | tuple[str, ...],
    phase: str = "run",
    at: At = bool,
    make: Callable[[], Exception] = broken,
) -> Run:
    """Run a program traced, and let functions fail at those calls of one phase for which ``at`` holds."""
    with within(name):
        return _traced(name, functions, phase, at, make)


def _traced(
    name: str, functions: str | tuple[str, ...], phase: str, at: At, make: Callable[[], Exception]
) -> Run:
    copy = the_copy()
    forgotten(copy)
    cell = copy.cells.Cell(threading.get_ident())
    copy.cells.CELL.set(cell)
    copy.faults.failed.clear()
    failing = functions if isinstance(functions, tuple) else (functions,)
    before = {kind: dict(vars(kind)) for kind in PATCHED}
    calls: Calls = {}
    raised = 0
    refused: dict[str, Exception] = {}
    recordings: list[Any] = []
    muted: list[Any] = []
    seen: dict[str, Any] = {}

    def start() -> None:
        if name in MUTED:  # of nobody: the program is to see the same
            mute = copy.mutes.Mute(lambda *dispatch: lambda receiver: False)
            copy.patch.begin_mute(mute)
            muted.append(mute)
        for shared in range(2 if name in SHARED else 1):
            options = {**OPTIONS[name], **({"arguments": "none"} if shared else {})}
            recording = copy.recording.record(**options)
            if name in ASYNC:
                asyncio.run(recording.__aenter__())
            else:
                recording.__enter__()
            recordings.append(recording)

    def read() -> None:
        for recording in recordings:
            recording.progress()
            assert recording.news()
            assert recording.signal_index(object()) is None
            assert recording.trace is not None
        assert copy.patch.installed() is bool(recordings or muted)
        assert (copy.patch.installed_clock() is not None) is bool(recordings or muted)

    def stop() -> None:
        for mute in muted:
            copy.patch.end_mute(mute)
        muted.clear()
        while recordings:
            ended.append(recordings.pop())
            if name in ASYNC:
                asyncio.run(ended[-1].__aexit__(None, None, None))
            else:
                ended[-1].__exit__(None, None, None)

    ended: list[Any] = []
    steps = (start, lambda: seen.update(watched(PROGRAMS[name])), read, stop)
    for current, step in zip(PHASES, steps, strict=True):
        with copy.faults.armed(failing if current == phase else (), at, make):
            try:
                step()
            except Exception as error:
                refused[current] = error
            calls[current] = Counter(copy.faults.calls)
            raised += copy.faults.raised
    for mute in muted:  # nobody is to inherit what a failed step left undone
        copy.patch.end_mute(mute)
    for recording in (*recordings, *ended):
        with contextlib.suppress(Exception):
            recording.stop()
    left = replaced(before)
    after = watched(PROGRAMS[name]) if copy.patch.installed() or left else seen
    while copy.patch.installed():
        left.append("installed")
        copy.patch.uninstall()
    put_back(before)
    trace = None
    with contextlib.suppress(Exception):
        trace = ended[-1].trace
    return Run(seen, trace, refused, raised, calls, left, after, bool(cell.current or cell.nested))
