"""Small integers for signals, senders and receivers, stage *capture*.

Keyed by ``id(obj)`` for speed; a weak reference drops the entry before the id can be given to
another object. What can't be watched is looked up by its description instead. Nothing is held.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from types import MethodType
from typing import Any

from signaltrace.capture.table import Table
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.senders import describe_sender
from signaltrace.trace import ReceiverInfo, SenderInfo


class Names:
    """The tables of one process."""

    def __init__(self) -> None:
        self.receivers = Table(ReceiverInfo("(other receivers)"))
        self.senders = Table(SenderInfo("(other senders)"))
        self.signals: dict[int, Callable[[], Any]] = {}
        # The hot path reads this one itself: id(receiver) -> index.
        self.receiver_ids: dict[int, int] = {}
        self._sender_ids: dict[int, int] = {}
        self._signal_ids: dict[int, int] = {}
        self._signal_numbers = count()
        self._methods: dict[tuple[int, int], int] = {}
        self._watched: dict[tuple[int, Any, int], weakref.ref[Any]] = {}

    def receiver(self, receiver: Any) -> int:
        """The index of a receiver, described at the first sight of it."""
        if type(receiver) is MethodType:
            return self._method(receiver)
        number = id(receiver)
        index = self.receiver_ids.get(number)
        if index is None:
            index = self.receivers.add(describe_receiver(receiver))
            if self._watch(self.receiver_ids, number, receiver):
                self.receiver_ids[number] = index
        return index

    def _method(self, method: MethodType) -> int:
        """Bound methods are made anew at each access: known by their function and class."""
        function, owner = method.__func__, method.__self__
        if not issubclass(type(owner), type):
            owner = type(owner)
        key = (id(function), id(owner))
        index = self._methods.get(key)
        if index is None:
            index = self.receivers.add(describe_receiver(method))
            if self._watch(self._methods, key, function) and self._watch(self._methods, key, owner):
                self._methods[key] = index
        return index

    def sender(self, sender: Any) -> int:
        """The index of a sender."""
        number = id(sender)
        index = self._sender_ids.get(number)
        if index is None:
            index = self.senders.add(describe_sender(sender))
            if sender is None or self._watch(self._sender_ids, number, sender):
                self._sender_ids[number] = index
        return index

    def signal(self, signal: Any) -> int:
        """The index of a signal; it is named later, when there is time to search for it."""
        number = id(signal)
        index = self._signal_ids.get(number)
        if index is None:
            index = next(self._signal_numbers)
            self.signals[index] = weakref.ref(signal)
            if self._watch(self._signal_ids, number, signal):
                self._signal_ids[number] = index
        return index

    def watch(self, table: dict[Any, Any], key: Any, target: Any) -> bool:
        """Drop ``table[key]`` when ``target`` dies; False where that can't be known."""
        return target is None or self._watch(table, key, target)

    def _watch(self, table: dict[Any, Any], key: Any, target: Any) -> bool:
        watch = (id(table), key, id(target))

        def forget(_: object) -> None:
            table.pop(key, None)
            self._watched.pop(watch, None)

        try:
            self._watched[watch] = weakref.ref(target, forget)
        except TypeError:
            return False
        return True
