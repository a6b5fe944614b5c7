"""W013: a sync receiver of a signal that is sent with asend(). Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Finding
from signaltrace.analysis.methods import ASYNC, sends
from signaltrace.facts import Facts

ID = "signaltrace.W013"
NAME = "sync-on-asend"
SEVERITY = WARNING
SUMMARY = "A sync receiver of a signal that is only sent with asend()."
WHY = (
    "asend() cannot call a sync receiver in the event loop: it moves to the thread for sync code and back, "
    "which costs more than most receivers do, and queues there behind all other sync code of the request."
)
NEEDS_TRACE = False


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver and signal, where nothing sends the signal with send()."""
    found = sends(facts)
    for signal, one in live(facts):
        sent = found.get(signal.signal.name)
        if sent is None or one.receiver.is_async or not sent.only(ASYNC):
            continue
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=f"{signal.signal.name}: {receiver_subject(one)}",
            title=f"{one.receiver.name} is sync, and {short_signal(signal.signal.name)} is sent with asend()",
            evidence=(place(one.receiver), *sent.places),
            fix="Write it as `async def`; or, where nothing awaits, send the signal with send().",
            mine=one.receiver.mine,
            app=one.receiver.app,
        )
