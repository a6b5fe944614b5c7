"""The patched methods around the exact path, stage *capture* (see handout.py for how it works)."""

from __future__ import annotations

from collections.abc import Callable
from sys import _getframe
from types import CodeType
from typing import Any

from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.failures import unlink
from signaltrace.capture.handout import Handout, announced_for, hand_opaque
from signaltrace.capture.recorder import Recorder
from signaltrace.internals import NO_RECEIVERS, django_signal_class

Method = Callable[..., Any]


def build_sync(recorder: Recorder, name: str, original: Method, adopt: Callable[[type], None]) -> Method:
    """A sync method that lets ``original`` run, which may be another tool's patch. ``adopt`` is told
    of every signal's class, since one may have come that overrides ``_live_receivers``."""
    robust = name.endswith("robust")
    codes = _codes(original)

    def send(self: Any, sender: Any, **named: Any) -> Any:
        if recorder.off:
            return original(self, sender, **named)
        adopt(type(self))
        handout = Handout(recorder, name, self, sender, named, _getframe(1))
        try:
            responses = original(self, sender, **named)
        except BaseException as error:
            handout.raised(error, codes)
            raise
        return handout.returned(responses, robust)

    return send


def build_async(recorder: Recorder, name: str, original: Method, adopt: Callable[[type], None]) -> Method:
    """``asend`` or ``asend_robust``; a coroutine function, as Django's is."""
    robust = name.endswith("robust")
    codes = _codes(original)
    routes = recorder.orphan_ids[name]
    orphans = recorder.orphans

    async def asend(self: Any, sender: Any, **named: Any) -> Any:
        if recorder.off:
            return await original(self, sender, **named)
        if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
            try:
                orphans[routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder.orphan(name, self, sender, named, _getframe(1))
            return []
        adopt(type(self))
        handout = Handout(recorder, name, self, sender, named, _getframe(1))
        try:
            responses = await original(self, sender, **named)
        except BaseException as error:
            handout.raised(error, codes)
            raise
        return handout.returned(responses, robust)

    return asend


def build_live(recorder: Recorder, original: Method) -> Method:
    """``_live_receivers``: answers the announced dispatch, and sees the loops of subclasses."""
    base = django_signal_class()

    def _live_receivers(self: Any, sender: Any) -> Any:
        # Taken first: an override calls this method of its base, and filters what it gets.
        handout = announced_for(self, sender)
        live = original(self, sender)
        if handout is not None:
            return handout.give(live)
        if type(self) is base or recorder.off or not (live[0] or live[1]):
            return live
        frame = _getframe(1)
        method = recorder.methods.dispatching(type(self), frame.f_code)
        if method is None:
            return live
        return hand_opaque(recorder, method, self, sender, live, frame)

    return _live_receivers


def build_log_failure(original: Method) -> Method:
    """``_log_robust_failure``: logs the original receiver and the traceback of an untraced run."""

    def _log_robust_failure(self: Any, receiver: Any, err: BaseException) -> Any:
        if type(receiver) is TimedReceiver:
            unlink(err, DRIVER_CODES)
            receiver = receiver.receiver
        return original(self, receiver, err)

    return _log_robust_failure


def _codes(original: Method) -> frozenset[CodeType]:
    code = getattr(original, "__code__", None)
    return frozenset() if code is None else frozenset({code})
