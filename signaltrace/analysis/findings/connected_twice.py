"""W007: one receiver connected more than once for one dispatch. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from signaltrace.analysis.connected import connected_at, live, overlap, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Finding
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import CLASS, FUNCTION
from signaltrace.facts import Facts

ID = "signaltrace.W007"
NAME = "connected-twice"
SEVERITY = WARNING
SUMMARY = "The same receiver connected more than once for one dispatch."
WHY = (
    "Django tells connections apart by dispatch_uid and sender, not by what they call: the receiver runs "
    "once for each that fits, and does its work twice."
)
NEEDS_TRACE = False

# Methods, partials and closures of one name can belong to two objects, and then are two receivers.
_ONE_OF_A_NAME = (FUNCTION, CLASS)
# Comparing each pair is for the few connections of one receiver, not for hundreds.
_MOST_COMPARED = 50


def find(facts: Facts) -> Iterator[Finding]:
    """Connections of one function to one signal of which a dispatch reaches two."""
    by_receiver: dict[tuple[str, str, str | None, int | None], list[tuple[ConnectedSignal, Connection]]] = {}
    for signal, one in live(facts):
        if one.kind in _ONE_OF_A_NAME and "<locals>" not in one.qualname + one.receiver.name:
            # the module, too: a file that was imported twice is another rule's
            key = (
                signal.signal.name,
                f"{one.module} {one.receiver.name}",
                one.receiver.file,
                one.receiver.line,
            )
            by_receiver.setdefault(key, []).append((signal, one))
    for same in by_receiver.values():
        pairs = combinations([each for _, each in same[:_MOST_COMPARED]], 2)
        pair = next((each for each in pairs if overlap(*each)), None)
        if pair is not None:
            yield _finding(facts, same[0][0].signal.name, *pair)


def _finding(facts: Facts, signal: str, first: Connection, second: Connection) -> Finding:
    name, shown = first.receiver.name, short_signal(signal)
    if first.sender.name == second.sender.name:
        of = "of any sender" if first.sender.name == ANY_SENDER else f"of {first.sender.name}"
        title = f"{name} runs twice for each {shown} {of}: its dispatch_uids differ"
        uids = " and ".join(each.dispatch_uid or "none" for each in (first, second))
        fix = f"Connect it once, or each time with the same dispatch_uid (they are {uids})."
    else:
        one = first.sender.name if second.sender.name == ANY_SENDER else second.sender.name
        title = f"{name} runs twice for each {shown} of {one}: it is connected for it and for any sender"
        fix = f"Drop one of the two: the connection for {one}, or the one for any sender."
    where = {
        (each.file, each.line): each for one in (first, second) for each in connected_at(facts, signal, one)
    }
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{signal}: {receiver_subject(first)}",
        title=title,
        evidence=(place(first.receiver), *where.values()),
        fix=fix,
        mine=first.receiver.mine,
        app=first.receiver.app,
    )
