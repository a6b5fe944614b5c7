"""The async receivers of a sync send, stage *capture*: Django's way of running them, with drivers.

``Signal.send`` runs them after the sync ones behind one ``async_to_sync``. How they run together
differs by version: gathered before Django 6.1, in a task group and one shared context since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from signaltrace.capture.dispatches import NO_ROUTE, Dispatch
from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.looks import watch_of
from signaltrace.capture.versions import run_parallel

F = TypeVar("F", bound=Callable[..., Any])
AsyncFunction = Callable[[], Coroutine[Any, Any, Iterable[Any]]]
_run: Callable[..., Any] = run_parallel or asyncio.gather


def async_tail(
    dispatch: Dispatch, signal: Any, sender: Any, named: dict[str, Any], receivers: Iterable[Any]
) -> AsyncFunction:
    """The coroutine function that ``send`` gives to ``async_to_sync``."""
    timed = _timed(dispatch, list(receivers), named)

    async def asend() -> Iterable[Any]:
        responses = await _run(*(each(signal=signal, sender=sender, **named) for each in timed))
        return zip(receivers, responses)  # noqa: B905 - as Django has it

    return _inside(dispatch, "send", asend)


def robust_async_tail(
    dispatch: Dispatch, signal: Any, sender: Any, named: dict[str, Any], receivers: Iterable[Any]
) -> AsyncFunction:
    """The coroutine function that ``send_robust`` gives to ``async_to_sync``."""
    dispatch.robust = True
    timed = _timed(dispatch, list(receivers), named)

    async def asend_and_wrap_exception(receiver: Any) -> Any:
        try:
            response = await receiver(signal=signal, sender=sender, **named)
        except Exception as err:
            if type(receiver) is TimedReceiver:
                dispatch.recorder.unlink(err, DRIVER_CODES)
                receiver = receiver.receiver
            signal._log_robust_failure(receiver, err)
            return err
        return response

    _inside(dispatch, "send_robust", asend_and_wrap_exception)

    async def asend() -> Iterable[Any]:
        responses = await _run(*(asend_and_wrap_exception(each) for each in timed))
        return zip(receivers, responses)  # noqa: B905 - as Django has it

    return _inside(dispatch, "send_robust", asend)


def _inside(dispatch: Dispatch, method: str, function: F) -> F:
    """``function`` named as Django's is, which tasks and warnings show."""
    try:
        function.__qualname__ = f"Signal.{method}.<locals>.{function.__name__}"
    except Exception as fault:
        dispatch.recorder.fault(method, fault)
    return function


def _timed(dispatch: Dispatch, receivers: list[Any], named: dict[str, Any]) -> list[Any]:
    """Stand-ins for the receivers; after a fault of ours they themselves."""
    try:
        if dispatch.route != NO_ROUTE:  # one that is lost stands for others too, and keeps nothing
            dispatch.watch = watch_of(dispatch.recorder, named, dispatch.id)
        first = dispatch.expect(receivers)
        return [TimedReceiver(each, dispatch, first + at) for at, each in enumerate(receivers)]
    except Exception as fault:
        dispatch.recorder.fault("async receivers", fault)
        return receivers
