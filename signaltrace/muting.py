"""Mutes, above *capture*: ``signaltrace.mute(…)`` leaves receivers out of what is dispatched meanwhile."""

from __future__ import annotations

import asyncio
import functools
import inspect
from asyncio import _get_running_loop as running_loop
from collections.abc import Callable, Iterable
from threading import get_ident
from types import TracebackType
from typing import Any, Self, TypeVar

from signaltrace.capture.mutes import Mute, Pick
from signaltrace.capture.patch import begin_mute, end_mute
from signaltrace.capture.recorder import Recorder
from signaltrace.errors import SignaltraceError
from signaltrace.targets import Target, receiver_target, sender_target, signal_label, signal_target

F = TypeVar("F", bound=Callable[..., Any])


def mute(
    *receivers: Any, signal: Any = None, sender: Any = None, but: Any = (), everywhere: bool = False
) -> Muting:
    """Leave receivers out of every dispatch in this context until the ``with`` (or ``async with``) block,
    or the decorated function, ends: as if they were not connected.

    Named by object or by name (the end of one behind a dot, or a pattern with ``*``); ``signal``,
    ``sender`` and ``but`` may each be several, in a list or tuple. Muted is a call that is of one of
    the receivers, if any are given, of the signal and by the sender, and of none ``but`` those. Other
    threads and tasks still call them, but for what is started inside the block and inherits its
    context; with ``everywhere`` nobody does. Nothing is recorded, unless a recording is under way;
    it shows them as muted. Raises SignaltraceError for names nothing goes by, when it begins. ::

        with signaltrace.mute("search.receivers.reindex"):
            order.save()
        with signaltrace.mute(signal=post_save, but="shop.receivers.notify"):
            order.save()
    """
    return Muting(receivers, signal, sender, but, everywhere)


class Muting:
    """What is muted, to be begun as often as one likes; see :func:`mute`."""

    def __init__(
        self, receivers: Iterable[Any], signal: Any, sender: Any, but: Any, everywhere: bool
    ) -> None:
        self._receivers = tuple(receivers)
        self._signals = _several("signal", signal)
        self._senders = _several("sender", sender)
        self._but = tuple(but) if isinstance(but, (tuple, list)) else (but,)
        if not (self._receivers or self._signals or self._senders or self._but):
            raise SignaltraceError("mute() is to be told what: receivers, signal=, sender= or but=")
        self._everywhere = everywhere
        self._begun: list[tuple[tuple[int, int], Mute]] = []
        for each in (*self._receivers, *self._but):
            if not isinstance(each, str):
                receiver_target(each)

    def check(self) -> None:
        """Raise SignaltraceError now, not when it begins, for a name that nothing goes by."""
        self._rule()

    def __call__(self, function: F) -> F:
        """``function``, muting whenever it runs."""
        if isinstance(function, type):
            raise SignaltraceError(f"mute() decorates functions: decorate the methods of {function.__name__}")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise SignaltraceError("mute() decorates no generators: have it as a with block inside")
        wrapper: Any
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **named: Any) -> Any:
                one = self._begin()
                try:
                    return await function(*args, **named)
                finally:
                    end_mute(one)

            wrapper = awaited
        else:

            @functools.wraps(function)
            def called(*args: Any, **named: Any) -> Any:
                one = self._begin()
                try:
                    return function(*args, **named)
                finally:
                    end_mute(one)

            wrapper = called
        return wrapper  # type: ignore[no-any-return]

    def __enter__(self) -> Self:
        self._begun.append((_here(), self._begin()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._begun:
            raise SignaltraceError("This mute was never begun, or has ended.")
        # Begun several times at once, each thread and task ends its own.
        here = _here()
        last = ([each for each in self._begun if each[0] == here] or self._begun)[-1]
        self._begun.remove(last)
        end_mute(last[1])

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _begin(self) -> Mute:
        one = Mute(self._rule(), self._everywhere)
        begin_mute(one)
        return one

    def _rule(self) -> _Rule:
        return _Rule(
            [receiver_target(each) for each in self._receivers],
            [signal_target(each) for each in self._signals],
            [sender_target(each) for each in self._senders],
            [receiver_target(each) for each in self._but],
        )


class _Rule:
    """Which receivers a mute takes out of a dispatch. Their names are those the recorder keeps."""

    def __init__(
        self, receivers: list[Target], signals: list[Target], senders: list[Target], but: list[Target]
    ) -> None:
        self._receivers = receivers
        self._signals = signals
        self._senders = senders
        self._but = but

    def __call__(self, signal: Any, sender: Any, recorder: Recorder) -> Pick | None:
        names = recorder.names
        if self._signals and not _among(self._signals, signal, lambda: signal_label(signal)):
            return None
        if self._senders and not _among(
            self._senders, sender, lambda: _name(names.senders.get(names.sender(sender)))
        ):
            return None

        def pick(receiver: Any) -> bool:
            def label() -> str:
                return _name(names.receivers.get(names.receiver(receiver)))

            if self._receivers and not _among(self._receivers, receiver, label):
                return False
            return not _among(self._but, receiver, label)

        return pick


def _among(targets: list[Target], thing: Any, label: Callable[[], str]) -> bool:
    return any(each.is_thing(thing, label) for each in targets)


def _name(info: Any) -> str:
    return info.name if info is not None else ""


def _several(what: str, given: Any) -> tuple[Any, ...]:
    """One or several of ``what`` as a tuple; () where none was given."""
    if given is None:
        return ()
    if not isinstance(given, (tuple, list)):
        return (given,)
    if not given:
        raise SignaltraceError(f"mute(): {what}= is empty; leave it out to mute whatever the {what}")
    return tuple(given)


def _here() -> tuple[int, int]:
    """The calling thread and task."""
    return get_ident(), 0 if running_loop() is None else id(asyncio.current_task())
