"""W003: a receiver that is alive only because DEBUG is on. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import connected_at, live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Finding
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


def find(facts: Facts) -> Iterator[Finding]:
    """Weak connections that nothing but Django's cache of signatures keeps."""
    for signal, connection in live(facts):
        if connection.weak and connection.kept_by_debug:
            name = signal.signal.name
            yield Finding(
                rule=ID,
                severity=SEVERITY,
                subject=f"{name}: {receiver_subject(connection)}",
                title=f"{connection.receiver.name} hears {short_signal(name)} only as long as DEBUG is on",
                evidence=(*connected_at(facts, name, connection), place(connection.receiver)),
                fix="Add weak=False to the connect(), or keep a reference, in the receiver's module for one.",
                mine=connection.receiver.mine,
                app=connection.receiver.app,
            )
