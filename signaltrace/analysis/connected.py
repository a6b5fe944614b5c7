"""What rules ask of connections, stage *analysis*: who they are, where they were made, what they share."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED, Event
from signaltrace.span import ReceiverInfo

MODEL_SIGNALS = "django.db.models.signals."
# Senders told by what they are like, not by which they are: two of one name may be two.
_VAGUE = ("instance of ", "sender #", "sender of unknown kind", "collected sender", "partial(")


def live(facts: Facts) -> Iterator[tuple[ConnectedSignal, Connection]]:
    """Every connection whose receiver is alive, with its signal."""
    for signal in facts.inventory.signals:
        for connection in signal.connections:
            if connection.alive:
                yield signal, connection


def short_signal(name: str) -> str:
    """``post_save`` for one of Django's own signals, any other name in full."""
    own = name.rpartition(".")[2]
    return own if name.startswith("django.") and own.isidentifier() else name


def receiver_subject(connection: Connection) -> str:
    """The receiver's name without the line number that a lambda is told by."""
    if "<lambda>" not in connection.receiver.name:
        return connection.receiver.name
    where = connection.module or connection.receiver.app
    return f"{where}.{connection.qualname or '<lambda>'}" if where else "<lambda>"


def place(receiver: ReceiverInfo, text: str = "the receiver") -> Evidence:
    """Where a receiver is written."""
    return Evidence(text, receiver.file, receiver.line)


def connected_at(facts: Facts, signal: str, connection: Connection) -> list[Evidence]:
    """The line that connected it, if the ledger saw it: the last one that fits."""
    for event in reversed(facts.history.events):
        if (
            event.what == CONNECTED
            and event.site is not None
            and event.signal == signal
            and event.receiver.name == connection.receiver.name
            and event.receiver.line == connection.receiver.line
            and event.sender.name == connection.sender.name
            and event.dispatch_uid == connection.dispatch_uid
        ):
            return [Evidence(f"connected here{_within(event)}", event.site.file, event.site.line)]
    return []


def _within(event: Event) -> str:
    """The ready() that the line is in, or that had it run: by importing its module, mostly."""
    if not event.within or event.site is None:
        return ""
    if event.site.function == "<module>":
        return f", imported by {event.within}()"
    inside = f".{event.within}".endswith(f".{event.site.function}")
    return f" in {event.within}()" if inside else f", while {event.within}() ran"


def overlap(one: Connection, other: Connection) -> bool:
    """Whether one dispatch is sure to reach both: one sender, or any sender beside it."""
    if ANY_SENDER in (one.sender.name, other.sender.name):
        return True
    name = one.sender.name
    return name == other.sender.name and not name.startswith(_VAGUE) and "<locals>" not in name


def listed(names: list[str], most: int = 4) -> str:
    """``a, b and c``, or ``a, b, c, d and 12 more``."""
    if len(names) > most + 1:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
