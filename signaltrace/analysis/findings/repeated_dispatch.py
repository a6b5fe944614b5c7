"""W104: the same dispatch sent again and again for one instance. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import listed
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.repeats import Repeat, repeats
from signaltrace.analysis.traced import sent_as, sites
from signaltrace.facts import Facts
from signaltrace.trace import Trace

ID = "signaltrace.W104"
NAME = "repeated-dispatch"
SEVERITY = WARNING
SUMMARY = "The same dispatch sent three times or more for one instance in one request or command."
WHY = (
    "Every one of them runs all the receivers again, for an instance of which mostly only the last state is "
    "wanted: the work of the request is done several times over."
)
NEEDS_TRACE = True


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a signal and sender."""
    if facts.trace is not None:
        for repeat in repeats(facts.trace):
            yield _finding(facts.trace, repeat)


def _finding(trace: Trace, repeat: Repeat) -> Finding:
    sent = sent_as(trace, repeat.signal, repeat.sender)
    receivers = list(repeat.receivers.values())
    mine = [each for each in receivers if each.mine]
    evidence = sites(trace, repeat.sites.items(), "sent")
    each_time = listed([each.name for each in (mine or receivers)])
    evidence.append(Evidence(f"each time {each_time} ran"))
    if repeat.others:
        were = "instance was" if repeat.others == 1 else "instances were"
        evidence.append(Evidence(f"{repeat.others:,} more {were} sent three times or more"))
    sender = trace.senders[repeat.sender]
    by_model = trace.signals[repeat.signal].name.startswith("django.db.models.")
    fix = (
        "Change the instance in memory and save it once at the end; what only follows from other rows, write "
        "with QuerySet.update()."
        if by_model
        else "Send it once, when all that it tells of is done."
    )
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{trace.signals[repeat.signal].name} of {sender.name}",
        title=f"{sent} was sent {repeat.count:,} times for {repeat.about} in one {repeat.unit}",
        evidence=tuple(evidence),
        fix=fix,
        mine=bool(mine),
        app=(mine or receivers)[0].app,
    )
