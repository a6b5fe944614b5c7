"""W103: a receiver that took longer than it may. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.analysis.connected import place
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.spans import call_times
from signaltrace.analysis.times import format_ns
from signaltrace.analysis.traced import sent_as, site, subject_of, times
from signaltrace.facts import Facts
from signaltrace.rows import Call, Row, calls_of
from signaltrace.trace import Trace

ID = "signaltrace.W103"
NAME = "over-budget"
SEVERITY = WARNING
SUMMARY = "A receiver that took longer than the time budget."
WHY = (
    "Receivers run where the signal is sent: whoever saves, pays or asks for a page waits for all of them, "
    "and a slow one makes every sender slow."
)
NEEDS_TRACE = True


@dataclass(slots=True)
class _Slow:
    row: Row
    call: Call
    duration_ns: int
    count: int = 0


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, signal and sender, for its calls above the budget."""
    if facts.trace is None or facts.budget_ns <= 0:
        return
    for (signal, sender, _), slow in _slow(facts.trace, facts.budget_ns).items():
        yield _finding(facts.trace, signal, sender, slow, facts.budget_ns)


def _slow(trace: Trace, budget_ns: int) -> dict[tuple[int, int, int], _Slow]:
    found: dict[tuple[int, int, int], _Slow] = {}
    for row in trace.rows():
        # what was paused only makes it less: nearly all dispatches end here
        if not row[7] or max(row[7][2::3]) <= budget_ns:
            continue
        _, signal, sender = trace.routes[row[2]]
        for call in calls_of(row):
            took = call.duration_ns - trace.pauses.get(call.id, 0)
            if took <= budget_ns:
                continue
            slow = found.setdefault((signal, sender, call.receiver), _Slow(row, call, took))
            slow.count += 1
            if took > slow.duration_ns:
                slow.row, slow.call, slow.duration_ns = row, call, took
    return found


def _finding(trace: Trace, signal: int, sender: int, slow: _Slow, budget_ns: int) -> Finding:
    info = trace.receivers[slow.call.receiver]
    sent = sent_as(trace, signal, sender)
    own_ns = call_times(trace, slow.call)[1]
    evidence = [place(info)]
    if own_ns < slow.duration_ns:
        evidence.append(Evidence(f"{format_ns(own_ns)} of the longest are its own, the rest is what it sent"))
    if slow.call.busy_ns is not None and slow.call.busy_ns < slow.duration_ns:
        evidence.append(
            Evidence(f"{format_ns(slow.call.busy_ns)} of the longest it ran, the rest it awaited")
        )
    evidence += site(trace, slow.row, "the longest was sent")
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{trace.signals[signal].name} of {trace.senders[sender].name}: {subject_of(info)}",
        title=f"{info.name} took up to {format_ns(slow.duration_ns)} on {sent}: {times(slow.count)} above "
        f"{format_ns(budget_ns)}",
        evidence=tuple(evidence),
        fix="Move the slow part out of the dispatch: into a task queued with transaction.on_commit(), say.",
        mine=info.mine,
        app=info.app,
    )
