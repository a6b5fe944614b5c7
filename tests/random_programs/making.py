"""Signals, senders and receivers of every kind, made from their descriptions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.dispatch import Signal

FIRST_LINE = 10_000
"""Receiver number n says that it is written at line FIRST_LINE + n: so a trace tells which it was."""

Call = Callable[[int, dict[str, Any]], Any]


class Sender:
    """Sends as a class, and as an instance of it."""


class Thing:
    """Something that is sent along."""


class CallingSuper(Signal):
    """Overrides the methods as third parties do, to add something, and lets Django's do the work."""

    def send(self, sender: Any, **named: Any) -> Any:
        return super().send(sender, **named)

    async def asend(self, sender: Any, **named: Any) -> Any:
        return await super().asend(sender, **named)


class LoopingItself(Signal):
    """Dispatches ``send`` by a loop of its own, to sync receivers only."""

    def send(self, sender: Any, **named: Any) -> Any:
        responses = []
        for receiver in self._live_receivers(sender)[0]:
            responses.append((receiver, receiver(signal=self, sender=sender, **named)))
        return responses


SIGNALS = {"plain": Signal, "calls super": CallingSuper, "loops itself": LoopingItself}
NAMELESS = frozenset({"partial", "callable object", "async partial"})
"""Kinds without ``__qualname__``: where they raise, ``send_robust`` fails on its log message."""


def numbered(function: Any, number: int) -> Any:
    """``function`` with the line that tells its number."""
    function.__code__ = function.__code__.replace(co_firstlineno=FIRST_LINE + number)
    return function


def make(kind: str, number: int, call: Call, acall: Call) -> Any:
    """A receiver that passes its number and keywords to ``call``, or to ``acall`` and awaits it."""

    def receive(**kwargs: Any) -> Any:
        return call(number, kwargs)

    async def areceive(**kwargs: Any) -> Any:
        return await acall(number, kwargs)

    inner = numbered(areceive if kind in ("async function", "async partial", "marked") else receive, number)
    if kind in ("function", "async function"):
        return inner
    if kind in ("partial", "async partial"):
        return functools.partial(inner, extra=1)
    if kind == "lambda":
        return numbered(lambda **kwargs: call(number, kwargs), number)
    if kind == "decorated":
        return functools.wraps(inner)(lambda **kwargs: inner(**kwargs))
    if kind == "marked":
        return markcoroutinefunction(numbered(lambda **kwargs: areceive(**kwargs), number))
    return _of_a_class(kind, number, call, acall)


def _of_a_class(kind: str, number: int, call: Call, acall: Call) -> Any:
    class Owner:
        def receive(self, **kwargs: Any) -> Any:
            return call(number, kwargs)

        async def areceive(self, **kwargs: Any) -> Any:
            return await acall(number, kwargs)

        @classmethod
        def of_class(cls, **kwargs: Any) -> Any:
            return call(number, kwargs)

        @staticmethod
        def static(**kwargs: Any) -> Any:
            return call(number, kwargs)

    class Callable_:
        def __call__(self, **kwargs: Any) -> Any:
            return call(number, kwargs)

    for each in (Owner.receive, Owner.areceive, Owner.of_class.__func__, Owner.static, Callable_.__call__):
        numbered(each, number)
    return {
        "method": lambda: Owner().receive,
        "async method": lambda: Owner().areceive,
        "class method": lambda: Owner.of_class,
        "static method": lambda: Owner.static,
        "callable object": Callable_,
    }[kind]()


def lasting(receiver: Any) -> Any:
    """What a receiver lives as long as: the owner of a bound method, else itself."""
    return receiver.__self__ if type(receiver) is MethodType else receiver


def number_of(receiver: Any) -> int | None:
    """The number of a receiver, read from its own code."""
    if type(receiver) is MethodType:
        receiver = receiver.__func__
    if type(receiver) is functools.partial:
        receiver = receiver.func
    while hasattr(receiver, "__wrapped__"):
        receiver = receiver.__wrapped__
    if type(receiver) is not FunctionType:
        receiver = vars(type(receiver)).get("__call__")
    return receiver.__code__.co_firstlineno - FIRST_LINE if type(receiver) is FunctionType else None
