"""W003: a receiver that is alive only because DEBUG is on. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import connected_at, live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.functions import SECOND_OF_ITS_NAME, Functions
from signaltrace.analysis.paths import real
from signaltrace.connections import Connection
from signaltrace.declarations import FUNCTION
from signaltrace.facts import Facts

ID = "signaltrace.W003"
NAME = "kept-by-debug"
SEVERITY = WARNING
SUMMARY = "A weakly connected receiver that is alive only because DEBUG is on."
WHY = (
    "With DEBUG=True connect() looks at the receiver's signature, and the cache of that keeps the receiver "
    "alive. In production nothing does: it works here and is silent there."
)
NEEDS_TRACE = False
# It is the same problem with DEBUG off: a baseline that was written there knows it.
KIN = ("signaltrace.E002",)


def find(facts: Facts) -> Iterator[Finding]:
    """Weak connections that nothing but Django's cache of signatures keeps."""
    functions = Functions(facts.source)
    connected = {
        (real(one.receiver.file), one.receiver.line)
        for _, one in live(facts)
        if one.receiver.file and one.kind == FUNCTION
    }
    for signal, connection in live(facts):
        if not connection.weak:
            continue
        name, receiver = signal.signal.name, connection.receiver
        second = _second(facts, functions, connection, connected)
        if connection.kept_by_debug or second:
            yield Finding(
                rule=ID,
                severity=SEVERITY,
                subject=f"{name}: {receiver_subject(connection)}",
                title=f"{receiver.name} hears {short_signal(name)} only as long as DEBUG is on",
                evidence=(*connected_at(facts, name, connection), place(receiver), *second),
                fix=SECOND_OF_ITS_NAME if second else _FIX,
                # something that the source does not show may hold the first of two functions
                possible=not connection.kept_by_debug,
                mine=receiver.mine,
                app=receiver.app,
            )


_FIX = "Add weak=False to the connect(), or keep a reference, in the receiver's module for one."


def _second(
    facts: Facts, functions: Functions, one: Connection, connected: set[tuple[str, int | None]]
) -> list[Evidence]:
    """The function that took the name of this one, where it is known to have run."""
    if not facts.debug or one.kind != FUNCTION or one.receiver.file is None:
        return []
    second = functions.second_of(one.receiver)
    if second is None:
        return []
    if not one.kept_by_debug and (real(one.receiver.file), second.line) not in connected:
        return []  # an `else` that never ran
    return [Evidence("the second function of that name", one.receiver.file, second.line)]
