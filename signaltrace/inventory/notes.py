"""What looks wrong about a signal's receivers, stage *inventory*: full sentences for the overview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import FunctionType, MethodType
from typing import Any

from signaltrace.connections import Connection
from signaltrace.internals import ANY_SENDER_KEY, Entry
from signaltrace.labels.looking import exact_text

# Comparing each pair is for the few connections of one receiver, not for hundreds.
MAX_COMPARED = 50


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A connection and the entry it was read from."""

    connection: Connection
    entry: Entry


def notes_of(signal: str, told: Sequence[Told]) -> list[str]:
    """Dead receivers; receivers one dispatch calls twice, as the same object or by a double import."""
    return [*_dead(signal, told), *_twice(signal, told), *_imported_twice(signal, told)]


def _dead(signal: str, told: Sequence[Told]) -> Iterator[str]:
    dead = Counter(
        (each.connection.receiver.name, each.connection.dispatch_uid, each.entry.sender_gone)
        for each in told
        if not each.connection.alive
    )
    for (name, uid, sender_gone), number in dead.items():
        what = f"{signal}: {name}" + (f" (dispatch_uid {uid})" if uid else "")
        times = f" ({number} connections)" if number > 1 else ""
        if sender_gone:
            yield f"{what} is dead{times}: the sender it was connected for is gone."
        else:
            yield (
                f"{what} is dead{times}: it was connected weakly and nothing else kept it; "
                "weak=False would, or a reference of your own."
            )


def _twice(signal: str, told: Sequence[Told]) -> Iterator[str]:
    by_receiver: dict[Any, list[Told]] = {}
    for each in told:
        if each.connection.alive:
            by_receiver.setdefault(_identity(each.entry.receiver), []).append(each)
    for same in by_receiver.values():
        for first, second in combinations(same[:MAX_COMPARED], 2):
            if _overlap(first.entry, second.entry):
                yield _twice_note(signal, first.connection, second.connection)
                break


def _twice_note(signal: str, first: Connection, second: Connection) -> str:
    name = first.receiver.name
    if first.sender == second.sender:
        senders = "any sender" if first.sender.name == "any sender" else first.sender.name
        return f"{signal}: {name} is connected twice for {senders} and runs twice: its dispatch_uids differ."
    one = next(each for each in (first, second) if each.sender.name != "any sender")
    return (
        f"{signal}: {name} is connected for {one.sender.name} and for any sender, "
        f"and runs twice when {one.sender.name} sends."
    )


def _imported_twice(signal: str, told: Sequence[Told]) -> Iterator[str]:
    """One file loaded under two module names connects what it holds twice."""
    by_code: dict[tuple[str, int, str], list[Told]] = {}
    for each in told:
        function = each.entry.receiver
        if each.connection.alive and type(function) is FunctionType:
            code = function.__code__
            key = (code.co_filename, code.co_firstlineno, code.co_qualname)
            by_code.setdefault(key, []).append(each)
    for same in by_code.values():
        names = {each.connection.receiver.name: each for each in same}
        pairs = combinations(list(names.values())[:MAX_COMPARED], 2)
        for first, second in pairs:
            # anything may be set as a function's module: only text is asked what it is
            modules = {exact_text(each.entry.receiver.__module__) for each in (first, second)}
            if len(modules) == 2 and _overlap(first.entry, second.entry):
                one, other = sorted((first.connection.receiver.name, second.connection.receiver.name))
                yield f"{signal}: {one} and {other} are one function of a file imported under two names."
                break


def _overlap(first: Entry, second: Entry) -> bool:
    """Whether one dispatch can reach both."""
    keys = (first.key_sender, second.key_sender)
    return keys[0] == keys[1] or ANY_SENDER_KEY in keys


def _identity(receiver: Any) -> Any:
    if type(receiver) is MethodType:
        return (id(receiver.__self__), id(receiver.__func__))
    return id(receiver)
