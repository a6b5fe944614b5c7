"""Sync receivers in somebody else's loop, stage *capture*: timed by the iteration, not by a wrapper.

Django's ``asend`` and subclasses loop over the list that ``_live_receivers`` gives. The list handed
to them holds the original receivers, and its iterator reads the clock each time the loop asks for
the next one: no proxy is called, compared, logged or returned, and no frame is added.
"""

from __future__ import annotations

import threading
from asyncio import _get_running_loop as running_loop
from collections.abc import Iterator, Sequence
from dis import opmap
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR
from sys import _getframe
from types import FrameType
from typing import Any

from signaltrace.capture.cells import CELL, Cell, own_cell
from signaltrace.capture.dispatches import Dispatch
from signaltrace.capture.looks import Look
from signaltrace.trace import UNKNOWN


class _Running(threading.local):
    span = 0
    caught: BaseException | None = None


# The receiver call that a timed loop has running in this thread, and what Django said it caught from it.
RUNNING = _Running()

_GET_ITER = opmap["GET_ITER"]
_SUSPENDS = CO_GENERATOR | CO_ASYNC_GENERATOR


def note_failure(error: BaseException) -> None:
    """``send_robust`` caught ``error`` and logged it: by the responses it can't be told if the dispatch
    itself raises later."""
    cell = CELL.get()
    if RUNNING.span and cell is not None and cell.current == RUNNING.span:
        RUNNING.caught = error


class TimedReceivers(list[Any]):
    """A list of receivers whose first ``for`` loop is taken for the dispatch loop.

    Where that loop is Django's the dispatch expects the receivers; a subclass may sort or filter
    them first, so its are noted one by one. ``later`` are the indexes of async receivers that were
    handed out besides, and the id of the list they are in.
    """

    __slots__ = ("_dispatch", "_later")

    def __init__(
        self, receivers: list[Any], dispatch: Dispatch, later: tuple[Sequence[int], int] = ((), 0)
    ) -> None:
        super().__init__(receivers)
        self._dispatch: Dispatch | None = dispatch
        self._later = later

    def __iter__(self) -> Iterator[Any]:
        dispatch, self._dispatch = self._dispatch, None
        if dispatch is None:
            return super().__iter__()
        try:
            if not dispatch.opaque or _loops(_getframe(1)):
                return _TimedLoop(super().__iter__(), dispatch, self._later[0])
            # list(), sorted() and the like take all at once: who is called when can't be seen
            dispatch.end_opaque(list.copy(self), self._later[0])
        except Exception as fault:
            dispatch.recorder.fault("receivers of a dispatch", fault)
        return super().__iter__()

    def __del__(self) -> None:
        # Copied, indexed or only looked at: the dispatch happened, who was called when is not known.
        dispatch = getattr(self, "_dispatch", None)  # unset where a fault of ours came in between
        if dispatch is not None and dispatch.opaque:
            dispatch.end_opaque(list.copy(self), self._later[0])

    def __add__(self, others: Any) -> Any:
        together = super().__add__(others)
        dispatch, self._dispatch = self._dispatch, None
        if dispatch is None:
            return together
        return TimedReceivers(together, dispatch, ((), 0) if id(others) == self._later[1] else self._later)


def _loops(frame: FrameType) -> bool:
    """Whether ``frame`` is asking for an iterator by ``for``, not through a call of its own. A generator
    does not count: it stops between two receivers, and others' dispatches would seem to be theirs."""
    code = frame.f_code
    return not code.co_flags & _SUSPENDS and code.co_code[frame.f_lasti] == _GET_ITER


class _TimedLoop:
    """Gives one receiver after the other; between two of them, one is running."""

    __slots__ = (
        "_above", "_cell", "_context", "_dispatch", "_inner", "_later", "_look", "_looped", "_nested",
        "_open", "_originals", "_outer", "_position", "_start",
    )  # fmt: skip

    def __init__(self, originals: Iterator[Any], dispatch: Dispatch, later: Sequence[int]) -> None:
        self._originals = originals
        self._dispatch = dispatch
        self._later = later
        self._position = -1
        self._open = False
        self._looped = False
        self._start = 0
        self._cell: Cell | None = None
        self._context: Cell | None = None
        self._above = 0
        self._nested = 0
        self._inner: Cell | None = None
        self._look: Look | None = None
        self._outer = 0

    def __iter__(self) -> _TimedLoop:
        return self

    def __next__(self) -> Any:
        self._close("ok")
        receiver = next(self._originals)
        self._begin(receiver)
        return receiver

    def _begin(self, receiver: Any) -> None:
        try:
            opaque = self._dispatch.opaque
            self._position = self._dispatch.expect((receiver,)) if opaque else self._position + 1
            cell, self._context = own_cell(CELL.get())
            self._cell, self._outer = cell, cell.current
            span = self._dispatch.id + 1 + self._position
            self._looped = running_loop() is not None
            if self._looped:  # tasks made by the receiver must find it, not the one after it
                self._inner = Cell(cell.thread, span, None, cell.index, self._dispatch.nested)
                CELL.set(self._inner)
            else:
                cell.current, self._nested, cell.nested = span, cell.nested, self._dispatch.nested
            self._above, RUNNING.span, RUNNING.caught = RUNNING.span, span, None
            self._open = True
            if self._dispatch.watch is not None:
                self._look = self._dispatch.watch.look(receiver, self._position)
                if self._look is not None:
                    self._look.enter()
            self._start = self._dispatch.recorder.clock()
        except Exception as fault:
            self._dispatch.recorder.fault("timed loop", fault)

    def _close(self, outcome: str) -> None:
        try:
            if not self._open:
                return
            end = self._dispatch.recorder.clock()
            self._open = False
            caught, RUNNING.caught, RUNNING.span = RUNNING.caught, None, self._above
            if not self._dispatch.robust:
                caught = None
            cell = self._cell
            if cell is not None:
                if self._looped:
                    CELL.set(self._context)
                    if self._inner is not None:
                        self._inner.nested = 0
                elif cell.current == self._dispatch.id + 1 + self._position:
                    cell.current, cell.nested = self._outer, self._nested
                self._dispatch.ended(self._position, self._start, end, outcome, caught, thread=cell.index)
                look, self._look = self._look, None
                if look is not None:
                    look.over(cell.index)
        except Exception as fault:
            self._dispatch.recorder.fault("timed loop", fault)
            if self._open and self._cell is not None:  # told or not, the call is over
                self._open, RUNNING.span = False, self._above
                if self._looped:
                    CELL.set(self._context)
                else:
                    self._cell.current, self._cell.nested = self._outer, self._nested

    def __del__(self) -> None:
        # The loop was left: a receiver raised, or the loop broke off. Which, the dispatch knows.
        try:
            if not hasattr(self, "_outer"):
                return  # it was never begun: a fault of ours came in between
            self._close(UNKNOWN)
            if self._dispatch.opaque:
                self._dispatch.end_opaque(later=self._later)
        except Exception as fault:
            self._dispatch.recorder.fault("timed loop", fault)
            if self._open and self._cell is not None and not self._looped:
                self._cell.current, self._cell.nested = self._outer, self._nested
