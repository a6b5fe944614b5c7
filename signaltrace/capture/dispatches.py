"""One dispatch under way, stage *capture*: gathers receiver calls that end in any order and thread.

For everything the fast loop does not serve: async receivers, ``asend*``, subclasses with loops of
their own. Positions are places in the order of receivers; the span of a call is id + 1 + position.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from signaltrace.capture.cells import Cell
from signaltrace.capture.failures import ErrorFields, is_caught, was_caught
from signaltrace.capture.recorder import Head, Recorder
from signaltrace.rows import MAX_CALLS, relative
from signaltrace.trace import RAISED, RETURNED_ERROR, UNKNOWN

if TYPE_CHECKING:
    from signaltrace.capture.looks import Watch

NO_ROUTE = -1


class Dispatch:
    """Facts of one dispatch, written as one row by :meth:`finish`; later calls follow in rows of
    their own. None of its methods raises into the program."""

    __slots__ = (
        "_calls", "_receivers", "_unseen", "arguments", "begun", "finished", "id", "muted", "nested",
        "opaque", "parent", "recorder", "robust", "route", "site", "start", "task", "thread", "watch",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        head: Head,
        arguments: Sequence[Any] = (),
        task: str | None = None,
        opaque: bool = False,
        robust: bool = False,
    ) -> None:
        """``head`` is id, parent, route, site, thread, start as in a row; ``robust`` where exceptions
        of receivers become responses."""
        self.recorder = recorder
        self.id, self.parent, self.route, self.site, self.thread, self.start = head
        self.arguments = arguments
        self.task = task
        self.opaque = opaque
        self.robust = robust
        self.finished = False
        # How many dispatches are open inside others while a receiver of this one runs; see cells.py.
        self.nested = 0
        # Who looks at the instance between receivers, if anyone does.
        self.watch: Watch | None = None
        # Indexes of receivers that a mute took out.
        self.muted: list[int] = []
        # position -> receiver index, offset, duration, outcome, error, busy, thread
        self._calls: dict[int, tuple[Any, ...]] = {}
        self._receivers: list[int] = []
        # Positions of async receivers that began to run, should the dispatch be over before them.
        self.begun: set[int] = set()
        self._unseen: list[int] = []

    def expect(self, receivers: Iterable[Any]) -> int:
        """Note receivers that are about to be called, in order; gives the position of the first."""
        try:
            return self.note([self.recorder.receiver_index(each) for each in receivers])
        except Exception as fault:
            self.recorder.fault("receivers of a dispatch", fault)
            return len(self._receivers)

    def note(self, indexes: Sequence[int]) -> int:
        """The same for receivers whose indexes are known."""
        first = len(self._receivers)
        if self.route != NO_ROUTE:
            self._receivers.extend(indexes)
        return first

    def mute(self, receivers: Iterable[Any]) -> None:
        """Note receivers that are not called because a mute took them out."""
        self.muted = [self.recorder.receiver_index(each) for each in receivers]

    def receiver_at(self, position: int) -> int | None:
        """The index of a receiver that was noted; None for one that a fault of ours lost."""
        return self._receivers[position] if position < len(self._receivers) else None

    def refuse(self, live: Iterable[Any]) -> None:
        """The dispatch is not to be: none of its receivers, as Django gives them, is called."""
        try:
            for receivers in live:
                if type(receivers) is list:
                    self.expect(receivers)
        except Exception as fault:
            self.recorder.fault("max depth", fault)

    def end_opaque(self, handed: Iterable[Any] = (), later: Sequence[int] = ()) -> None:
        """A subclass's loop is over, or was none: ``handed`` and ``later`` are called out of our sight, if
        at all. In a finalizer, where what is raised would be printed."""
        try:
            self.unseen(self.expect(handed))
            self.unseen(self.note(later))
            self.finish()
        except Exception as fault:
            self.recorder.fault("opaque dispatch", fault)

    def unseen(self, first: int) -> None:
        """The receivers noted from ``first`` on go to code that calls them, or not, out of our sight."""
        self._unseen.extend(range(first, len(self._receivers)))

    def adopt(self, calls: Sequence[int], outcomes: Iterable[Sequence[Any]] = ()) -> None:
        """Take over calls the fast loop has made, in its flat form."""
        try:
            flat = iter(calls)
            marks = {position: (outcome, error) for position, outcome, error in outcomes}
            for position, (receiver, offset, duration) in enumerate(zip(flat, flat, flat, strict=True)):
                self._receivers.append(receiver)
                mark = marks.get(position, ("ok", None))
                self._calls[position] = (receiver, offset, duration, *mark, None, None)
        except Exception as fault:
            self.recorder.fault("calls of a dispatch", fault)

    def broken(
        self, receivers: Sequence[Any], later: Sequence[Any], start: int, end: int, error: BaseException
    ) -> None:
        """A sync receiver raised ``error``, after those adopted; the others and ``later`` are not called."""
        try:
            position = len(self._calls)
            # an override of _live_receivers may give an iterator: what is left of it is not ours to take
            left = receivers[position:] if type(receivers) is list else []
            self.expect([*left, *later] if type(later) is list else left)
            if left:
                self.ended(position, start, end, RAISED, error)
        except Exception as fault:
            self.recorder.fault("raising receiver", fault)

    def ended(
        self,
        position: int,
        start: int,
        end: int,
        outcome: str = "ok",
        error: BaseException | None = None,
        busy: int | None = None,
        thread: int | None = None,
    ) -> None:
        """A receiver call is over; ``thread`` where it ran in another than the dispatch."""
        try:
            if position >= MAX_CALLS:
                raise OverflowError(f"more than {MAX_CALLS} receivers on one dispatch")
            fields: ErrorFields | None = None if error is None else self.recorder.error(error)
            if self.robust and error is not None and is_caught(error):
                outcome = RETURNED_ERROR
            if position >= len(self._receivers):
                return  # it could not be noted: that fault was counted then
            where = thread if thread != self.thread else None
            call = (self._receivers[position], start - self.start, end - start, outcome, fields, busy, where)
            if self.finished:
                self._write({position: call}, 0, None, late=True)
            else:
                self._calls[position] = call
        except Exception as fault:
            self.recorder.fault("receiver call", fault)

    def mark_errors(self, responses: Sequence[Any]) -> None:
        """Sync receivers of Django's own robust loop: an exception among the responses was caught there."""
        if not self.robust:
            return
        try:
            for position, (_, response) in enumerate(responses):
                call = self._calls.get(position)
                if call is not None and call[3] == "ok" and was_caught(response):
                    fields = self.recorder.error(response)
                    self._calls[position] = (*call[:3], RETURNED_ERROR, fields, *call[5:])
        except Exception as fault:
            self.recorder.fault("robust errors", fault)

    def finish(self, error: BaseException | None = None) -> None:
        """Write the row. An ``error`` that left the dispatch is the fault of calls of unknown outcome."""
        try:
            if self.finished:
                return
            self.finished, self.watch = True, None
            fields = None if error is None else self.recorder.error(error)
            for position, call in self._calls.items():
                if call[3] == UNKNOWN and fields is not None:
                    self._calls[position] = (*call[:3], RAISED, fields, *call[5:])
            if error is None:
                for position in self._unseen[:MAX_CALLS]:
                    call = (self._receivers[position], 0, 0, UNKNOWN, None, None, None)
                    self._calls.setdefault(position, call)
            self._write(self._calls, self.recorder.clock() - self.start, fields)
        except Exception as fault:
            self.recorder.fault("dispatch", fault)

    def _write(
        self, calls: dict[int, tuple[Any, ...]], duration: int, error: ErrorFields | None, late: bool = False
    ) -> None:
        if self.route == NO_ROUTE:
            return
        positions = sorted(calls)
        flat: list[int] = []
        extra: dict[str, Any] = {"late": True} if late else {}
        for index, position in enumerate(positions):
            receiver, offset, length, outcome, failure, busy, thread = calls[position]
            flat += (receiver, offset, length)
            if outcome != "ok":
                extra.setdefault("outcomes", []).append([index, outcome, failure])
            if busy is not None:
                extra.setdefault("busy", []).append([index, busy])
            if thread is not None:
                extra.setdefault("threads", []).append([index, thread])
        if positions != list(range(len(positions))):
            extra["positions"] = positions
        if error is not None:
            extra["error"] = error
            reached = {*calls, *self.begun, *self._unseen}
            missing = [index for at, index in enumerate(self._receivers) if at not in reached]
            if missing and not late:
                extra["not_called"] = missing
        if self.muted and not late:
            extra["muted"] = self.muted
        if self.task is not None:
            extra["task"] = self.task
        if self.opaque:
            extra["opaque"] = True
        head = (self.id, self.parent, self.route, self.site, self.thread, self.start)
        self.recorder.add(head, duration, extra or None, flat, () if late else self.arguments)


