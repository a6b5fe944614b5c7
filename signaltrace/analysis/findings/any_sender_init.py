"""I010: a ``pre_init`` or ``post_init`` receiver of any sender. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import (
    MODEL_SIGNALS,
    connected_at,
    live,
    place,
    receiver_subject,
    short_signal,
)
from signaltrace.analysis.finding import INFO, Finding
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.facts import Facts

ID = "signaltrace.I010"
NAME = "any-sender-init"
SEVERITY = INFO
SUMMARY = "A pre_init or post_init receiver of any sender: it runs for every row that is read."
WHY = (
    "These are sent for every instance of every model, each row of each query among them: a page that reads "
    "a thousand rows calls the receiver a thousand times."
)
NEEDS_TRACE = False

_SIGNALS = (f"{MODEL_SIGNALS}pre_init", f"{MODEL_SIGNALS}post_init")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a signal and receiver."""
    models = len(facts.models) or len(facts.inventory.models)
    whose = "all models" if models < 2 else f"all {models:,} models"
    for signal, one in live(facts):
        name = signal.signal.name
        if name in _SIGNALS and one.sender.name == ANY_SENDER:
            yield Finding(
                rule=ID,
                severity=SEVERITY,
                subject=f"{name}: {receiver_subject(one)}",
                title=f"{one.receiver.name} hears {short_signal(name)} of any sender: "
                f"each instance of {whose}",
                evidence=(place(one.receiver), *connected_at(facts, name, one)),
                fix="Connect it with sender= for each model that it is about.",
                mine=one.receiver.mine,
                app=one.receiver.app,
            )
