"""Subclasses of Signal that dispatch in ways of their own, as there are in the wild."""

from __future__ import annotations

import warnings
from typing import Any

from asgiref.sync import sync_to_async
from django.dispatch import Signal


class Calling(Signal):
    """Overrides ``send`` and calls Django's."""

    def send(self, sender: Any, **named: Any) -> Any:
        return [*super().send(sender, extra=1, **named), ("and", "more")]


class Looping(Signal):
    """Overrides ``send`` with a loop of its own."""

    def send(self, sender: Any, **named: Any) -> Any:
        responses = []
        for receiver in self._live_receivers(sender)[0]:
            responses.append((receiver, receiver(signal=self, sender=sender, **named)))
        return responses


class Chained(Signal):
    """Dispatches by a method of its own, passing each response to the next."""

    def send_chained(self, sender: Any, value: Any) -> Any:
        receivers, _ = self._live_receivers(sender)
        for receiver in receivers:
            value = receiver(signal=self, sender=sender, value=value) or value
        return value


class Filtering(Signal):
    """Leaves receivers out by where they are from."""

    def _live_receivers(self, sender: Any) -> Any:
        sync, later = super()._live_receivers(sender)
        return [each for each in sync if "unwanted" not in each.__name__], later[:1]


class Warning_(Signal):
    """Only warns, naming the caller."""

    def send(self, sender: Any, **named: Any) -> Any:
        warnings.warn("use something else", DeprecationWarning, stacklevel=2)
        return super().send(sender, **named)


class Ordered(Signal):
    """Sorts what it is given, in place, before it loops."""

    def send(self, sender: Any, **named: Any) -> Any:
        receivers, later = self._live_receivers(sender)
        receivers.sort(key=lambda each: each.__name__, reverse=True)
        receivers += later
        return [(each, each(signal=self, sender=sender, **named)) for each in receivers if each not in later]


class Both(Signal):
    """Loops over sync and async receivers together, in a coroutine."""

    async def asend_in_turn(self, sender: Any) -> Any:
        sync, later = self._live_receivers(sender)
        responses = []
        for receiver in sync + later:
            result = receiver(signal=self, sender=sender)
            responses.append(await result if receiver in later else result)
        return responses


class Generating(Signal):
    """Yields between receivers."""

    def send_each(self, sender: Any) -> Any:
        for receiver in self._live_receivers(sender)[0]:
            yield receiver(signal=self, sender=sender)


class Indexing(Signal):
    """Never loops over the list it is given."""

    def send(self, sender: Any, **named: Any) -> Any:
        receivers = self._live_receivers(sender)[0]
        at, responses = 0, []
        while at < len(receivers):
            responses.append((receivers[at], receivers[at](signal=self, sender=sender, **named)))
            at += 1
        return responses


class Stopping(Signal):
    """Stops at the first answer."""

    def send_first(self, sender: Any) -> Any:
        for receiver in self._live_receivers(sender)[0]:
            answer = receiver(signal=self, sender=sender)
            if answer:
                return answer
        return None


class Threading(Signal):
    """Calls its receivers in another thread, from a function inside a method."""

    async def asend_apart(self, sender: Any) -> Any:
        receivers = self._live_receivers(sender)[0]

        def call() -> Any:
            return [receiver(signal=self, sender=sender) for receiver in receivers]

        return await sync_to_async(call)()
