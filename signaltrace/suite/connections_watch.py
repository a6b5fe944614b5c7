"""What is connected, looked at again and again while a suite runs, stage *suite*: only differences are told.

Nothing is patched, and no receiver, sender or signal is held: what a connection is called is noted when
it is first seen, since a receiver that was collected can no longer be asked.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from types import FunctionType, MethodType
from typing import Any, NamedTuple

from signaltrace.internals import ANY_SENDER_KEY, Entry, Seen, changed
from signaltrace.inventory.registry import live_signals
from signaltrace.inventory.sender_ids import find_senders
from signaltrace.labels.looking import class_module, class_name, exact_text, is_a, loaded
from signaltrace.labels.receivers import describe_receiver, look
from signaltrace.labels.senders import ANY_SENDER, describe_sender
from signaltrace.labels.signals import SignalNames
from signaltrace.trace import ReceiverInfo, SignalInfo

CONNECTED = "connected"
DISCONNECTED = "disconnected"
COLLECTED = "collected"

# What waits for the garbage collector is no leak. A suite pays for so many full collections at the most.
_MOST_COLLECTIONS = 20


class Watched(Seen):
    """A signal with what was connected to it when it was read last."""

    __slots__ = ("standing",)

    def __init__(self, signal: Any) -> None:
        super().__init__(signal)
        self.standing: dict[Any, Standing] = {}


class Standing:
    """One connection by its names; what it connects is only watched."""

    __slots__ = (
        "_function", "_receiver", "_sender", "at", "by_import", "lasting", "mine", "receiver", "sender",
        "signal",
    )  # fmt: skip

    def __init__(self, at: tuple[Watched, Any], signal: SignalInfo, entry: Entry, sender: Any) -> None:
        self.at = at
        self.signal = signal.name
        self.sender = _sender_name(entry, sender)
        self.receiver: ReceiverInfo = describe_receiver(entry.receiver)
        # What Django and packages connect to signals of their own, each file storage say, is theirs.
        self.mine = self.receiver.mine or signal.mine
        self._receiver = _watch(_owner(entry.receiver))
        self._function = id(entry.receiver.__func__) if type(entry.receiver) is MethodType else 0
        self._sender = _watch(entry.sender)
        # Whether it cannot be garbage that only has not been collected yet.
        self.lasting = (not entry.weak or _is_kept(entry.receiver)) and (sender is None or _is_kept(sender))
        self.by_import = False

    def is_of(self, entry: Entry) -> bool:
        """Whether an entry of its key connects the same receiver: an id may be another object's by now."""
        function = id(entry.receiver.__func__) if type(entry.receiver) is MethodType else 0
        return function == self._function and (
            self._receiver is None or self._receiver() is _owner(entry.receiver)
        )

    def is_like(self, other: Standing) -> bool:
        """Whether both are connections of one receiver under one key."""
        mine, theirs = self.owner(), other.owner()
        same = mine is theirs if self._receiver is not None else self.receiver == other.receiver
        return self.at == other.at and self._function == other._function and same

    def owner(self) -> Any:
        """The receiver itself, or the object of a bound method; None if it is gone or can't be watched."""
        return None if self._receiver is None else self._receiver()

    def is_gone(self) -> bool:
        """Whether the receiver or the sender was collected."""
        return any(each is not None and each() is None for each in (self._receiver, self._sender))


class Change(NamedTuple):
    """A connection that has come (``connected``) or gone (``disconnected``, ``collected``)."""

    left: str
    standing: Standing

    @property
    def came_by_import(self) -> bool:
        """Whether it is a connection that belongs to the project from now on."""
        return self.left == CONNECTED and self.standing.by_import

    def holds(self) -> bool:
        """Whether it is still so. Of a signal that is gone itself nothing is left to tell."""
        watched, key = self.standing.at
        now = watched.standing.get(key)
        stands = now is not None and now.is_like(self.standing)
        return watched.signal() is not None and stands == (self.left == CONNECTED)


