"""Callbacks of ``transaction.on_commit``, stage *capture*: whose they are, and what became of them.

Those that a receiver registered are remembered by the set of savepoints Django keeps beside each: it is the
same object for as long as the callback waits. One that runs becomes a row under its receiver call, one that
is dropped an event. A callback itself is never held: Django does that.
"""

from __future__ import annotations

import os
from asyncio import _get_running_loop as running_loop
from collections.abc import Iterable, Iterator
from sys import _getframe
from types import FrameType
from typing import Any, SupportsIndex

from signaltrace.capture.cells import CELL, Cell, own_cell, task_name
from signaltrace.capture.failures import is_caught
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.transactions.state import NEVER_RAN, State
from signaltrace.capture.transactions.watch import Watch
from signaltrace.event import Event
from signaltrace.rows import ON_COMMIT
from signaltrace.trace import RAISED, RETURNED_ERROR, UNKNOWN

_CAPTURING = "captureOnCommitCallbacks"
_CAPTURED_IN = os.path.join("django", "test", "testcases.py")


class CommitSignal:
    """Stands where a row has its signal."""

    name = "on commit"


COMMIT_SIGNAL = CommitSignal()


class Registered:
    """A callback that a receiver registered, by names and numbers."""

    __slots__ = ("alias", "id", "ran", "receiver", "robust", "savepoints", "site", "span", "start", "thread")

    def __init__(self, recorder: Recorder, cell: Cell, alias: str, func: Any, robust: Any, site: int) -> None:
        self.span, self.thread = cell.current, cell.index
        self.alias = alias
        self.receiver = recorder.receiver_index(func)
        self.robust = robust is True
        self.site = site
        self.id = recorder.new_id()
        self.start = recorder.clock()
        self.savepoints: Any = None
        self.ran = False

    def dropped(self, fate: str) -> Event:
        """That it did not run."""
        data = {"alias": self.alias, "robust": self.robust, "fate": fate}
        return Event(
            ON_COMMIT, self.id, 0, self.span, self.thread, self.site, self.start, 0, (self.receiver,), data
        )


class Running:
    """A callback that runs now: what it sends and asks is its own."""

    __slots__ = ("_cell", "_context", "_id", "_loop", "_outer", "_recorder", "_registered", "_start")

    def __init__(self, recorder: Recorder, registered: Registered) -> None:
        self._recorder = recorder
        self._registered = registered
        self._id = recorder.new_id()
        cell, self._context = own_cell(CELL.get())
        self._cell, self._outer = cell, cell.current
        self._loop = running_loop() is not None
        if self._loop:  # tasks made by it must find it, not what runs after it
            CELL.set(Cell(cell.thread, self._id + 1, None, cell.index, cell.nested))
        else:
            cell.current = self._id + 1
        registered.ran = True
        self._start = recorder.clock()

    def end(self, error: BaseException | None, outcome: str = "ok") -> None:
        """It is over; never raises."""
        try:
            end = self._recorder.clock()
            self._write(end - self._start, error, outcome)
        except Exception as fault:
            self._recorder.fault("a callback of on_commit", fault)
        finally:  # told or not, it is over
            if self._loop:
                CELL.set(self._context)
            else:
                self._cell.current = self._outer

    def _write(self, lasted: int, error: BaseException | None, outcome: str) -> None:
        recorder, known = self._recorder, self._registered
        extra: dict[str, Any] = {}
        if error is not None:
            fields = recorder.error(error)
            outcome = RETURNED_ERROR if known.robust and is_caught(error) else RAISED
            extra["outcomes"] = [[0, outcome, fields]]
            if outcome == RAISED:
                extra["error"] = fields
        elif outcome != "ok":
            extra["outcomes"] = [[0, outcome, None]]
        if self._loop:
            extra["task"] = task_name()
        route = recorder.route(ON_COMMIT, COMMIT_SIGNAL, known.alias)
        head = (self._id, known.span, route, known.site, self._cell.index, self._start)
        named = (("robust", True),) if known.robust and recorder.summarise is recorder.summary else ()
        recorder.add(head, lasted, extra or None, (known.receiver, 0, lasted), named)


