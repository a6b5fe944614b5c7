"""Sync receivers in somebody else's loop, stage *capture*: timed by the iteration, not by a wrapper.

Django's ``asend`` and subclasses loop over the list that ``_live_receivers`` gives. The list handed
to them holds the original receivers, and its iterator reads the clock each time the loop asks for
the next one: no proxy is called, compared, logged or returned, and no frame is added.
"""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop
from collections.abc import Iterator
from dis import opmap
from sys import _getframe
from types import FrameType
from typing import Any

from signaltrace.capture.cells import CELL, Cell, own_cell
from signaltrace.capture.dispatches import Dispatch
from signaltrace.trace import UNKNOWN

_GET_ITER = opmap["GET_ITER"]


class TimedReceivers(list[Any]):
    """A list of receivers whose first ``for`` loop is taken for the dispatch loop."""

    __slots__ = ("_dispatch", "_first")

    def __init__(self, receivers: list[Any], dispatch: Dispatch, first: int | None = None) -> None:
        super().__init__(receivers)
        self._dispatch: Dispatch | None = dispatch
        self._first = dispatch.expect(receivers) if first is None else first

    def __iter__(self) -> Iterator[Any]:
        dispatch, self._dispatch = self._dispatch, None
        if dispatch is None:
            return super().__iter__()
        if dispatch.opaque and not _loops(_getframe(1)):
            # list(), sorted() and the like take all at once: who is called when can't be seen
            dispatch.untimed(self._first, len(self))
            return super().__iter__()
        return _TimedLoop(super().__iter__(), dispatch, self._first)

    def __add__(self, others: Any) -> Any:
        together = super().__add__(others)
        dispatch, self._dispatch = self._dispatch, None
        return together if dispatch is None else TimedReceivers(together, dispatch, self._first)


def _loops(frame: FrameType) -> bool:
    """Whether ``frame`` is asking for an iterator by ``for``, not through a call of its own."""
    return frame.f_code.co_code[frame.f_lasti] == _GET_ITER


class _TimedLoop:
    """Gives one receiver after the other; between two of them, one is running."""

    __slots__ = ("_cell", "_dispatch", "_looped", "_open", "_originals", "_outer", "_position", "_start")

    def __init__(self, originals: Iterator[Any], dispatch: Dispatch, first: int) -> None:
        self._originals = originals
        self._dispatch = dispatch
        self._position = first - 1
        self._open = False
        self._looped = False
        self._start = 0
        self._cell: Cell | None = None
        self._outer = 0

    def __iter__(self) -> _TimedLoop:
        return self

    def __next__(self) -> Any:
        self._close("ok")
        receiver = next(self._originals)
        self._begin()
        return receiver

    def _begin(self) -> None:
        try:
            self._position += 1
            cell = own_cell(CELL.get())
            self._cell, self._outer = cell, cell.current
            span = self._dispatch.id + 1 + self._position
            self._looped = running_loop() is not None
            if self._looped:  # tasks made by the receiver must find it, not the one after it
                CELL.set(Cell(cell.thread, span, None, cell.index))
            else:
                cell.current = span
            self._open = True
            self._start = self._dispatch.recorder.clock()
        except Exception as fault:
            self._dispatch.recorder.fault("timed loop", fault)

    def _close(self, outcome: str) -> None:
        if not self._open:
            return
        try:
            end = self._dispatch.recorder.clock()
            self._open = False
            cell = self._cell
            if cell is not None:
                if self._looped:
                    CELL.set(cell)
                else:
                    cell.current = self._outer
                self._dispatch.ended(self._position, self._start, end, outcome, thread=cell.index)
        except Exception as fault:
            self._dispatch.recorder.fault("timed loop", fault)

    def __del__(self) -> None:
        # The loop was left: a receiver raised, or the loop broke off. Which, the dispatch knows.
        self._close(UNKNOWN)
        if self._dispatch.opaque:
            self._dispatch.finish()
