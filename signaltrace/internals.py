"""The only file that knows how Django keeps a signal's receivers, below *capture* and *inventory*.

An entry of ``Signal.receivers`` has three fields in Django 5.2 (key, receiver, is_async) and four
since 6.0 (key, receiver, sender reference, is_async): it is read by position and never unpacked.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from operator import is_, is_not, itemgetter
from types import FunctionType, MethodType
from typing import Any, TypeVar

from django.dispatch import Signal, dispatcher

from signaltrace.labels.looking import class_attribute, class_name, instance_dict, is_a, is_exactly, own

NO_RECEIVERS: object = dispatcher.NO_RECEIVERS
ANY_SENDER_KEY: int = id(None)

# No object lives at so low an address: a key this small is a dispatch_uid.
_LOWEST_ADDRESS = 0x10000


def django_signal_class() -> type[Signal]:
    """The class every signal is an instance of."""
    return Signal


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One entry of a signal's receivers. It holds what it names: keep it no longer than needed.

    ``receiver`` is None when it was collected; ``function`` is then what is left of a bound
    method, if anything. ``sender`` is the object itself where Django keeps a reference to it
    (6.0 and later), None otherwise: in 5.2 ``key_sender``, its id, is all there is.
    """

    key_receiver: Any
    key_sender: Any
    receiver: Any
    function: Any
    sender: Any
    sender_gone: bool
    weak: bool
    is_async: bool

    @property
    def alive(self) -> bool:
        """Whether Django still calls it."""
        return self.receiver is not None and not self.sender_gone


def entries(signal: Any) -> list[Entry]:
    """The entries of ``signal`` in the order they were connected, read without running its code.

    Empty for a subclass that keeps its receivers in a way of its own.
    """
    return [_entry(each) for each in _fields_of(signal)]


def keys(signal: Any) -> list[tuple[Any, Any]]:
    """The keys of its entries. Django makes a new one for each connection: who holds it knows it again."""
    return [each[0] for each in _fields_of(signal)]


def keyed_entries(signal: Any) -> list[tuple[tuple[Any, Any], Entry]]:
    """The entries, each with the very key that Django made for it."""
    return [(each[0], _entry(each)) for each in _fields_of(signal)]


def entry_of(signal: Any, key: tuple[Any, Any]) -> Entry | None:
    """The entry with this very key, if it is still there."""
    return next((_entry(each) for each in reversed(_fields_of(signal)) if each[0] is key), None)


def receivers_for(signal: Any, sender: Any) -> list[Any]:
    """The live receivers of a dispatch by ``sender``, in the order Django calls them.

    Unlike asking the signal itself this fills no cache of its and drops no dead receivers. They are
    held: keep them no longer than needed.
    """
    wanted = (ANY_SENDER_KEY, id(sender))
    found = [_entry(each) for each in _fields_of(signal) if type(each[0][1]) is int and each[0][1] in wanted]
    return [each.receiver for each in sorted(found, key=lambda each: each.is_async) if each.alive]


def weak_targets(signal: Any) -> list[Callable[[], Any]]:
    """For each entry that holds its receiver weakly, what gives the object whose end ends it, or None."""
    held = [each[1] for each in _fields_of(signal)]
    return [partial(_referent, each) for each in held if is_a(each, weakref.ReferenceType)]


def is_key_of(key: tuple[Any, Any], receiver: Any, sender: Any, uid: Any) -> bool:
    """Whether Django keeps a connection of these under such a key. ``uid`` is None where none is given."""
    return _is_id(key[1], sender) and (_is_id(key[0], receiver) if uid is None else _is_uid(key[0], uid))


def inert_key(key: tuple[Any, Any]) -> tuple[Any, Any] | None:
    """The key where it holds nothing but numbers and texts: one that may be kept."""
    return key if all(_is_inert(each) for each in key) else None


def _is_id(part: Any, target: Any) -> bool:
    if type(target) is MethodType:
        return type(part) is tuple and _is_uid(part, (id(target.__self__), id(target.__func__)))
    return type(part) is int and part == id(target)


def _is_uid(part: Any, uid: Any) -> bool:
    """By identity where a comparison would be the object's own."""
    return part is uid or (type(part) is type(uid) and _is_inert(part) and _is_inert(uid) and part == uid)


def is_default_key(entry: Entry) -> bool:
    """Whether the entry was connected without a dispatch_uid.

    Of a receiver that is gone, whatever looks like an address counts as its own.
    """
    key, receiver = entry.key_receiver, entry.receiver
    if type(key) is int:
        return key >= _LOWEST_ADDRESS if receiver is None else key == id(receiver)
    if type(key) is not tuple or len(key) != 2 or not all(type(each) is int for each in key):
        return False
    if type(receiver) is MethodType:
        return bool(key == (id(receiver.__self__), id(receiver.__func__)))
    return type(receiver) is not FunctionType and min(key) >= _LOWEST_ADDRESS


