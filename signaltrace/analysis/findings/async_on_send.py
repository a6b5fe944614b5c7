"""W014: an async receiver of a signal that is sent with send(). Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Finding
from signaltrace.analysis.methods import SYNC, sends
from signaltrace.facts import Facts

ID = "signaltrace.W014"
NAME = "async-on-send"
SEVERITY = WARNING
SUMMARY = "An async receiver of a signal that is only sent with send()."
WHY = (
    "send() has to run a coroutine to its end before it returns: it starts an event loop for every dispatch, "
    "which takes longer than most receivers, and nothing else runs while the receiver awaits."
)
NEEDS_TRACE = False


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver and signal, where nothing sends the signal with asend()."""
    found = sends(facts)
    for signal, one in live(facts):
        sent = found.get(signal.signal.name)
        if sent is None or not one.receiver.is_async or not sent.only(SYNC):
            continue
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=f"{signal.signal.name}: {receiver_subject(one)}",
            title=f"{one.receiver.name} is async, and {short_signal(signal.signal.name)} is sent with send()",
            evidence=(place(one.receiver), *sent.places),
            fix=(
                "Write it as a plain `def`, and hand what has to be awaited to a task or a queue."
                if signal.signal.name.startswith("django.")
                else "Send the signal with `await asend()`, or write the receiver as a plain `def`."
            ),
            mine=one.receiver.mine,
            app=one.receiver.app,
        )
