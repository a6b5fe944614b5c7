"""W108: receivers whose order matters. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.changes import Dependency, dependencies, seen_by_span
from signaltrace.analysis.connected import place
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.traced import sent_as, sites, subject_of, times
from signaltrace.facts import Facts
from signaltrace.trace import Trace

ID = "signaltrace.W108"
NAME = "order-dependency"
SEVERITY = WARNING
SUMMARY = "Receivers of one dispatch that write the same field, or one that reads what a later one writes."
WHY = (
    "Receivers run in the order their modules happen to be imported: one import more, and the other value is "
    "saved. Recorded with --fields."
)
NEEDS_TRACE = True

# Signal, sender, the receivers in the order they ran, the field, and whether the first only reads it.
_Key = tuple[int, int, int, int, str, bool]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a pair of receivers and field."""
    if facts.trace is None:
        return
    found: dict[_Key, list[Dependency]] = {}
    for each in dependencies(facts.trace):
        _, signal, sender = facts.trace.routes[each.row[2]]
        key = (signal, sender, each.first_receiver, each.later_receiver, each.field, each.reads)
        found.setdefault(key, []).append(each)
    for key, alike in found.items():
        yield _finding(facts.trace, key, alike)


def _finding(trace: Trace, key: _Key, alike: list[Dependency]) -> Finding:
    signal, sender, first_index, later_index, field, reads = key
    first, later = trace.receivers[first_index], trace.receivers[later_index]
    sent = sent_as(trace, signal, sender)
    seen = seen_by_span(trace)
    wrote = {span: seen[span].writes()[field].text for span in (alike[0].first, alike[0].later)
             if field in seen[span].writes()}  # fmt: skip
    evidence = [place(first), place(later)]
    evidence += [
        Evidence(f"{each.name} wrote {wrote[span]}")
        for each, span in ((first, alike[0].first), (later, alike[0].later))
        if span in wrote
    ]
    if reads:
        evidence.append(
            Evidence(f"the code of {first.name} reads {field}; whether it did so is not recorded")
        )
    counted: dict[int, int] = {}
    for each in alike:
        counted[each.row[3]] = counted.get(each.row[3], 0) + 1
    evidence += sites(trace, counted.items(), f"{sent} was sent")
    told = f"{first.name} reads {field} before {later.name} writes it"
    if not reads:
        told = f"{first.name} and {later.name} both write {field}"
    often = "" if len(alike) == 1 else f", {times(len(alike))}"
    pair = (subject_of(first), subject_of(later))
    named = " before ".join(pair) if reads else " and ".join(sorted(pair))
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{trace.signals[signal].name} of {trace.senders[sender].name}: {named}, {field}",
        title=f"{told} on {sent}{often}",
        evidence=tuple(evidence),
        fix="Do both in one receiver, in the order they need; signaltrace run --shuffle-receivers shows what "
        "else depends on it.",
        possible=reads,
        mine=first.mine or later.mine,
        app=later.app if later.mine or not first.mine else first.app,
    )
