"""signaltrace's inventory beside the scan: the same signals, of each the same entries in order."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .scan import ANY, SeenEntry, SeenSignal


def counts(inventory: Any) -> dict[str, int]:
    """What the inventory holds, in the scan's terms."""
    entries = [each for signal in inventory.signals for each in signal.connections]
    return {
        "signals": len(inventory.signals),
        "connections": len(entries),
        "with sender": sum(each.sender.name != ANY for each in entries),
        "weak": sum(each.weak for each in entries),
        "async": sum(each.receiver.is_async for each in entries),
        "with uid": sum(each.dispatch_uid is not None for each in entries),
        "dead": sum(not each.alive for each in entries),
    }


def differences(inventory: Any, seen: Sequence[SeenSignal]) -> list[str]:
    """A line for each thing one of them has and the other has not; none where they agree."""
    rest = {id(each.signal): each for each in seen}
    unnamed = []
    found = []
    for each in inventory.signals:
        signal = _named(each.signal.name)
        if signal is None:
            unnamed.append(each)
        elif id(signal) not in rest:
            found.append(f"{each.signal.name} is told twice, or the scan has no such signal")
        else:
            found += _entries(each, rest.pop(id(signal)))
    ours = Counter(tuple(_kind(entry) for entry in each.connections) for each in unnamed)
    theirs = Counter(tuple(_kind_seen(entry) for entry in each.entries) for each in rest.values())
    found += [f"signals without a name, only in the inventory: {kind}" for kind in (ours - theirs).elements()]
    found += [f"signals without a name, only in the scan: {kind}" for kind in (theirs - ours).elements()]
    return found


def _entries(connected: Any, seen: SeenSignal) -> list[str]:
    name = connected.signal.name
    if len(connected.connections) != len(seen.entries):
        return [f"{name}: {len(connected.connections)} connections, {len(seen.entries)} entries"]
    found = []
    order = 0
    for position, (ours, theirs) in enumerate(zip(connected.connections, seen.entries, strict=True)):
        order += theirs.alive
        wrong = _wrong(ours, theirs)
        if ours.order != (order if theirs.alive else 0):
            wrong.append(f"order {ours.order}")
        found += [f"{name} [{position}] {ours.receiver.name}: {each}, scan {theirs}" for each in wrong]
    return found


def _wrong(ours: Any, theirs: SeenEntry) -> list[str]:
    """What a connection says otherwise than the scan."""
    wrong = [] if _kind(ours) == _kind_seen(theirs) else [f"{_kind(ours)}"]
    # Its names are cut in the middle where they are very long.
    name = ours.receiver.name
    if theirs.receiver is not None and "…" not in name and name != theirs.receiver:
        wrong.append(f"receiver {name}")
    name = ours.sender.name
    if theirs.sender is not None and "…" not in name and name != theirs.sender:
        wrong.append(f"sender {name}")
    if theirs.uid is not None and len(theirs.uid) <= 100 and ours.dispatch_uid != theirs.uid:
        wrong.append(f"dispatch_uid {ours.dispatch_uid}")
    return wrong


def _kind(entry: Any) -> str:
    has_uid = entry.dispatch_uid is not None
    return _told(entry.sender.name != ANY, entry.weak, entry.alive, entry.receiver.is_async, has_uid)


def _kind_seen(entry: SeenEntry) -> str:
    return _told(entry.has_sender, entry.weak, entry.alive, entry.is_async, entry.has_uid)


def _told(sender: bool, weak: bool, alive: bool, is_async: bool, uid: bool) -> str:
    words = (
        "one sender" if sender else "any sender",
        "weak" if weak else "strong",
        "alive" if alive else "dead",
        "async" if is_async else "sync",
        "uid" if uid else "no uid",
    )
    return ", ".join(words)


def _named(name: str) -> Any:
    """The very object a dotted name leads to, by modules and attributes; None where it leads nowhere."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        value: Any = sys.modules.get(".".join(parts[:length]))
        if value is None:
            continue
        for part in parts[length:]:
            value = getattr(value, "__dict__", {}).get(part)
        if value is not None:
            return value
    return None