class Seen:
    """A signal as it was read last, to tell at a glance that nothing about its receivers has changed.

    Django makes a key for each connection: an entry with the very key that is held here is the entry
    that was read. Keys of numbers and texts alone are held; nothing of the traced program's.
    """

    __slots__ = ("keys", "references", "signal")

    def __init__(self, signal: Any) -> None:
        self.signal: weakref.ref[Any] = weakref.ref(signal)
        # None where it can't be told at a glance: the signal is to be read each time.
        self.keys: list[Any] | None = []
        # Django's own, to receivers and senders that were alive.
        self.references: list[weakref.ref[Any]] = []

    def read(self, signal: Any) -> dict[Any, Entry]:
        """The entries that are alive, by keys that hold nothing."""
        found = _fields_of(signal)
        keys = [each[0] for each in found]
        held = [each for fields in found for each in fields[1:-1] if is_a(each, weakref.ref)]
        self.references = [each for each in held if _referent(each) is not None]
        self.keys = keys if _is_plain(signal) and all(_held_key(each) is each for each in keys) else None
        read = ((_held_key(fields[0]), _entry(fields)) for fields in found)
        return {key: entry for key, entry in read if entry.alive}


SeenT = TypeVar("SeenT", bound=Seen)
_key = itemgetter(0)
_referent = weakref.ref.__call__


def changed(all_seen: Iterable[SeenT], closely: bool = True) -> list[SeenT]:
    """Those whose signal may have other receivers alive than when it was read, or is gone itself.

    Django adds to the end alone, so that of as many entries the last tells of all; who writes to
    the list otherwise is found out ``closely``.
    """
    found = []
    for seen in all_seen:
        signal = seen.signal()
        keys = seen.keys
        if signal is None or keys is None:
            found.append(seen)
            continue
        receivers = signal.receivers
        same = type(receivers) is list and len(receivers) == len(keys)
        if same and keys:
            same = (
                receivers[-1][0] is keys[-1]
                and (not closely or all(map(is_, map(_key, receivers), keys)))
                # Django sets it when a receiver or a sender dies, and clears it at the next dispatch.
                and (not signal._dead_receivers or _all_alive(seen.references))
            )
        if not same:
            found.append(seen)
    return found


def _all_alive(references: list[weakref.ref[Any]]) -> bool:
    return all(map(is_not, map(_referent, references), repeat(None)))


def _is_plain(signal: Any) -> bool:
    """Whether reading its attributes runs none of its code."""
    kind = type(signal)
    names = ("receivers", "_dead_receivers")
    return (
        class_attribute(kind, "__getattribute__") is object.__getattribute__
        and all(class_attribute(kind, name) is None for name in names)
        and all(name in instance_dict(signal) for name in names)
    )


def _held_key(key: tuple[Any, Any]) -> tuple[Any, ...]:
    """The key itself where it consists of numbers and texts; else what is left without its objects."""
    if all(_is_inert(each) for each in key):
        return key
    return tuple(each if _is_inert(each) else (class_name(type(each)), id(each), None) for each in key)


def _is_inert(part: Any) -> bool:
    if type(part) is tuple:
        return all(is_exactly(each, int, str) for each in part)
    return is_exactly(part, int, str)


def _fields_of(signal: Any) -> list[tuple[Any, ...]]:
    receivers = own(signal, "receivers")
    if not is_a(receivers, list):
        return []
    return [
        each
        for each in list.copy(receivers)
        if type(each) is tuple and len(each) >= 3 and type(each[0]) is tuple and len(each[0]) == 2
    ]


def _entry(fields: tuple[Any, ...]) -> Entry:
    held, reference = fields[1], fields[2] if len(fields) > 3 else None
    weak = is_a(held, weakref.ReferenceType)
    watched = is_a(reference, weakref.ReferenceType)
    sender = _target(reference) if watched else None
    return Entry(
        key_receiver=fields[0][0],
        key_sender=fields[0][1],
        receiver=_target(held) if weak else held,
        # Of a method whose instance is gone the function usually lives on, in its class.
        function=_target(_part(held, "_func_ref")) if type(held) is weakref.WeakMethod else None,
        sender=sender,
        sender_gone=watched and sender is None,
        weak=weak,
        is_async=fields[-1] is True,
    )


def _target(reference: Any) -> Any:
    """What a weak reference points at. No class but Python's own is asked to put it together."""
    target = _referent(reference)
    if type(reference) is not weakref.WeakMethod or target is None:
        return target
    function = _referent(_part(reference, "_func_ref"))
    if function is None:
        return None
    return MethodType(function, target) if _part(reference, "_meth_type") is MethodType else function


def _part(method: Any, name: str) -> Any:
    """A slot of a WeakMethod; it tells no part of itself in public."""
    return getattr(method, name)
