"""The JSON export of the inventory: all that is known of every connection; the schema is in the README."""

from __future__ import annotations

import json
from typing import Any

from signaltrace import __version__
from signaltrace.connections import ConnectedSignal, Connection, Inventory, Pending
from signaltrace.exports.inventory import Exported
from signaltrace.trace import ReceiverInfo

NAME = "json"
SUMMARY = "all that is known of every connection, as JSON"
FORMAT = "signaltrace-inventory"
SCHEMA = 1


def render_inventory(inventory: Inventory) -> Exported:
    """An object in lines, ASCII: a lone surrogate in a name is the escape it has in JSON."""
    data = {
        "format": FORMAT,
        "schema": SCHEMA,
        "signaltrace": __version__,
        "signals": [_signal(each) for each in inventory.signals],
        "pending": [_pending(each) for each in inventory.pending],
        "models": list(inventory.models),
        "notes": list(inventory.notes),
    }
    return Exported(json.dumps(data, indent=2) + "\n")


def _signal(each: ConnectedSignal) -> dict[str, Any]:
    return {
        "name": each.signal.name,
        "app": each.signal.app,
        "mine": each.signal.mine,
        "aliases": list(each.aliases),
        "connections": [_connection(one) for one in each.connections],
    }


def _connection(one: Connection) -> dict[str, Any]:
    return {
        "order": one.order,
        "receiver": _receiver(one.receiver),
        "sender": {"name": one.sender.name, "app": one.sender.app},
        "weak": one.weak,
        "alive": one.alive,
        "dispatch_uid": one.dispatch_uid,
        "kind": one.kind,
        "module": one.module,
        "qualname": one.qualname,
        "has_qualname": one.has_qualname,
        "accepts_kwargs": one.accepts_kwargs,
        "kept_by_debug": one.kept_by_debug,
    }


def _receiver(receiver: ReceiverInfo) -> dict[str, Any]:
    return {
        "name": receiver.name,
        "file": receiver.file,
        "line": receiver.line,
        "app": receiver.app,
        "mine": receiver.mine,
        "is_async": receiver.is_async,
    }


def _pending(each: Pending) -> dict[str, Any]:
    return {"signal": each.signal, "receiver": _receiver(each.receiver), "sender": each.sender}
