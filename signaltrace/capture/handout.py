"""The exact path, stage *capture*: Django's own method runs, only its receivers are timed ones.

The patched ``asend`` (and any method on a Django version or below another tool's patch that the
fast loop is not proven for) announces a dispatch; the patched ``_live_receivers`` answers that
one call, for that signal only, with a timed list and drivers. Every other caller gets the raw
receivers: ``has_listeners`` and tools that look do not count as dispatches.
"""

from __future__ import annotations

import threading
from asyncio import _get_running_loop as running_loop
from collections.abc import Sequence
from types import FrameType
from typing import Any

from signaltrace.capture.cells import CELL, own_cell
from signaltrace.capture.dispatches import Dispatch, task_name
from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.failures import unlink
from signaltrace.capture.loops import TimedReceivers
from signaltrace.capture.recorder import Recorder

Live = tuple[list[Any], list[Any]]


class _Announced(threading.local):
    handout: Handout | None = None


ANNOUNCED = _Announced()


class Handout:
    """One announced dispatch; ``dispatch`` stays None until Django asks for its receivers."""

    __slots__ = ("_frame", "_previous", "dispatch", "method", "named", "recorder", "sender", "signal")

    def __init__(
        self, recorder: Recorder, method: str, signal: Any, sender: Any, named: dict[str, Any], frame: FrameType
    ) -> None:
        self.recorder = recorder
        self.method = method
        self.signal = signal
        self.sender = sender
        self.named = named
        self.dispatch: Dispatch | None = None
        self._frame: FrameType | None = frame
        self._previous = ANNOUNCED.handout
        ANNOUNCED.handout = self

    def give(self, live: Live) -> Live:
        """The receivers Django asked for, timed; as they are where nothing is to be timed or a fault of ours."""
        frame, self._frame = self._frame, None
        if not live[0] and not live[1]:
            return live
        try:
            self.dispatch = open_dispatch(
                self.recorder, self.method, self.signal, self.sender, self.named, frame
            )
            receivers = TimedReceivers(live[0], self.dispatch)
            first = self.dispatch.expect(live[1])
            return receivers, [TimedReceiver(each, self.dispatch, first + at) for at, each in enumerate(live[1])]
        except Exception as fault:
            self.recorder.fault(self.method, fault)
            return live

    def returned(self, responses: Any, robust: bool) -> Any:
        """The responses with the original receivers in them."""
        self.withdraw()
        if self.dispatch is None:
            self.recorder.orphan(self.method, self.signal, self.sender, self.named, self._frame)
            return responses
        for at, pair in enumerate(responses):
            if type(pair) is tuple and len(pair) == 2 and type(pair[0]) is TimedReceiver:
                responses[at] = (pair[0].receiver, pair[1])
        self.dispatch.mark_errors(responses, robust)
        self.dispatch.finish()
        return responses

    def raised(self, error: BaseException, codes: frozenset[Any]) -> None:
        """The method raised: its traceback loses the frames that an untraced run does not have."""
        self.withdraw()
        unlink(error, DRIVER_CODES | codes)
        if self.dispatch is not None:
            self.dispatch.finish(error)

    def withdraw(self) -> None:
        """Take the announcement back."""
        if ANNOUNCED.handout is self:
            ANNOUNCED.handout = self._previous


def open_dispatch(
    recorder: Recorder,
    method: str,
    signal: Any,
    sender: Any,
    named: dict[str, Any] | None,
    frame: FrameType | None,
) -> Dispatch:
    """A dispatch that begins now, in the calling thread and task."""
    cell = own_cell(CELL.get())
    route = recorder.route(method, signal, sender)
    head = (
        recorder.new_id(),
        cell.current,
        route,
        recorder.call_site(frame),
        cell.index,
        recorder.clock(),
    )
    task = None if running_loop() is None else task_name()
    arguments = () if named is None else recorder.arguments(named)
    return Dispatch(recorder, head, arguments, task, opaque=named is None)


def announced_for(signal: Any, sender: Any) -> Handout | None:
    """The announced dispatch that this question belongs to; it is answered once."""
    handout = ANNOUNCED.handout
    if handout is not None and handout.signal is signal and handout.sender is sender:
        handout.withdraw()
        return handout
    return None


def hand_opaque(recorder: Recorder, method: str, signal: Any, sender: Any, live: Live, frame: FrameType) -> Live:
    """The receivers for a loop of a subclass's own. Sync ones are timed by its iteration; async
    ones are only noted, since no stand-in may reach code that is not Django's."""
    try:
        dispatch = open_dispatch(recorder, method, signal, sender, None, frame)
        timed: Sequence[Any] = TimedReceivers(live[0], dispatch)
        dispatch.expect(live[1])
        return timed, live[1]  # type: ignore[return-value]
    except Exception as fault:
        recorder.fault("opaque dispatch", fault)
        return live