class ConnectionsWatch:
    """All signals of the process. The first look is a search, each later one a comparison.

    Connections of the project's own receivers or signals are told of, not those between others'.
    """

    def __init__(self, names: SignalNames | None = None) -> None:
        """``names``: an index of the signals, where there is one that is being kept."""
        self._names = SignalNames() if names is None else names
        self._names.refresh()
        self._modules = set(sys.modules)
        self._most_modules = len(sys.modules)
        self._collections = 0
        self._watched = [Watched(signal) for signal in live_signals(self._names)]
        if not all(each.standing.lasting for each in self.changes()):
            self.collect()
            self.changes()

    def mark(self) -> None:
        """Receivers that come with what is imported from here on are marked as come by import."""
        if len(self._modules) != len(sys.modules):
            self._modules = set(sys.modules)

    def changes(self, closely: bool = True) -> list[Change]:
        """What has come and gone since the last look."""
        if len(sys.modules) > self._most_modules:
            self._find_signals()
        different = changed(self._watched, closely)
        if not different:
            return []
        found: list[Change] = []
        fresh: list[tuple[Watched, Any, Any, Entry]] = []
        for watched in different:
            signal = watched.signal()
            if signal is None:
                self._watched.remove(watched)
                continue
            now = watched.read(signal)
            for key, standing in list(watched.standing.items()):
                if key not in now or not standing.is_of(now[key]):
                    del watched.standing[key]
                    if standing.mine:
                        found.append(Change(COLLECTED if standing.is_gone() else DISCONNECTED, standing))
            fresh += [(watched, signal, key, now[key]) for key in now if key not in watched.standing]
        return found + list(self._described(fresh))

    def collect(self) -> bool:
        """Let the garbage collector run; False where it did so often enough."""
        if self._collections >= _MOST_COLLECTIONS:
            return False
        self._collections += 1
        gc.collect()
        return True

    def _described(self, fresh: list[tuple[Watched, Any, Any, Entry]]) -> Iterator[Change]:
        """Those that are new: they stand from now on."""
        bare = {each.key_sender for *_, each in fresh if each.sender is None} - {ANY_SENDER_KEY}
        senders = find_senders(bare) if bare else {}
        for watched, signal, key, entry in fresh:
            sender = entry.sender if entry.sender is not None else senders.get(entry.key_sender)
            standing = Standing((watched, key), self._names.name(signal), entry, sender)
            standing.by_import = self._came_by_import(entry, sender)
            watched.standing[key] = standing
            if standing.mine:
                yield Change(CONNECTED, standing)

    def _came_by_import(self, entry: Entry, sender: Any) -> bool:
        """Whether the receiver's module, or the sender's, was not there when :meth:`mark` was called."""
        try:
            modules = {look(entry.receiver).module}
        except Exception:  # noqa: BLE001 - a receiver nobody can describe is from nowhere
            modules = set()
        if sender is not None:
            modules.add(class_module(sender if is_a(sender, type) else type(sender)))
        return any(each in sys.modules and each not in self._modules for each in modules)

    def _find_signals(self) -> None:
        """Those that modules brought since; what stood in an old module unseen is no change of now."""
        self._most_modules = len(sys.modules)
        if not self._names.refresh():
            return
        known = {id(each.signal()) for each in self._watched}
        for signal in self._names.signals():
            if id(signal) in known:
                continue
            watched = Watched(signal)
            self._watched.append(watched)
            module = self._names.name(signal).name
            while module and module not in sys.modules:
                module = module.rpartition(".")[0]
            if module in self._modules:
                now = watched.read(signal)
                for _ in self._described([(watched, signal, key, now[key]) for key in now]):
                    pass


def _owner(receiver: Any) -> Any:
    return receiver.__self__ if type(receiver) is MethodType else receiver


def _watch(thing: Any) -> weakref.ref[Any] | None:
    try:
        return None if thing is None else weakref.ref(thing)
    except TypeError:
        return None


def _is_kept(thing: Any) -> bool:
    """Whether a module has it under its own name."""
    if type(thing) is FunctionType:
        name = f"{exact_text(thing.__module__)}.{exact_text(thing.__qualname__)}"
    elif is_a(thing, type):
        name = class_name(thing)
    else:
        return False
    found = loaded(name)
    return (found.__func__ if type(found) is staticmethod else found) is thing


def _sender_name(entry: Entry, sender: Any) -> str:
    if sender is not None:
        return describe_sender(sender).name
    return ANY_SENDER.name if entry.key_sender == ANY_SENDER_KEY else "an unknown sender"
