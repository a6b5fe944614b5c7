"""The live signals and what is connected to them, stage *inventory*. Imports nothing, runs no user code."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from dataclasses import replace
from types import MethodType
from typing import Any

from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.declarations import METHOD
from signaltrace.internals import ANY_SENDER_KEY, Entry, django_signal_class, entries, is_default_key
from signaltrace.inventory.kept import kept_by_debug
from signaltrace.inventory.notes import Told, notes_of
from signaltrace.inventory.pending import pending_notes, read_pending
from signaltrace.inventory.sender_ids import find_senders, registered_models
from signaltrace.inventory.traits import Traits, traits_of
from signaltrace.inventory.uids import uid_text
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.senders import ANY_SENDER, describe_sender
from signaltrace.labels.signals import SignalNames
from signaltrace.labels.standing import remember
from signaltrace.trace import ReceiverInfo, SenderInfo

COLLECTED = "collected receiver"


def read_inventory(names: SignalNames | None = None) -> Inventory:
    """Every live signal with its receivers as they are connected now. ``names``: an index that is kept.

    A signal that nothing names is found among the objects the garbage collector knows. The
    receivers are in the order Django calls them: sync ones first, each kind as connected. A dead
    one has the order 0: it is not called.
    """
    names = SignalNames() if names is None else names
    names.refresh()
    signals = live_signals(names)
    kept = kept_by_debug(signals)  # before anybody here has the receivers at hand
    read = [(signal, entries(signal)) for signal in signals]
    senders = _Senders(entry for _, found in read for entry in found)
    connected = []
    notes: list[str] = []
    for signal, found in read:
        info = names.name(signal)
        remember(signal, info.name)  # a recording that is being made need not search again
        told = _told(found, senders, kept)
        connections = tuple(each.connection for each in told)
        connected.append(ConnectedSignal(info, connections, names.aliases(signal)))
        notes += notes_of(info.name, told)
    pending = read_pending(names)
    notes += pending_notes(pending)
    connected.sort(key=lambda each: _natural(each.signal.name))
    models = sorted(describe_sender(each).name for each in registered_models())
    return Inventory(tuple(connected), tuple(sorted(notes, key=_natural)), tuple(models), pending)


def live_signals(names: SignalNames) -> list[Any]:
    """Every signal there is: those in modules, and those only the garbage collector knows."""
    kind = django_signal_class()
    named = names.signals()
    known = {id(signal) for signal in named}
    # isinstance would ask every lazy object in the process what it is, and so wake it.
    others = [each for each in gc.get_objects() if issubclass(type(each), kind) and id(each) not in known]
    return named + others


def _told(found: list[Entry], senders: _Senders, kept: set[int]) -> list[Told]:
    """The entries in dispatch order with what is told of each."""
    told = []
    order = 0
    for entry in sorted(found, key=lambda each: each.is_async):
        order += entry.alive
        connection = Connection(
            order=order if entry.alive else 0,
            receiver=_receiver(entry),
            sender=senders.describe(entry),
            weak=entry.weak,
            alive=entry.alive,
            dispatch_uid=None if is_default_key(entry) else uid_text(entry.key_receiver),
            **_traits(entry)._asdict(),
            kept_by_debug=entry.weak and entry.alive and id(_owner(entry.receiver)) in kept,
        )
        told.append(Told(connection, entry))
    return told


def _traits(entry: Entry) -> Traits:
    target = _what_is_left(entry)
    if target is None:
        return Traits()
    # What is left of a method whose object is gone is its function.
    return traits_of(target) if entry.receiver is not None else traits_of(target)._replace(kind=METHOD)


def _owner(receiver: Any) -> Any:
    return receiver.__self__ if type(receiver) is MethodType else receiver


def _what_is_left(entry: Entry) -> Any:
    return entry.receiver if entry.receiver is not None else entry.function


def _receiver(entry: Entry) -> ReceiverInfo:
    target = _what_is_left(entry)
    info = ReceiverInfo(COLLECTED) if target is None else describe_receiver(target)
    return replace(info, is_async=entry.is_async)


class _Senders:
    """Describes the senders of entries; Django 5.2 keeps their ids alone."""

    def __init__(self, found: Iterable[Entry]) -> None:
        self._unknown: dict[Any, int] = {}
        bare = (each.key_sender for each in found if each.sender is None and not each.sender_gone)
        self._found = find_senders({key for key in bare if _is_address(key)} - {ANY_SENDER_KEY})

    def describe(self, entry: Entry) -> SenderInfo:
        """Its name; ``sender #1`` where no object of that id can be found."""
        if entry.sender is not None:
            return describe_sender(entry.sender)
        key = entry.key_sender
        if not _is_address(key) or entry.sender_gone:
            return SenderInfo("collected sender" if entry.sender_gone else "sender of unknown kind")
        if key == ANY_SENDER_KEY:
            return ANY_SENDER
        if key in self._found:
            return describe_sender(self._found[key])
        return SenderInfo(f"sender #{self._unknown.setdefault(key, len(self._unknown) + 1)}")


def _is_address(key: Any) -> bool:
    return type(key) is int or (type(key) is tuple and all(type(each) is int for each in key))


def _natural(text: str) -> tuple[Any, ...]:
    """A sort key that puts ``unnamed Signal #2`` before ``#10``."""
    head, mark, number = text.rpartition("#")
    return (head, int(number)) if mark and number.isdecimal() else (text, 0)
