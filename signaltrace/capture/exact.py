"""The patched methods around the exact path, stage *capture* (see handout.py for how it works)."""

from __future__ import annotations

from collections.abc import Callable
from sys import _getframe
from types import CodeType, FunctionType
from typing import Any

from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.failures import unlink
from signaltrace.capture.handout import Handout, announced_for, hand_opaque, note_opaque, nothing_announced
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.versions import is_djangos
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
            return original(self, sender, **named)
        adopt(type(self))
        handout = Handout(recorder, name, self, sender, named, _getframe(1), own)
        try:
            responses = original(self, sender, **named)
        except BaseException as error:
            handout.raised(error, codes)
            raise
        return handout.returned(responses)

    return _called(send, original)


def build_async(recorder: Recorder, name: str, original: Method, adopt: Adopt) -> Method:
    """``asend`` or ``asend_robust``; a coroutine function, as Django's is."""
    codes, own = _codes(original), is_djangos(original)
    routes = recorder.orphan_ids[name]
    orphans = recorder.orphans

    async def asend(self: Any, sender: Any, **named: Any) -> Any:
        if recorder.off:
            return await original(self, sender, **named)
        if own and not self.receivers:
            try:
                orphans[routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder.orphan(name, self, sender, named, _getframe(1))
            return []
        adopt(type(self))
        handout = Handout(recorder, name, self, sender, named, _getframe(1), own)
        try:
            responses = await original(self, sender, **named)
        except BaseException as error:
            handout.raised(error, codes)
            raise
        return handout.returned(responses)

    return _called(asend, original)


def build_live(recorder: Recorder, original: Method, adopt: Adopt) -> Method:
    """``_live_receivers``: answers the announced dispatch, and sees the loops of subclasses."""
    base = django_signal_class()
    methods = recorder.methods

    def _live_receivers(self: Any, sender: Any) -> Any:
        frame = _getframe(1)
        if methods.looking(frame.f_code):
            with nothing_announced():
                return original(self, sender)
        # Taken first: an override calls this method of its base, and filters what it gets.
        handout = announced_for(self, sender)
        live = original(self, sender)
        if handout is not None:
            return handout.give(live)
        if recorder.off:
            return live
        kind = type(self)
        method = methods.dispatching(kind, frame.f_code)
        if method is not None:
            return hand_opaque(recorder, method, self, sender, live, frame)
        if kind is not base and adopt(kind) and frame.f_back is not None:
            # A class that came after us, in its own _live_receivers: only from the next time on do
            # we see what it makes of them.
            method = methods.dispatching(kind, frame.f_back.f_code)
            if method is not None:
                note_opaque(recorder, method, self, sender, live, frame.f_back)
        return live

    return _called(_live_receivers, original)


def build_log_failure(original: Method) -> Method:
    """``_log_robust_failure``: logs the original receiver and the traceback of an untraced run."""
    codes = _codes(original)

    def _log_robust_failure(self: Any, receiver: Any, err: BaseException) -> Any:
        if type(receiver) is TimedReceiver:
            unlink(err, DRIVER_CODES)
            receiver = receiver.receiver
        try:
            return original(self, receiver, err)
        except BaseException as error:
            unlink(error, codes)
            raise

    return _called(_log_robust_failure, original)


def _codes(original: Method) -> frozenset[CodeType]:
    return frozenset({original.__code__}) if type(original) is FunctionType else frozenset()


def _called(method: Any, original: Method) -> Method:
    """``method`` under the name that ``original`` has in a traceback."""
    if type(original) is FunctionType:
        code = original.__code__
        method.__code__ = method.__code__.replace(co_name=code.co_name, co_qualname=code.co_qualname)
    return method