# What the fast loop goes on with after a fault of ours: receivers run as they would, nothing is written.
# Cell, parent, nested, route, site, arguments, task.
LOST: tuple[Any, ...] = (Cell(0, 0, None, 0), 0, 0, NO_ROUTE, 0, (), None)


def lost(recorder: Recorder) -> Dispatch:
    """A dispatch of which nothing is written, and which keeps nothing: one serves all that are lost. What
    its receivers send is written, and has no parent."""
    dispatch = Dispatch(recorder, (0, 0, NO_ROUTE, 0, 0, 0))
    dispatch.finished = True
    return dispatch


def taken_over(
    recorder: Recorder,
    head: Head,
    arguments: Sequence[Any],
    task: str | None,
    row: Sequence[Any],
    outcomes: Iterable[Sequence[Any]] = (),
    nested: int = 0,
) -> Dispatch:
    """The dispatch that a fast loop's row stands for, from where it ceases to be simple; never raises."""
    try:
        dispatch = Dispatch(recorder, head, arguments, task)
        dispatch.nested = nested
        dispatch.adopt(relative(row), outcomes)
        if type(row[7]) is dict:
            dispatch.muted = row[7].get("muted", [])
        return dispatch
    except Exception as fault:
        recorder.fault("dispatch", fault)
        nowhere: Dispatch = recorder.nowhere
        return nowhere
