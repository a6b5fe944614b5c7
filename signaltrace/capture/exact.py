"""The patched methods around the exact path, stage *capture* (see handout.py for how it works)."""

from __future__ import annotations

from collections.abc import Callable
from sys import _getframe
from types import CodeType, FrameType, FunctionType
from typing import Any

from signaltrace.capture.cells import CELL
from signaltrace.capture.depth import too_deep
from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.handout import ANNOUNCED, announce, announced_for, hand_opaque, note_opaque
from signaltrace.capture.loops import note_failure
from signaltrace.capture.methods import named_after
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.versions import is_djangos
from signaltrace.errors import SignalRecursionError
from signaltrace.internals import django_signal_class

Method = Callable[..., Any]
Adopt = Callable[[type], bool]
"""Patches a subclass of Signal that overrides what it must not; says whether there was any need."""


def build_sync(recorder: Recorder, name: str, original: Method, adopt: Adopt) -> Method:
    """A sync method that lets ``original`` run, which may be another tool's patch. ``adopt`` is told
    of every signal's class, since one may have come that overrides ``_live_receivers``."""
    codes, own = _codes(original), is_djangos(original)

    def send(self: Any, sender: Any, **named: Any) -> Any:
        if recorder.off:
            try:
                return original(self, sender, **named)
            except BaseException as error:
                recorder.unlink(error, codes)
                raise
        adopt(type(self))
        handout = announce(recorder, name, self, sender, named, _getframe(1), own)
        try:
            responses = original(self, sender, **named)
        except BaseException as error:
            if handout is None:
                recorder.unlink(error, codes)
            else:
                handout.raised(error, codes)
            raise
        if handout is not None:
            if type(responses) is list:
                for at, pair in enumerate(responses):
                    if type(pair) is tuple and len(pair) == 2 and type(pair[0]) is TimedReceiver:
                        responses[at] = (pair[0].receiver, pair[1])
            handout.returned(responses)
        return responses

    return named_after(send, original)


def build_async(recorder: Recorder, name: str, original: Method, adopt: Adopt) -> Method:
    """``asend`` or ``asend_robust``; a coroutine function, as Django's is."""
    codes, own = _codes(original), is_djangos(original)
    routes = recorder.orphan_ids[name]
    orphans = recorder.orphans

    async def asend(self: Any, sender: Any, **named: Any) -> Any:
        if recorder.off:
            try:
                return await original(self, sender, **named)
            except BaseException as error:
                recorder.unlink(error, codes)
                raise
        if own and not self.receivers:
            try:
                orphans[routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder.orphan(name, self, sender, named, _getframe(1))
            return []
        adopt(type(self))
        handout = announce(recorder, name, self, sender, named, _getframe(1), own)
        try:
            responses = await original(self, sender, **named)
        except BaseException as error:
            if handout is None:
                recorder.unlink(error, codes)
            else:
                handout.raised(error, codes)
            raise
        if handout is not None:
            if type(responses) is list:
                for at, pair in enumerate(responses):
                    if type(pair) is tuple and len(pair) == 2 and type(pair[0]) is TimedReceiver:
                        responses[at] = (pair[0].receiver, pair[1])
            handout.returned(responses)
        return responses

    return named_after(asend, original)


def build_live(recorder: Recorder, original: Method, adopt: Adopt) -> Method:
    """``_live_receivers``: answers the announced dispatch, and sees the loops of subclasses."""
    look, codes = recorder.methods.look, _codes(original)

    def _live_receivers(self: Any, sender: Any) -> Any:
        frame = _getframe(1)
        looks = frame.f_code is look
        # Taken first: an override calls this method of its base, and filters what it gets.
        if looks:
            handout, ANNOUNCED.handout = ANNOUNCED.handout, None
        else:
            handout = announced_for(recorder, self, sender)
        try:
            live = original(self, sender)
        except BaseException as error:
            recorder.unlink(error, codes)
            raise
        finally:
            if looks:
                ANNOUNCED.handout = handout
        if looks:
            return live
        if handout is not None:
            live = handout.give(live)
            if handout.refused:
                raise too_deep(recorder, self, sender, CELL.get())
            return live
        if recorder.off:
            return live
        live = _opaque(recorder, adopt, self, sender, live, frame)
        if type(live) is SignalRecursionError:
            try:
                raise live
            finally:
                del live  # its traceback has this frame: the two would be a cycle
        return live

    return named_after(_live_receivers, original)


def _opaque(recorder: Recorder, adopt: Adopt, signal: Any, sender: Any, live: Any, frame: FrameType) -> Any:
    """The receivers that were asked for unannounced: by a method that dispatches, or by anyone. The error
    to raise where that dispatch is one too deep."""
    try:
        kind, dispatching = type(signal), recorder.methods.dispatching
        method = dispatching(kind, frame.f_code)
        if method is not None:
            return hand_opaque(recorder, method, signal, sender, live, frame)
        if kind is not django_signal_class() and adopt(kind) and frame.f_back is not None:
            # A class that came after us, in its own _live_receivers: only from the next time on do
            # we see what it makes of them.
            method = dispatching(kind, frame.f_back.f_code)
            if method is not None:
                return note_opaque(recorder, method, signal, sender, live, frame.f_back)
    except Exception as fault:
        recorder.fault("opaque dispatch", fault)
    return live


def build_log_failure(recorder: Recorder, original: Method) -> Method:
    """``_log_robust_failure``: logs the original receiver and the traceback of an untraced run."""
    codes = _codes(original)

    def _log_robust_failure(self: Any, receiver: Any, err: BaseException) -> Any:
        if type(receiver) is TimedReceiver:
            recorder.unlink(err, DRIVER_CODES)
            receiver = receiver.receiver
        try:
            result = original(self, receiver, err)
        except BaseException as error:
            recorder.unlink(error, codes)
            raise
        try:
            note_failure(err)
        except Exception as fault:
            recorder.fault("robust errors", fault)
        return result

    return named_after(_log_robust_failure, original)


def _codes(original: Method) -> frozenset[CodeType]:
    return frozenset({original.__code__}) if type(original) is FunctionType else frozenset()
