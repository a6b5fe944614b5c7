"""The only file that knows how Django keeps a signal's receivers, below *capture* and *inventory*.

An entry of ``Signal.receivers`` has three fields in Django 5.2 (key, receiver, is_async) and four
since 6.0 (key, receiver, sender reference, is_async): it is read by position and never unpacked.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from django.dispatch import Signal, dispatcher

from signaltrace.labels.looking import is_a, own

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
    receivers = own(signal, "receivers")
    if not is_a(receivers, list):
        return []
    return [_entry(each) for each in list.copy(receivers) if _readable(each)]


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


def _readable(fields: Any) -> bool:
    return type(fields) is tuple and len(fields) >= 3 and type(fields[0]) is tuple and len(fields[0]) == 2


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
    target = weakref.ref.__call__(reference)
    if type(reference) is not weakref.WeakMethod or target is None:
        return target
    function = weakref.ref.__call__(_part(reference, "_func_ref"))
    if function is None:
        return None
    return MethodType(function, target) if _part(reference, "_meth_type") is MethodType else function


def _part(method: Any, name: str) -> Any:
    """A slot of a WeakMethod; it tells no part of itself in public."""
    return getattr(method, name)
