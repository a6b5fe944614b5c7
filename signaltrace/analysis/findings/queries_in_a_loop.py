"""W107: a statement that a receiver runs again and again. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import place
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.loops import Loop, loops
from signaltrace.analysis.remarks import once
from signaltrace.analysis.sql_words import in_brief, in_short, is_reading
from signaltrace.analysis.traced import sent_as, subject_of, times
from signaltrace.facts import Facts
from signaltrace.trace import Trace

ID = "signaltrace.W107"
NAME = "queries-in-a-loop"
SEVERITY = WARNING
SUMMARY = "A statement that a receiver runs again and again: N+1 queries."
WHY = (
    "Each query is a round trip to the database. Run for each row, or in each dispatch of a loop, their "
    "number grows with the data: what is quick for five rows is slow for five thousand."
)
NEEDS_TRACE = True

# So much of a statement is said in a title.
_LONGEST = 120


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, signal, sender and statement.

    A receiver that writes once per dispatch does what it is for: only what it reads could be at hand already.
    """
    if facts.trace is None:
        return
    found: dict[tuple[int, int, int, str, str], tuple[Loop, int]] = {}
    for loop, often in once(facts.trace, loops):
        _, signal, sender = facts.trace.routes[loop.route]
        text, alias, _ = facts.trace.statements[loop.statement]
        if loop.dispatches and not is_reading(text):
            continue
        key = (loop.receiver, signal, sender, in_short(text), alias)
        best, before = found.get(key, (loop, 0))
        found[key] = (max(best, loop, key=_weight), before + often)
    for loop, often in found.values():
        yield _finding(facts.trace, loop, often)


def _weight(loop: Loop) -> tuple[bool, bool, int]:
    return not loop.dispatches, loop.sure, loop.count


def _finding(trace: Trace, loop: Loop, often: int) -> Finding:
    _, signal, sender = trace.routes[loop.route]
    info = trace.receivers[loop.receiver]
    text, alias, at = trace.statements[loop.statement]
    said = in_brief(text, _LONGEST)
    on = f" on {alias}" if alias not in ("", "default") else ""
    of, sent = f"{trace.signals[signal].name} of {trace.senders[sender].name}", sent_as(trace, signal, sender)
    evidence = [place(info)]
    line = trace.sites[at]
    if line is not None:
        evidence.insert(0, Evidence(f"run here in {line.function}()", line.file, line.line))
    if often > 1:
        evidence.append(Evidence(f"it came to that {times(often)}; this was the worst"))
    if loop.dispatches:
        how = f"once per dispatch of {sent}, {loop.dispatches:,} of them in one go"
    else:
        how = f"{loop.count:,} times in one call, on {sent}"
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{of}: {subject_of(info)}, {said}{on}",
        title=f"{info.name} ran {said}{on} {how}",
        evidence=tuple(evidence),
        fix=_fix(loop, is_reading(text)),
        possible=not loop.sure,
        mine=info.mine,
        app=info.app,
    )


def _fix(loop: Loop, reads: bool) -> str:
    if reads and loop.dispatches:
        return (
            "Hand the receiver what it needs, on the instance say, so that the sender fetches it once for "
            "all: select_related(), prefetch_related() or one query before the loop."
        )
    if reads:
        return "Fetch the rows in one query: select_related(), prefetch_related(), or filter(pk__in=...)."
    return "Write the rows in one statement: bulk_create(), bulk_update() or QuerySet.update()."
