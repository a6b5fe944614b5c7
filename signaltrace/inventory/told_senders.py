"""Senders that the registry knows by an id alone, stage *inventory*: the ledger saw what they were.

A text is no object that the garbage collector, or a weak reference, could find again.
"""

from __future__ import annotations

from dataclasses import replace

from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.history import CONNECTED, History
from signaltrace.trace import SenderInfo

NAMELESS = "sender #"


def with_told_senders(inventory: Inventory, history: History) -> Inventory:
    """The inventory, with the senders of the history where it has no names and no two of them would fit."""
    if not any(_is_nameless(one) for signal in inventory.signals for one in signal.connections):
        return inventory
    ended = {each.rival for each in history.events if each.what != CONNECTED}
    seen: dict[tuple[object, ...], dict[str, SenderInfo]] = {}
    for each in history.events:
        if each.what == CONNECTED and each.number not in ended:
            key = (each.signal, each.receiver.name, each.receiver.line, each.dispatch_uid)
            seen.setdefault(key, {})[each.sender.name] = each.sender
    return replace(inventory, signals=tuple(_told(signal, seen) for signal in inventory.signals))


def _told(signal: ConnectedSignal, seen: dict[tuple[object, ...], dict[str, SenderInfo]]) -> ConnectedSignal:
    connections = []
    for one in signal.connections:
        same = [each for each in signal.connections if _key(signal, each) == _key(signal, one)]
        known = {each.sender.name for each in same}
        left = [info for name, info in seen.get(_key(signal, one), {}).items() if name not in known]
        alone = len(left) == 1 and sum(map(_is_nameless, same)) == 1
        connections.append(replace(one, sender=left[0]) if alone and _is_nameless(one) else one)
    return replace(signal, connections=tuple(connections))


def _key(signal: ConnectedSignal, one: Connection) -> tuple[object, ...]:
    return (signal.signal.name, one.receiver.name, one.receiver.line, one.dispatch_uid)


def _is_nameless(one: Connection) -> bool:
    return one.sender.name.startswith(NAMELESS)
