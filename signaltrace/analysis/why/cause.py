"""A cause of running twice, stage *analysis*: what it is called, where its connections were made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.link import Fix
from signaltrace.connections import Connection
from signaltrace.declarations import NOTHING, Reference
from signaltrace.history import CONNECTED, Event

# The causes, as they are called in the JSON.
IMPORTED_TWICE = "imported-twice"
TWO_UIDS = "two-uids"
ANY_AND_ONE = "any-and-one-sender"
READY_TWICE = "ready-twice"
EVERY_CALL = "connected-in-a-call"
SEVERAL_OBJECTS = "several-objects"
TWO_SIGNALS = "two-signals"
SENT_TWICE = "sent-twice"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why it runs more than once. ``times`` is how often in one dispatch, 1 where that is not what it is."""

    name: str
    text: str
    evidence: tuple[Evidence, ...]
    fix: Fix
    signal: str = ""
    sender: str = ""
    times: int = 2
    possible: bool = False


def connects(cases: Sequence[Case], connections: Sequence[Connection]) -> list[Event]:
    """The events that made live connections, as far as they can be told."""
    senders = {each.sender.name for each in connections}
    return [
        event
        for case in cases
        for event in case.events
        if event.what == CONNECTED and event.sender.name in senders
    ]


def sites(cases: Sequence[Case], connections: Sequence[Connection]) -> list[Evidence]:
    """Where each was connected: seen, or else as the source has it."""
    found: dict[tuple[str, int], Evidence] = {}
    events = [each for each in connects(cases, connections) if each.site is not None]
    for each in connections:
        said = f"connected for {each.sender.name} here"
        if each.dispatch_uid is not None:
            said = f"connected with dispatch_uid {each.dispatch_uid!r} here"
        for place in _seen(each, events) if events else _declared(each, cases):
            found.setdefault(place, Evidence(said, *place))
    return list(found.values())


def _seen(connection: Connection, events: Sequence[Event]) -> list[tuple[str, int]]:
    wanted = (connection.sender.name, connection.dispatch_uid)
    return [
        (each.site.file, each.site.line)
        for each in events
        if each.site is not None and (each.sender.name, each.dispatch_uid) == wanted
    ]


def _declared(connection: Connection, cases: Sequence[Case]) -> list[tuple[str, int]]:
    found = [
        (each.module.file, each.connect)
        for case in cases
        for each in case.declarations
        if connection in each.connections and case.sender == connection.sender.name
    ]
    own = [each for each in found if _has_uid(each[1].dispatch_uid, connection.dispatch_uid)]
    return [(file, connect.line) for file, connect in own or found]


def _has_uid(written: Reference, uid: str | None) -> bool:
    return written.kind == NOTHING if uid is None else written.kind != NOTHING and written.name == uid


def made(
    case: Case,
    name: str,
    text: str,
    evidence: Sequence[Evidence],
    fix: Fix,
    connections: Sequence[Connection],
    *,
    times: int = 0,
    possible: bool = False,
) -> Cause:
    """A cause that lies in several connections; ``times`` is their number where it is not given."""
    senders = [each.sender.name for each in connections if each.sender.name != ANY_SENDER]
    return Cause(
        name,
        text,
        tuple(evidence),
        fix,
        case.signal,
        senders[0] if senders else ANY_SENDER,
        times or len(connections),
        possible,
    )


def number_word(number: int) -> str:
    """A small number as a word."""
    words = {1: "one", 2: "two", 3: "three", 4: "four"}
    return words.get(number, f"{number:,}")
