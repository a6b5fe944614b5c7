"""The async receivers of a sync send, stage *capture*: Django's way of running them, with drivers.

``Signal.send`` runs them after the sync ones behind one ``async_to_sync``. How they run together
differs by version: gathered before Django 6.1, in a task group and one shared context since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from signaltrace.capture.dispatches import Dispatch
from signaltrace.capture.drivers import DRIVER_CODES, TimedReceiver
from signaltrace.capture.failures import unlink
from signaltrace.capture.versions import run_parallel

F = TypeVar("F", bound=Callable[..., Any])
AsyncFunction = Callable[[], Coroutine[Any, Any, Iterable[Any]]]
_run: Callable[..., Any] = run_parallel or asyncio.gather


def async_tail(
    dispatch: Dispatch, signal: Any, sender: Any, named: dict[str, Any], receivers: Iterable[Any]
) -> AsyncFunction:
    """The coroutine function that ``send`` gives to ``async_to_sync``."""
    timed = _timed(dispatch, receivers)

    async def asend() -> Iterable[Any]:
        responses = await _run(*(each(signal=signal, sender=sender, **named) for each in timed))
        return zip(receivers, responses)  # noqa: B905 - as Django has it

    return _inside("send", asend)


def robust_async_tail(
    dispatch: Dispatch, signal: Any, sender: Any, named: dict[str, Any], receivers: Iterable[Any]
) -> AsyncFunction:
    """The coroutine function that ``send_robust`` gives to ``async_to_sync``."""
    dispatch.robust = True
    timed = _timed(dispatch, receivers)

    async def asend_and_wrap_exception(receiver: TimedReceiver) -> Any:
        try:
            response = await receiver(signal=signal, sender=sender, **named)
        except Exception as err:
            unlink(err, DRIVER_CODES)
            signal._log_robust_failure(receiver.receiver, err)
            return err
        return response

    _inside("send_robust", asend_and_wrap_exception)

    async def asend() -> Iterable[Any]:
        responses = await _run(*(asend_and_wrap_exception(each) for each in timed))
        return zip(receivers, responses)  # noqa: B905 - as Django has it

    return _inside("send_robust", asend)


def _inside(method: str, function: F) -> F:
    """``function`` named as Django's is, which tasks and warnings show."""
    function.__qualname__ = f"Signal.{method}.<locals>.{function.__name__}"
    return function


def _timed(dispatch: Dispatch, receivers: Iterable[Any]) -> list[TimedReceiver]:
    # taken once: an override of _live_receivers may give an iterator
    taken = list(receivers)
    first = dispatch.expect(taken)
    return [TimedReceiver(each, dispatch, first + at) for at, each in enumerate(taken)]
