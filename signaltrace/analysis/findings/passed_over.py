"""W105: receivers that did not run because an earlier one raised. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from signaltrace.analysis.connected import listed, place
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.traced import sent_as, sites, subject_of, times
from signaltrace.facts import Facts
from signaltrace.rows import Call, calls_of
from signaltrace.trace import RAISED, ErrorInfo, Trace

ID = "signaltrace.W105"
NAME = "passed-over"
SEVERITY = WARNING
SUMMARY = "Receivers that did not run because an earlier one raised."
WHY = (
    "send() and asend() end with the first receiver that raises: those after it do not run, though nothing "
    "is wrong with them, and which these are depends on the order in which they were connected."
)
NEEDS_TRACE = True

_MOST_NAMED = 4
# Signal, sender, the receiver that raised, type of the error, and where it was raised.
_Key = tuple[int, int, int, str, str | None, int | None]


@dataclass(slots=True)
class _Ended:
    """Dispatches that one receiver ended: how many, and how often it passed over which others."""

    error: ErrorInfo | None
    method: str
    count: int = 0
    passed: dict[int, int] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver that raised, signal, sender and error."""
    if facts.trace is not None:
        for key, ended in _ended(facts.trace).items():
            yield _finding(facts.trace, key, ended)


def _ended(trace: Trace) -> dict[_Key, _Ended]:
    found: dict[_Key, _Ended] = {}
    for row in trace.rows():
        skipped = row[9].get("not_called", ()) if row[9] is not None else ()
        raiser = _first_to_raise(calls_of(row)) if skipped else None
        if raiser is None:
            continue
        method, signal, sender = trace.routes[row[2]]
        error = ErrorInfo(*raiser.error) if raiser.error else None
        told = (error.type, error.file, error.line) if error is not None else ("an error", None, None)
        one = found.setdefault((signal, sender, raiser.receiver, *told), _Ended(error, method))
        one.count += 1
        one.sites[row[3]] = one.sites.get(row[3], 0) + 1
        for each in dict.fromkeys(skipped):
            one.passed[each] = one.passed.get(each, 0) + 1
    return found


def _first_to_raise(calls: Iterator[Call]) -> Call | None:
    return next((each for each in calls if each.outcome == RAISED), None)


def _finding(trace: Trace, key: _Key, ended: _Ended) -> Finding:
    signal, sender, receiver, kind = key[:4]
    info = trace.receivers[receiver]
    error, own = ended.error, kind.rpartition(".")[2]
    evidence = [place(info, "the receiver that raised")]
    if error is not None and error.file is not None:
        message = f": {' '.join(error.message.split())}" if error.message else ""
        evidence.insert(0, Evidence(f"{own} raised here{message[:120]}", error.file, error.line))
    passed = [
        (trace.receivers[index], count)
        for index, count in sorted(ended.passed.items(), key=lambda each: -each[1])
    ]
    for each, count in passed[:_MOST_NAMED]:
        evidence.append(place(each, f"{each.name}, passed over {times(count)}"))
    if len(passed) > _MOST_NAMED:
        evidence.append(Evidence(f"and {len(passed) - _MOST_NAMED:,} more"))
    evidence += sites(trace, ended.sites.items(), "sent")
    names = listed([each.name for each, _ in passed])
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{trace.signals[signal].name} of {trace.senders[sender].name}: {subject_of(info)}, {kind}",
        title=f"{info.name} raised {own} {times(ended.count)} on {sent_as(trace, signal, sender)}: {names} "
        "did not run",
        evidence=tuple(evidence),
        fix=_FIX if not ended.method.endswith("_robust") else f"{_CATCH}.",
        mine=info.mine or any(each.mine for each, _ in passed),
        app=info.app,
    )


_CATCH = "Catch in the receiver what it may raise"
_FIX = f"{_CATCH}; or send the signal with send_robust(), where it is your own and the others are to run."
