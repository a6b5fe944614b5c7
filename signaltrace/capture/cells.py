"""Where a thread or task is in the trace, stage *capture*: the id of the receiver call it runs.

A cell belongs to one thread and sits in a ContextVar. Sync code stores the current span in the
cell (one attribute) instead of setting the variable, which costs fifty times as much. Because a
context can be copied into another thread (``sync_to_async``, ``async_to_sync``) and asgiref copies
it back afterwards, a thread may meet a cell that is not its own; :func:`own_cell` finds the way home.

While an event loop runs in the thread, every receiver call gets a cell of its own instead: tasks
created there copy the context, and must find the span they were created in, not a later one.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import _get_running_loop as running_loop
from contextvars import ContextVar
from threading import get_ident
from typing import Any
from weakref import ReferenceType

from signaltrace.capture.table import Table

# CPython's own table of Thread objects: current_thread() would add an entry to it for a thread
# that threading did not start, which the traced program could see.
_active: dict[int, threading.Thread] = getattr(threading, "_active", {})

THREADS = Table("(other threads)")
"""Names of the threads seen by this process. Not a recorder's own: a cell outlives a recording."""


_MAX_HOPS = 1_000


class Cell:
    """The span a thread is in; ``base`` is the one it was in when the cell was made, ``index``
    where THREADS has the thread's name.

    ``nested`` is how many dispatches are open inside others, the one whose receiver runs included: 0 in
    a receiver of an outermost one, which need not write anything down. ``deep`` is what it was when the
    cell was made. ``coroutine`` is a weak reference to that of the async receiver whose cell it is.
    """

    __slots__ = ("base", "coroutine", "current", "deep", "hops", "index", "nested", "origin", "thread")

    def __init__(
        self, thread: int, current: int = 0, origin: Cell | None = None, index: int = -1, nested: int = 0
    ) -> None:
        self.thread = thread
        self.index = THREADS.add(thread_name(thread)) if index < 0 else index
        self.current = current
        self.base = current
        self.coroutine: ReferenceType[Any] | None = None
        self.nested = nested
        self.deep = nested
        # A context may be handed from thread to thread for ever; nobody comes home from that far.
        if origin is not None and origin.hops >= _MAX_HOPS:
            origin, self.nested, self.deep = None, 0, 0
        self.hops: int = 0 if origin is None else origin.hops + 1
        self.origin = origin


CELL: ContextVar[Cell | None] = ContextVar("signaltrace_cell", default=None)


def own_cell(cell: Cell | None) -> tuple[Cell, Cell | None]:
    """The calling thread's cell, given the one its context holds, and which of the two the context is to
    hold from now on; sets that.

    In an event loop, inside a call that is open in another thread (``async_to_sync`` from a sync
    receiver), that stays the other thread's: asgiref hands the context back to it, and a copy that says
    "inside that receiver" would outlive the receiver there.
    """
    me = get_ident()
    if cell is None:
        cell = Cell(me)
    elif cell.thread != me:
        home = _way_home(cell, me)
        if home is None:
            home = Cell(me, cell.current, cell, nested=cell.nested)
            if running_loop() is not None:
                return home, cell
        cell = home
    CELL.set(cell)
    return cell, cell


def _way_home(cell: Cell, me: int) -> Cell | None:
    """The cell of thread ``me`` that ``cell`` was copied from, unless a call is open in between."""
    step: Cell | None = cell
    while step is not None and step.thread != me:
        if step.current != step.base:
            return None
        step = step.origin
    return step


def thread_name(ident: int) -> str:
    """The name of a running thread, without registering a foreign one as ``current_thread`` does."""
    thread = _active.get(ident)
    name = getattr(thread, "_name", None) if thread is not None else None
    return name if type(name) is str else f"thread {ident}"


def task_name() -> str | None:
    """The name of the running asyncio task; a subclass of Task only gives its class's name."""
    task = asyncio.current_task()
    if task is None:
        return None
    return task.get_name() if type(task) is asyncio.Task else type(task).__name__