def run(watch: Watch, registered: Registered | None) -> Running | None:
    """Begin a callback; None for one that no receiver registered, or after a fault of ours."""
    try:
        return None if registered is None or not watch.on else Running(watch.recorder, registered)
    except Exception as fault:
        watch.fault(fault)
        return None


def register(watch: Watch, alias: str, func: Any, robust: Any, frame: FrameType) -> Registered | None:
    """What is to be remembered of a callback; None outside of receivers."""
    cell, _ = own_cell(CELL.get())
    if not cell.current:
        return None
    recorder = watch.recorder
    return Registered(recorder, cell, alias, func, robust, recorder.call_site(frame))


def drop(state: State, left: Iterable[Any], fate: str) -> None:
    """Note those that are no longer among the callbacks ``left``, and never ran."""
    still = {id(each[0]) for each in list(left)}
    for number, each in list(state.waiting.items()):
        if number not in still:
            del state.waiting[number]
            if not each.ran:
                state.watch.recorder.note(each.dropped(fate))


class Commits(list[Any]):
    """``connection.run_on_commit`` while receivers' callbacks are in it.

    Django's ``TestCase.captureOnCommitCallbacks`` runs a slice of it in a loop of its own.
    """

    __slots__ = ("_state",)

    def __init__(self, callbacks: Iterable[Any], state: State) -> None:
        super().__init__(callbacks)
        self._state = state

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        found = super().__getitem__(at)
        try:
            if type(at) is slice and self._state.waiting and _captures(_getframe(1)):
                return Captured(found, self._state)
        except Exception as fault:
            self._state.watch.fault(fault)
        return found


def _captures(frame: FrameType) -> bool:
    code = frame.f_code
    if code.co_name != _CAPTURING or not code.co_filename.endswith(_CAPTURED_IN):
        return False
    return frame.f_locals.get("execute") is True


class Captured(Commits):
    """Callbacks that are run one by one as they are asked for."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        try:
            return _TimedCallbacks(super().__iter__(), self._state)
        except Exception as fault:
            self._state.watch.fault(fault)
        return super().__iter__()


class _TimedCallbacks:
    """Between two callbacks, one is running. The errors of robust ones are caught and logged out of sight."""

    __slots__ = ("_callbacks", "_robust", "_running", "_state")

    def __init__(self, callbacks: Iterator[Any], state: State) -> None:
        self._callbacks = callbacks
        self._state = state
        self._running: Running | None = None
        self._robust = False

    def __iter__(self) -> _TimedCallbacks:
        return self

    def __next__(self) -> Any:
        self._end(UNKNOWN if self._robust else "ok")
        found = next(self._callbacks)
        self._begin(found)
        return found

    def _begin(self, found: Any) -> None:
        try:
            known = self._state.waiting.get(id(found[0]))
            if known is not None:
                self._robust = known.robust
                self._running = run(self._state.watch, known)
        except Exception as fault:
            self._state.watch.fault(fault)

    def _end(self, outcome: str) -> None:
        try:
            running, self._running = self._running, None
            if running is not None:
                running.end(None, outcome)
        except Exception as fault:
            self._state.watch.fault(fault)

    def __del__(self) -> None:
        # The loop was left while one was running: it raised.
        if hasattr(self, "_robust"):
            self._end(UNKNOWN if self._robust else RAISED)


def abandoned(state: State, callbacks: Iterable[Any]) -> None:
    """One raised: Django forgets the others that were to run after it."""
    for each in list(callbacks):
        known = state.waiting.pop(id(each[0]), None)
        if known is not None:
            state.watch.recorder.note(known.dropped(NEVER_RAN))
