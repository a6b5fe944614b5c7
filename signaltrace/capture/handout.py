"""The exact path, stage *capture*: Django's own method runs, only its receivers are timed ones.

The patched ``asend`` (and any method on a Django version or below another tool's patch that the
fast loop is not proven for) announces a dispatch; the patched ``_live_receivers`` answers that
one call, for that signal only, with a timed list and drivers. Every other caller gets the raw
receivers: ``has_listeners`` and tools that look do not count as dispatches.
"""

from __future__ import annotations

import threading
from asyncio import _get_running_loop as running_loop
from types import FrameType
from typing import Any

from signaltrace.capture.cells import CELL, own_cell, task_name
from signaltrace.capture.depth import is_too_deep, too_deep
from signaltrace.capture.dispatches import Dispatch
from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.failures import unlink
from signaltrace.capture.looks import watch_of
from signaltrace.capture.loops import TimedReceivers
from signaltrace.capture.mutes import IN_FORCE, without_muted
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.steering import arranged
from signaltrace.errors import SignalRecursionError

Live = tuple[list[Any], list[Any]]


class _Announced(threading.local):
    handout: Handout | None = None


ANNOUNCED = _Announced()


class Handout:
    """One announced dispatch; ``dispatch`` stays None until Django asks for its receivers."""

    __slots__ = (
        "_frame", "_own", "_previous", "_withdrawn",
        "dispatch", "method", "named", "recorder", "refused", "sender", "signal",
    )  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        method: str,
        signal: Any,
        sender: Any,
        named: dict[str, Any],
        frame: FrameType,
        own: bool,
    ) -> None:
        """``own``: the method that runs is Django's, and its receivers go nowhere else."""
        self.recorder = recorder
        self.method = method
        self.signal = signal
        self.sender = sender
        self.named = named
        self.dispatch: Dispatch | None = None
        # Whether it is one too deep: whoever asks for receivers gets an error raised instead.
        self.refused = False
        self._own = own
        self._frame: FrameType | None = frame
        self._withdrawn = False
        self._previous = ANNOUNCED.handout
        ANNOUNCED.handout = self

    def give(self, live: Live) -> Live:
        """The receivers Django asked for, timed; as they are after a fault of ours, or where none are."""
        try:
            muted: list[Any] = []
            if self.recorder.detour:
                live, muted = arranged(self.recorder, self.signal, self.sender, live)
            if not _is_usual(live) or not (live[0] or live[1] or muted):
                return live
            frame, self._frame = self._frame, None
            dispatch = open_dispatch(self.recorder, self.method, self.signal, self.sender, self.named, frame)
            dispatch.mute(muted)
            if _is_refused(self.recorder, dispatch, live):
                self.dispatch, self.refused = dispatch, True
                return live
            dispatch.expect(live[0])
            first = dispatch.expect(live[1])
            receivers = TimedReceivers(live[0], dispatch)
            later = live[1]
            if self._own:
                later = [TimedReceiver(each, dispatch, first + at) for at, each in enumerate(later)]
            else:
                # another tool's method may show them to anyone: no stand-ins, and so no times
                dispatch.unseen(first)
        except Exception as fault:
            self.recorder.fault(self.method, fault)
            return live
        self.dispatch = dispatch
        return receivers, later

    def returned(self, responses: Any) -> None:
        """The method gave these responses, with the original receivers in them."""
        try:
            self.withdraw()
            frame, self._frame = self._frame, None
            if self.dispatch is not None:
                if type(responses) is list:
                    self.dispatch.mark_errors(responses)
                self.dispatch.finish()
            elif type(responses) is list and not responses:
                self.recorder.orphan(self.method, self.signal, self.sender, self.named, frame)
        except Exception as fault:
            self.recorder.fault(self.method, fault)

    def raised(self, error: BaseException, codes: frozenset[Any]) -> None:
        """The method raised: its traceback loses the frames that an untraced run does not have."""
        try:
            self._frame = None
            unlink(error, DRIVER_CODES | codes)
            self.withdraw()
            if self.dispatch is not None:
                self.dispatch.finish(error)
        except Exception as fault:
            self.recorder.fault(self.method, fault)

    def withdraw(self) -> None:
        """Take the announcement back, also where others were made meanwhile by tasks of this thread."""
        self._withdrawn = True
        handout = ANNOUNCED.handout
        while handout is not None and handout._withdrawn:
            handout = handout._previous
        ANNOUNCED.handout = handout


