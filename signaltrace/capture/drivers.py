"""Async receivers, stage *capture*: the original coroutine, driven step by step.

The current span is set before each step and restored after it. A context variable held for
the length of the receiver would give wrong parents: Django 6.1 runs all async receivers of a
dispatch in one shared context, and copies its changes back to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import CO_COROUTINE
from threading import get_ident
from types import CoroutineType, FunctionType
from typing import Any
from weakref import ref

from signaltrace.capture.cells import CELL, Cell
from signaltrace.capture.dispatches import Dispatch
from signaltrace.capture.looks import Look
from signaltrace.capture.mutes import IN_FORCE, Mute, enter_step, leave_step
from signaltrace.trace import RAISED, UNKNOWN


class TimedReceiver:
    """Stands for one async receiver in one dispatch. Attributes are the receiver's own, absent ones
    included: ``send_robust`` logs ``__qualname__`` and fails where there is none."""

    __slots__ = ("_dispatch", "_position", "receiver")

    def __init__(self, receiver: Any, dispatch: Dispatch, position: int) -> None:
        self.receiver = receiver
        self._dispatch = dispatch
        self._position = position

    def __call__(self, **named: Any) -> Any:
        receiver, dispatch, position = self.receiver, self._dispatch, self._position
        cell = _cell(dispatch, position)
        if cell is None:
            return receiver(**named)
        watch = dispatch.watch
        look = None if watch is None else watch.look(receiver, position)
        clock = dispatch.recorder.clock
        # An `async def` runs nothing yet; what is only marked as async may do anything when called.
        plain = type(receiver) is FunctionType and receiver.__code__.co_flags & CO_COROUTINE
        token = None if plain else CELL.set(cell)
        if look is not None:
            look.enter()
        began = clock()
        try:
            result = receiver(**named)
        except BaseException as error:
            dispatch.ended(position, began, clock(), RAISED, error)
            raise
        finally:
            if token is not None:
                CELL.reset(token)
            if look is not None:
                look.leave()
        if type(result) is CoroutineType:
            return _driven(result, dispatch, position, cell, look)
        if look is not None:
            look.over(cell.index)
        cell.nested = 0
        # Some other awaitable: it passes as it is, and only the call can be timed.
        dispatch.ended(position, began, clock(), UNKNOWN)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.receiver, name)


def _cell(dispatch: Dispatch, position: int) -> Cell | None:
    try:
        return Cell(get_ident(), dispatch.id + 1 + position, nested=dispatch.nested)
    except Exception as fault:
        dispatch.recorder.fault("async receiver", fault)
        return None


def _driven(
    coroutine: CoroutineType[Any, Any, Any], dispatch: Dispatch, position: int, cell: Cell, look: Look | None
) -> Any:
    """The driver of a coroutine; after a fault of ours the coroutine itself."""
    try:
        return Driver(coroutine, dispatch, position, cell, look)
    except Exception as fault:
        dispatch.recorder.fault("async receiver", fault)
        return coroutine


class Driver(Coroutine[Any, Any, Any]):
    """A coroutine around another: every step is passed on inside the receiver's own cell."""

    __slots__ = (
        "_busy", "_cell", "_coroutine", "_dispatch", "_look", "_mutes", "_over", "_position", "_start",
    )  # fmt: skip

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        dispatch: Dispatch,
        position: int,
        cell: Cell,
        look: Look | None = None,
    ) -> None:
        self._coroutine = coroutine
        self._dispatch = dispatch
        self._position = position
        self._cell = cell
        self._look = look
        self._start: int | None = None
        self._busy = 0
        self._mutes: tuple[Mute, ...] | None = None
        self._over = False
        cell.coroutine = ref(coroutine)  # where it waits, a query that it had another thread run came from

    def send(self, value: Any) -> Any:
        """One step of the receiver."""
        return self._step(self._coroutine.send, value)

    def throw(self, *error: Any) -> Any:
        """One step of the receiver that begins with an exception, a cancellation for instance."""
        try:
            if self._start is None:  # cancelled before its first step: nothing of the receiver runs
                return self._coroutine.throw(*error)
            return self._step(self._coroutine.throw, *error)
        finally:
            # this frame is in the traceback of what it throws: left here, the two would be a cycle
            del error

    def close(self) -> None:
        """End the receiver where it stands."""
        try:
            self._coroutine.close()
        finally:
            if self._start is not None and not self._over:
                self._end(UNKNOWN, None)

    def __await__(self) -> Driver:
        return self

    def __iter__(self) -> Driver:
        return self

    def __next__(self) -> Any:
        return self._step(self._coroutine.send, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._coroutine, name)

    def running(self) -> tuple[int, int] | None:
        """The indexes of the dispatch's route and of the receiver; None where a fault of ours lost them."""
        receiver = self._dispatch.receiver_at(self._position)
        return None if receiver is None else (self._dispatch.route, receiver)

    def _step(self, step: Callable[..., Any], *value: Any) -> Any:
        cell = self._cell
        clock = self._dispatch.recorder.clock
        cell.thread = get_ident()
        token = CELL.set(cell)
        around = enter_step(self._dispatch.recorder, self._mutes) if IN_FORCE else ()
        look = self._look
        if look is not None:
            look.enter()
        began = clock()
        if self._start is None:
            self._start = began
            self._dispatch.begun.add(self._position)
        try:
            result = step(*value)
        except StopIteration:
            self._busy += clock() - began
            if look is not None:
                look.leave()
            self._end("ok", None)
            raise
        except BaseException as error:
            self._busy += clock() - began
            if look is not None:
                look.leave()
            self._end(RAISED, error)
            raise
        finally:
            del value
            CELL.reset(token)
            if IN_FORCE:
                self._mutes = leave_step(self._dispatch.recorder, around)
        self._busy += clock() - began
        if look is not None:
            look.leave()
        return result

    def _end(self, outcome: str, error: BaseException | None) -> None:
        try:
            self._over = True
            self._cell.nested = 0  # a task that is left over is inside nothing that is open
            look, self._look = self._look, None
            if look is not None:
                look.over(self._cell.index)
            start, dispatch = self._start or 0, self._dispatch
            end = dispatch.recorder.clock()
            dispatch.ended(self._position, start, end, outcome, error, self._busy, self._cell.index)
        except Exception as fault:
            self._dispatch.recorder.fault("async receiver", fault)


_ADDED = (Driver.send, Driver.throw, Driver.__next__, Driver._step, TimedReceiver.__call__)
DRIVER_CODES = frozenset(method.__code__ for method in _ADDED)
