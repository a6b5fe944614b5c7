"""Every signal of this process and every entry of it, found without signaltrace to judge its inventory by.

Written against Django's own source: an entry is ``(key, receiver, …, is_async)``, and since 6.0 the
third of four is a weak reference to the sender.
"""

import gc
import inspect
import re
import sys
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from django.dispatch import Signal, dispatcher

ANY = "any sender"
GONE = "collected sender"


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """One entry. ``receiver``, ``sender`` and ``uid`` are None where there is nothing sure to say of them."""

    receiver: str | None
    sender: str | None
    has_sender: bool
    weak: bool
    alive: bool
    is_async: bool
    has_uid: bool
    uid: str | None


@dataclass(frozen=True, slots=True)
class SeenSignal:
    """A live signal and its entries as Django calls them: sync ones first, each kind as connected."""

    signal: Any
    entries: tuple[SeenEntry, ...]


def scan() -> list[SeenSignal]:
    """All there are now. What nothing refers to any more is collected first."""
    gc.collect()
    found = [each for each in gc.get_objects() if issubclass(type(each), Signal)]
    classes = _classes()
    return [SeenSignal(each, _entries(each, classes)) for each in found]


def counts(seen: Iterable[SeenSignal]) -> dict[str, int]:
    """How many signals and entries there are, and how many entries of each kind."""
    signals = list(seen)
    entries = [entry for each in signals for entry in each.entries]
    return {
        "signals": len(signals),
        "connections": len(entries),
        "with sender": sum(each.has_sender for each in entries),
        "weak": sum(each.weak for each in entries),
        "async": sum(each.is_async for each in entries),
        "with uid": sum(each.has_uid for each in entries),
        "dead": sum(not each.alive for each in entries),
    }


def lines(seen: Iterable[SeenSignal]) -> list[str]:
    """Every entry as a line of text, to compare one process with another.

    Without the dead: how many of them still wait to be cleared is the garbage collector's timing.
    """
    names = _signal_names()
    found = []
    for each in seen:
        name = names.get(id(each.signal), "a signal that no module holds")
        found.append(name)
        for entry in (entry for entry in each.entries if entry.alive):
            parts = (entry.receiver or "some receiver", entry.sender or "some sender", entry.uid or "")
            flags = (entry.has_uid, entry.weak, entry.is_async)
            found.append(re.sub(r"0x[0-9a-f]+", "0x…", f"{name} → {' | '.join(parts)} | {flags}"))
    return sorted(found)


def _entries(signal: Any, classes: dict[int, type]) -> tuple[SeenEntry, ...]:
    seen = [_entry(each, classes) for each in list(signal.receivers)]
    return (*(each for each in seen if not each.is_async), *(each for each in seen if each.is_async))


def _entry(entry: tuple[Any, ...], classes: dict[int, type]) -> SeenEntry:
    (receiver_key, sender_key), held = entry[0], entry[1]
    weak = isinstance(held, weakref.ReferenceType)
    receiver = held() if weak else held
    reference = entry[2] if len(entry) == 4 else None
    gone = reference is not None and reference() is None
    if receiver is not None:
        has_uid = receiver_key != dispatcher._make_id(receiver)
    else:
        # Its own key was one id, or a method's two; whatever else stands there was given.
        ids = receiver_key if type(receiver_key) is tuple and len(receiver_key) == 2 else (receiver_key,)
        has_uid = not all(type(each) is int for each in ids)
    return SeenEntry(
        receiver=None if receiver is None else _receiver_name(receiver),
        sender=_sender_name(sender_key, reference, gone, classes),
        has_sender=sender_key != dispatcher.NONE_ID,
        weak=weak,
        alive=receiver is not None and not gone,
        is_async=entry[-1],
        has_uid=has_uid,
        uid=receiver_key if has_uid and type(receiver_key) is str else None,
    )


def _receiver_name(receiver: Any) -> str | None:
    """The dotted name of a function or a method, that of the function a decorator wraps."""
    if type(receiver) is FunctionType:
        inner = inspect.unwrap(receiver)
        if type(inner) is FunctionType and inner.__name__ != "<lambda>":
            return f"{inner.__module__}.{inner.__qualname__}"
    if type(receiver) is MethodType and type(receiver.__func__) is FunctionType:
        owner = receiver.__self__ if isinstance(receiver.__self__, type) else type(receiver.__self__)
        return f"{owner.__module__}.{owner.__qualname__}.{inspect.unwrap(receiver.__func__).__name__}"
    return None


def _sender_name(key: Any, reference: Any, gone: bool, classes: dict[int, type]) -> str | None:
    if key == dispatcher.NONE_ID:
        return ANY
    if gone:
        return GONE
    sender = reference() if reference is not None else classes.get(key) if isinstance(key, int) else None
    if not isinstance(sender, type):
        return None
    label = getattr(getattr(sender, "_meta", None), "label", None)
    return label if isinstance(label, str) else f"{sender.__module__}.{sender.__qualname__}"


def _classes() -> dict[int, type]:
    return {id(each): each for each in gc.get_objects() if issubclass(type(each), type)}


def _name(item: tuple[object, object]) -> str:
    # the name alone: what it stands for may fail to be told
    return str(item[0])


def _signal_names() -> dict[int, str]:
    """The first in alphabet of the names modules hold each signal by."""
    names: dict[int, str] = {}
    for module_name, module in sorted(sys.modules.items()):
        for attribute, value in sorted(getattr(module, "__dict__", {}).items(), key=_name):
            if issubclass(type(value), Signal):
                names.setdefault(id(value), f"{module_name}.{attribute}")
    return names
