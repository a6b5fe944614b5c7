"""Async receivers of every kind, each calling one function with its keywords; see kinds.py."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from asgiref.sync import markcoroutinefunction

from tests.capture.kinds import SYNC, Act, Failure, Grave
from tests.capture.observing import Notes


def async_function(body: Act, notes: Notes) -> Any:
    async def receive(**kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return body(kwargs)

    return receive


def async_method(body: Act, notes: Notes) -> Any:
    class Owner:
        async def receive(self, **kwargs: Any) -> Any:
            return body(kwargs)

    return notes.keep(Owner(), "owner").receive


def async_partial(body: Act, notes: Notes) -> Any:
    return functools.partial(async_function(body, notes), extra=1)


def marked(body: Act, notes: Notes) -> Any:
    """A plain function said to be async, which gives a coroutine."""
    inner = async_function(body, notes)

    def receive(**kwargs: Any) -> Any:
        return inner(**kwargs)

    return markcoroutinefunction(receive)


def marked_future(body: Act, notes: Notes) -> Any:
    """The same, giving a task: an awaitable that is no coroutine."""
    inner = async_function(body, notes)

    def receive(**kwargs: Any) -> Any:
        async def wait(task: Any) -> Any:
            return await task

        return wait(asyncio.ensure_future(inner(**kwargs)))

    return markcoroutinefunction(receive)


def marked_raising(body: Act, notes: Notes) -> Any:
    """The same, raising before there is anything to await."""

    def receive(**kwargs: Any) -> Any:
        raise Failure("no coroutine")

    return markcoroutinefunction(receive)


async def sync_receivers_called(notes: Notes) -> None:
    """Until Django 6.1 a failing async receiver would race the sync ones that run in a thread."""
    while notes.awaited > 0:  # noqa: ASYNC110 - an asyncio.Event can't be set from a thread
        await asyncio.sleep(0)


def async_raising(body: Act, notes: Notes) -> Any:
    async def receive(**kwargs: Any) -> Any:
        await sync_receivers_called(notes)
        body(kwargs)
        raise Failure("failed later")

    return receive


def async_raising_base(body: Act, notes: Notes) -> Any:
    async def receive(**kwargs: Any) -> Any:
        await sync_receivers_called(notes)
        body(kwargs)
        raise Grave("grave later")

    return receive


def async_refusing(body: Act, notes: Notes) -> Any:
    async def receive(sender: Any) -> Any:
        return body({})

    return receive


def async_nameless(body: Act, notes: Notes) -> Any:
    return functools.partial(async_raising(body, notes))


def async_odd_values(body: Act, notes: Notes) -> Any:
    """Values that StopIteration could mistake for its own."""

    async def receive(**kwargs: Any) -> Any:
        body(kwargs)
        return (StopIteration(1, 2), (3, 4), ValueError("as a value"))

    return receive


def async_stop(body: Act, notes: Notes) -> Any:
    async def receive(**kwargs: Any) -> Any:
        body(kwargs)
        return StopIteration("as a value")

    return receive


ASYNC = {
    each.__name__: each
    for each in (
        async_function, async_method, async_partial, marked, marked_future, marked_raising, async_raising,
        async_raising_base, async_refusing, async_nameless, async_odd_values, async_stop,
    )
}  # fmt: skip
KINDS = {**SYNC, **ASYNC}
WEAKLESS = {"without_weakref"}
