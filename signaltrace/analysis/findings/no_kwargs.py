"""W012: a receiver without ``**kwargs``. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import connected_at, listed, live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Finding
from signaltrace.connections import Connection
from signaltrace.facts import Facts

ID = "signaltrace.W012"
NAME = "no-kwargs"
SEVERITY = WARNING
SUMMARY = "A receiver that does not take **kwargs."
WHY = (
    "A signal may be sent with more keywords in the next release, and Django passes signal= along always: a "
    "receiver that takes no others raises TypeError then. connect() checks this only while DEBUG is on."
)
NEEDS_TRACE = False


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, whatever it hears."""
    connected: dict[tuple[str, str | None, int | None], list[tuple[str, Connection]]] = {}
    for signal, one in live(facts):
        if not one.accepts_kwargs:
            key = (receiver_subject(one), one.receiver.file, one.receiver.line)
            connected.setdefault(key, []).append((signal.signal.name, one))
    for same in connected.values():
        name, one = same[0]
        signals = listed(list(dict.fromkeys(short_signal(each) for each, _ in same)))
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=receiver_subject(one),
            title=f"{one.receiver.name} takes no **kwargs, and is connected to {signals}",
            evidence=(place(one.receiver), *connected_at(facts, name, one)),
            fix="Add **kwargs to its parameters.",
            mine=one.receiver.mine,
            app=one.receiver.app,
        )
