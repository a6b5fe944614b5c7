"""What the source declares beside what is connected, stage *analysis*: what came of each declaration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from signaltrace.analysis.references import References
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import (
    CODE,
    LAMBDA,
    LOCAL_FUNCTION,
    NAME,
    PARTIAL,
    UNDECIDED,
    Connect,
    SourceModule,
)
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED as WAS_CONNECTED
from signaltrace.history import Event

# What came of a declaration.
CONNECTED = "connected"
DEAD = "dead"  # it was connected, and its receiver is gone
NEVER_IMPORTED = "never imported"
NOT_CONNECTED = "not connected"  # its module was imported, and its line must have been reached
NOT_REACHED = "not reached"  # its module was imported; whether its line was ever reached can't be told
NOT_TOLD = "undecided"  # the source does not say what is connected to what


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration with the names it comes to (None: undecided) and the connections that answer to it.

    ``elsewhere`` is set where the module was never imported and the connection stands all the same.
    """

    module: SourceModule
    connect: Connect
    signal: str | None
    sender: str | None
    receiver: str
    state: str
    connections: tuple[Connection, ...] = ()
    elsewhere: bool = False


def declared(facts: Facts, references: References | None = None) -> list[Declared]:
    """Every ``connect`` in the source, tests and migrations left out, in the order of files and lines."""
    references = References(facts) if references is None else references
    made = _made_at(facts)
    return [
        _judged(module, connect, references, made)
        for module in facts.source.modules
        if module.role == CODE
        for connect in module.connects
        if connect.action == "connect"
    ]


def _judged(
    module: SourceModule, connect: Connect, references: References, made: dict[tuple[str, int], list[Event]]
) -> Declared:
    signal, sender = references.signal(connect.signal), references.sender(connect.sender)
    receiver = receiver_name(connect, references)
    live = None if signal is None else references.connected(signal)
    answers = () if live is None else tuple(_answers(live, module, connect, sender, receiver))
    if any(each.alive for each in answers):
        state = CONNECTED
    elif answers:
        state = DEAD
    elif signal is None:
        state = NOT_TOLD
    elif not module.loaded_as:
        state = NEVER_IMPORTED
    elif _is_seen(module, connect, signal, made):
        # What it connected went by another name, or is gone: the history knows.
        state = NOT_TOLD
    elif not is_decided(connect):
        state = NOT_TOLD
    elif is_sure_to_run(connect):
        state = NOT_CONNECTED
    else:
        state = NOT_REACHED
    elsewhere = state == CONNECTED and not module.loaded_as
    return Declared(module, connect, signal, sender, receiver, state, answers, elsewhere)


def receiver_name(connect: Connect, references: References) -> str:
    """The receiver as a view calls it where the source tells, else as it is written."""
    if connect.receiver.kind != NAME:
        return connect.receiver.text or connect.receiver_kind
    name = references.canonical(connect.receiver.name)
    return f"partial({name})" if connect.receiver_kind == PARTIAL else name


def is_decided(connect: Connect) -> bool:
    """Whether the source says which receiver it is, so that its absence can be told."""
    if connect.receiver_kind in (LOCAL_FUNCTION, LAMBDA):
        return connect.receiver_line is not None
    return connect.receiver.kind == NAME and (
        connect.receiver_line is not None or connect.form == "decorator"
    )


def is_sure_to_run(connect: Connect) -> bool:
    """Whether importing the module is enough to reach the line."""
    return connect.scope == "" and not connect.conditional


def _answers(
    live: ConnectedSignal, module: SourceModule, connect: Connect, sender: str | None, receiver: str
) -> Iterator[Connection]:
    for each in live.connections:
        if connect.sender.kind != UNDECIDED and sender is not None and each.sender.name != sender:
            continue
        if each.receiver.name == receiver or _is_at(each, module.file, connect.receiver_line):
            yield each


def _is_at(connection: Connection, file: str, line: int | None) -> bool:
    if line is None or connection.receiver.line != line or connection.receiver.file is None:
        return False
    return same_file(connection.receiver.file, file)


def _is_seen(
    module: SourceModule, connect: Connect, signal: str, made: dict[tuple[str, int], list[Event]]
) -> bool:
    found = made.get((real(module.file), connect.line), ())
    return any(each.signal == signal for each in found)


def _made_at(facts: Facts) -> dict[tuple[str, int], list[Event]]:
    found: dict[tuple[str, int], list[Event]] = {}
    for each in facts.history.events:
        if each.what == WAS_CONNECTED and each.site is not None:
            found.setdefault((real(each.site.file), each.site.line), []).append(each)
    return found


def same_file(one: str, other: str) -> bool:
    """Whether two paths are one file, through links."""
    return one == other or real(one) == real(other)


@lru_cache(maxsize=4096)
def real(path: str) -> str:
    """The path with its links followed."""
    return os.path.realpath(path)
