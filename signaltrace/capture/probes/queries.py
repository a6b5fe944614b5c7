"""The probe of SQL, stage *capture*: each query charged to the innermost receiver call that runs it.

It sits below all there is between a program and its driver: ``CursorDebugWrapper``, which
``connection.queries`` and ``assertNumQueries`` read, and execute wrappers see and count what they do
without it. Time is the driver's; rows that are fetched later are none of it, as in Django's own log.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import _getframe
from threading import get_ident
from types import FrameType
from typing import Any

from django.db.backends.utils import CursorWrapper

from signaltrace.capture.cells import CELL, Cell, own_cell
from signaltrace.capture.methods import named_after
from signaltrace.capture.query_places import QueryPlaces
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.swaps import Swaps
from signaltrace.event import Event

NAME = "queries"
SUMMARY = "the SQL that each receiver runs, on every database"
DEFAULT = True
KINDS = ()

_ABSENT: Any = object()

_traceback = BaseException.__dict__["__traceback__"].__get__
_set_traceback = BaseException.__dict__["__traceback__"].__set__


class Queries:
    """Notes the queries of receiver calls while it watches."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._asked = recorder.asked
        self._places = QueryPlaces(recorder)
        self._swaps = Swaps()
        self._wanted = recorder.probes
        self._watches = False

    def install(self) -> None:
        """Replace the innermost methods of Django's cursor."""
        self._watches = True
        for name in ("_execute", "_executemany"):
            self._swaps.put(CursorWrapper, name, self._around)

    def uninstall(self) -> None:
        """Put them back. What somebody still holds of ours only passes on."""
        self._watches = False
        self._swaps.back()

    def open_events(self) -> list[Event]:
        """None: it notes queries, when they are over."""
        return []

    def after_fork(self) -> None:
        """Nothing to forget: an index means the same statement in a child."""

    def _around(self, original: Any) -> Callable[..., Any]:
        """A method of the cursor that notes what ``original`` runs."""
        elsewhere, note, leave = self._elsewhere, self._note, self._leave
        cell_of, clock = CELL.get, self._recorder.clock

        # Taken apart for speed; what is not called as Django calls it goes through as it came.
        def execute(self: Any, sql: Any, params: Any = _ABSENT, *more: Any, **named: Any) -> Any:
            cell, span, began = cell_of(), 0, 0
            if cell is not None:
                span = cell.current if cell.thread == get_ident() else elsewhere(cell)
                if span:
                    began = clock()
            try:
                if named or params is _ABSENT:
                    result = original(self, sql, *(() if params is _ABSENT else (params,)), *more, **named)
                else:
                    result = original(self, sql, params, *more)
            except BaseException as error:
                if span:
                    note(self, sql, span, clock() - began)
                leave(error, _getframe())
                raise
            if span:
                note(self, sql, span, clock() - began)
            return result

        return named_after(execute, original)

    def _elsewhere(self, cell: Cell) -> int:
        """The receiver call that is running, 0 for none, where the context came from another thread; never
        raises."""
        try:
            return own_cell(cell)[0].current
        except Exception as fault:
            self._recorder.give_up(NAME, fault)
            return 0

    def _note(self, cursor: Any, sql: Any, span: int, taken_ns: int) -> None:
        """A query is over, however it ended; never raises."""
        try:
            if self._watches and self._wanted[NAME]:
                self._asked(span, self._places.find(sql, cursor.db, span), taken_ns)
        except Exception as fault:
            self._recorder.give_up(NAME, fault)

    def _leave(self, error: BaseException, frame: FrameType) -> None:
        """Take our own frame, at the head of it, out of a traceback that is being built; never raises."""
        try:
            head = _traceback(error)
            if head is not None and head.tb_frame is frame:
                _set_traceback(error, head.tb_next)
        except Exception as fault:
            self._recorder.fault("traceback", fault)


def build(recorder: Recorder) -> Queries:
    """The probe of one recorder."""
    return Queries(recorder)
