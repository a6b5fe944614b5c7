"""W106: what went out of a transaction before it was committed. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import place
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.left import CELERY, MAIL, Left, alike, in_short, left_by_span, why_undone
from signaltrace.analysis.traced import sent_as, sites, subject_of, times
from signaltrace.facts import Facts
from signaltrace.rows import dispatch_of, is_continuation
from signaltrace.trace import ReceiverInfo, Trace

ID = "signaltrace.W106"
NAME = "left-transaction"
SEVERITY = WARNING
SUMMARY = "Mail, a Celery task or a connection that left a transaction before it was committed."
WHY = (
    "The transaction may still be rolled back, and until it is committed nobody else can read what it wrote: "
    "mail tells of an order that never was, a worker looks for a row that is not there yet."
)
NEEDS_TRACE = True

_FIXES = {
    MAIL: "Send it in a callback of transaction.on_commit().",
    CELERY: "Queue it in a callback of transaction.on_commit(), or with the task's delay_on_commit().",
}
_FIX = "Do it in a callback of transaction.on_commit()."

# Signal, sender and receiver.
_Key = tuple[int, int, int]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, signal, sender, line and way, those that were rolled back apart."""
    if facts.trace is not None:
        for key, found in _left(facts.trace).items():
            for group in alike(each for each, _ in found):
                yield _finding(facts.trace, key, group, {one.event.id: at for one, at in found})


def _left(trace: Trace) -> dict[_Key, list[tuple[Left, int]]]:
    """What left, with the site its dispatch was sent from, by who let it out."""
    found: dict[_Key, list[tuple[Left, int]]] = {}
    known = left_by_span(trace)
    dispatches = {dispatch_of(span) for span in known}
    for row in trace.rows() if known else ():
        if row[0] not in dispatches or (row[9] is not None and is_continuation(row)):
            continue
        _, signal, sender = trace.routes[row[2]]
        for call in trace.calls(row):
            for each in known.get(call.id, ()):
                found.setdefault((signal, sender, call.receiver), []).append((each, row[3]))
    return found


def _finding(trace: Trace, key: _Key, group: list[Left], sent_from: dict[int, int]) -> Finding:
    signal, sender, receiver = key
    info = trace.receivers[receiver]
    one, sent = group[0], sent_as(trace, signal, sender)
    counted: dict[int, int] = {}
    for each in group:
        at = sent_from[each.event.id]
        counted[at] = counted.get(at, 0) + 1
    evidence = [*_out(group), place(info)]
    if one.undone is not None:
        evidence.append(Evidence(f"rolled back afterwards{why_undone(one.undone)}: {one.went}"))
    evidence += sites(trace, counted.items(), f"{sent} was sent")
    often = "" if len(group) == 1 else f", {times(len(group))}"
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=_subject(trace, key, info, one),
        title=f"{info.name} {one.fate}{often}: {in_short(group)}",
        evidence=tuple(evidence),
        fix=_FIXES.get(one.how, _FIX),
        mine=info.mine,
        app=info.app,
    )


def _out(group: list[Left]) -> list[Evidence]:
    """The line by which it went out."""
    site, told = group[0].site, group[0].told
    what = f": {told}" if len(group) == 1 and told != in_short(group) else ""
    return [] if site is None else [Evidence(f"it went out in {site.function}(){what}", site.file, site.line)]


def _subject(trace: Trace, key: _Key, info: ReceiverInfo, one: Left) -> str:
    """Without what changes from run to run: a host's port, who the mail is to."""
    signal, sender, _ = key
    what = one.told if one.how == CELERY else one.kind
    where = f"{trace.signals[signal].name} of {trace.senders[sender].name}"
    return f"{where}: {subject_of(info)}, {what}"
