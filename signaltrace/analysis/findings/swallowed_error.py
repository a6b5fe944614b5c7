"""W101: an error of a receiver that send_robust() kept to itself. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from signaltrace.analysis.connected import place
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.traced import sent_as, sites, subject_of, times
from signaltrace.facts import Facts
from signaltrace.rows import calls_of
from signaltrace.trace import RETURNED_ERROR, ErrorInfo, Trace

ID = "signaltrace.W101"
NAME = "swallowed-error"
SEVERITY = WARNING
SUMMARY = "An error of a receiver that send_robust() swallowed."
WHY = (
    "send_robust() catches what a receiver raises, logs it to django.dispatch and gives it back as a "
    "response. Where nobody looks at responses or logs, the receiver's work is not done and nobody knows."
)
NEEDS_TRACE = True

# Signal, sender, receiver, type of the error, and where it was raised.
_Key = tuple[int, int, int, str, str | None, int | None]


@dataclass(slots=True)
class _Swallowed:
    error: ErrorInfo | None
    method: str
    count: int = 0
    sites: dict[int, int] = field(default_factory=dict)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, signal, sender and error."""
    if facts.trace is not None:
        for key, swallowed in _swallowed(facts.trace).items():
            yield _finding(facts.trace, key, swallowed)


def _swallowed(trace: Trace) -> dict[_Key, _Swallowed]:
    found: dict[_Key, _Swallowed] = {}
    for row in trace.rows():
        if row[9] is None or "outcomes" not in row[9]:
            continue
        method, signal, sender = trace.routes[row[2]]
        for call in calls_of(row):
            if call.outcome != RETURNED_ERROR:
                continue
            error = ErrorInfo(*call.error) if call.error else None
            told = (error.type, error.file, error.line) if error is not None else ("an error", None, None)
            one = found.setdefault((signal, sender, call.receiver, *told), _Swallowed(error, method))
            one.count += 1
            one.sites[row[3]] = one.sites.get(row[3], 0) + 1
    return found


def _finding(trace: Trace, key: _Key, swallowed: _Swallowed) -> Finding:
    signal, sender, receiver, kind = key[:4]
    info = trace.receivers[receiver]
    error = swallowed.error
    own = kind.rpartition(".")[2]
    evidence = [place(info)]
    if error is not None and error.file is not None:
        message = f": {' '.join(error.message.split())}" if error.message else ""
        evidence.insert(0, Evidence(f"{own} raised here{message[:120]}", error.file, error.line))
    evidence += sites(trace, swallowed.sites.items(), "sent")
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{trace.signals[signal].name} of {trace.senders[sender].name}: {subject_of(info)}, {kind}",
        title=f"{info.name} raised {own} {times(swallowed.count)}, and {swallowed.method}() of "
        f"{sent_as(trace, signal, sender)} went on",
        evidence=tuple(evidence),
        fix=f"Mend the receiver, or catch {own} in it where it is expected; and look at what "
        f"{swallowed.method}() returns.",
        mine=info.mine,
        app=info.app,
    )
