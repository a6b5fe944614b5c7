"""W102: a receiver that ran inside itself. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import place
from signaltrace.analysis.cycles import Cycle, cycles
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.traced import sent_as, site, subject_of, times
from signaltrace.facts import Facts
from signaltrace.trace import Trace

ID = "signaltrace.W102"
NAME = "recursion"
SEVERITY = WARNING
SUMMARY = "A receiver that was called while it ran, for the same signal and sender."
WHY = (
    "What the receiver does sends its signal again: every receiver of it runs once more for each turn, and "
    "what ends the turning is a guard in the receiver, or a RecursionError."
)
NEEDS_TRACE = True


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a loop of receivers."""
    if facts.trace is not None:
        for cycle in cycles(facts.trace):
            yield _finding(facts.trace, cycle)


def _finding(trace: Trace, cycle: Cycle) -> Finding:
    signal, sender, _ = cycle.key
    sent = sent_as(trace, signal, sender)
    through = len(cycle.chain) // 2 - 2
    others = f" through {'another receiver' if through == 1 else f'{through} others'}" if through else ""
    about = {None: "", True: ", for the same instance", False: ", for another instance"}[cycle.same_instance]
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{trace.signals[signal].name} of {trace.senders[sender].name}: {subject_of(cycle.receiver)}",
        title=f"{cycle.receiver.name} ran inside itself{others} on {sent}, {cycle.deepest:,} deep",
        evidence=(
            place(cycle.receiver),
            Evidence(f"the cycle{about}: {' → '.join(cycle.chain)}"),
            *site(trace, cycle.row, f"{sent} is sent again"),
            Evidence(f"it came to that {times(cycle.count)}"),
        ),
        fix="Break the circle: set the fields before the save, or write them with QuerySet.update(), "
        "which sends no signal."
        if cycle.same_instance is not False
        else "If it is to go from instance to instance, collect them first and save each once.",
        mine=cycle.receiver.mine,
        app=cycle.receiver.app,
    )