def announce(
    recorder: Recorder,
    method: str,
    signal: Any,
    sender: Any,
    named: dict[str, Any],
    frame: FrameType,
    own: bool,
) -> Handout | None:
    """Announce a dispatch; None after a fault of ours."""
    try:
        return Handout(recorder, method, signal, sender, named, frame, own)
    except Exception as fault:
        recorder.fault(method, fault)
        return None


def open_dispatch(
    recorder: Recorder,
    method: str,
    signal: Any,
    sender: Any,
    named: dict[str, Any] | None,
    frame: FrameType | None,
) -> Dispatch:
    """A dispatch that begins now, in the calling thread and task."""
    cell, _ = own_cell(CELL.get())
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
    robust = method.endswith("robust") and named is not None
    dispatch = Dispatch(recorder, head, arguments, task, opaque=named is None, robust=robust)
    dispatch.nested = cell.nested + 1 if cell.current else 0
    if named is not None:
        dispatch.watch = watch_of(recorder, named, dispatch.id)
    return dispatch


def _is_refused(recorder: Recorder, dispatch: Dispatch, live: Live) -> bool:
    """Whether a dispatch is one too deep; its receivers are noted then as not called."""
    if dispatch.nested < recorder.steering.deepest or not is_too_deep(recorder, CELL.get()):
        return False
    dispatch.refuse(live)
    return True


def announced_for(recorder: Recorder, signal: Any, sender: Any) -> Handout | None:
    """The announced dispatch that this question belongs to; it is answered once."""
    try:
        handout = ANNOUNCED.handout
        if handout is not None and handout.signal is signal and handout.sender is sender:
            handout.withdraw()
            return handout
    except Exception as fault:
        recorder.fault("announced dispatch", fault)
    return None


def hand_opaque(
    recorder: Recorder, method: str, signal: Any, sender: Any, live: Live, frame: FrameType
) -> Live | SignalRecursionError:
    """The receivers for a loop of a subclass's own. Sync ones are timed by its iteration; async
    ones are only noted, since no stand-in may reach code that is not Django's. In place of a dispatch
    that is one too deep the error to raise."""
    try:
        muted: list[Any] = []
        if IN_FORCE:
            live, muted = without_muted(recorder, signal, sender, live)
        if not _is_usual(live) or not (live[0] or live[1] or muted):
            return live
        dispatch = open_dispatch(recorder, method, signal, sender, None, frame)
        dispatch.mute(muted)
        if _is_refused(recorder, dispatch, live):
            error = too_deep(recorder, signal, sender, CELL.get())
            dispatch.finish(error)
            return error
        recorder.steering.passed_over = True
        later = [recorder.receiver_index(each) for each in live[1]]
        return TimedReceivers(live[0], dispatch, (later, id(live[1]))), live[1]
    except Exception as fault:
        recorder.fault("opaque dispatch", fault)
        return live


def note_opaque(
    recorder: Recorder, method: str, signal: Any, sender: Any, live: Live, frame: FrameType
) -> Live:
    """A dispatch whose receivers are handed out in a way that can't be timed; gives them."""
    try:
        muted: list[Any] = []
        if IN_FORCE:
            live, muted = without_muted(recorder, signal, sender, live)
        if not _is_usual(live) or not (live[0] or live[1] or muted):
            return live
        recorder.steering.passed_over = True
        dispatch = open_dispatch(recorder, method, signal, sender, None, frame)
        dispatch.mute(muted)
        dispatch.unseen(dispatch.expect([*live[0], *live[1]]))
        dispatch.finish()
    except Exception as fault:
        recorder.fault("opaque dispatch", fault)
    return live


def _is_usual(live: Any) -> bool:
    """Whether receivers are given as Django gives them: an override may give what it likes."""
    return type(live) is tuple and len(live) == 2 and type(live[0]) is list and type(live[1]) is list
