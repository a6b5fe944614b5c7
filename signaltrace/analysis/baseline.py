"""A baseline, stage *analysis*: the findings a project starts from, so that only new ones count.

It knows a finding by rule and subject and has no line numbers: code that moves stays known.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signaltrace.analysis.finding import Finding, Rule
from signaltrace.errors import SignaltraceError

FORMAT = "signaltrace-baseline"
SCHEMA = 1
_OPENING = '{"format":"' + FORMAT + '"'


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """So many findings of one rule about one subject."""

    rule: str
    subject: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Matched:
    """Findings that are new, findings the baseline knows, and entries (with what is left of their count)
    that nothing was found for."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()
    stale: tuple[Entry, ...] = ()


def entries_of(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """The baseline in which all these findings are known, sorted."""
    counted = Counter((each.rule, each.subject) for each in findings)
    return tuple(sorted(Entry(rule, subject, count) for (rule, subject), count in counted.items()))


def kin_of(rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    """The rules, by id, that tell of one problem in other circumstances: of a pair each has the other."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for other in getattr(rule, "KIN", ()):
            found[rule.ID] = (*found.get(rule.ID, ()), other)
            found[other] = (*found.get(other, ()), rule.ID)
    return found


def match(
    findings: Sequence[Finding],
    entries: Sequence[Entry],
    not_judged: Iterable[str] = (),
    kin: Mapping[str, Sequence[str]] | None = None,
) -> Matched:
    """Part findings into known and new. Entries of the rules ``not_judged`` (ids) are never stale.

    An entry that no finding of its own rule takes is there for one of the rule's ``kin``.
    """
    left: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        left[entry.rule, entry.subject] += entry.count
    known = set()
    for ids in (lambda rule: (rule,), lambda rule: (kin or {}).get(rule, ())):
        for at, finding in enumerate(findings):
            keys = [(each, finding.subject) for each in ids(finding.rule)]
            key = next((each for each in keys if left[each] > 0), None)
            if key is not None and at not in known:
                known.add(at)
                left[key] -= 1
    passed_over = set(not_judged)
    stale = sorted(
        Entry(rule, subject, count)
        for (rule, subject), count in left.items()
        if count > 0 and rule not in passed_over
    )
    return Matched(
        tuple(each for at, each in enumerate(findings) if at not in known),
        tuple(each for at, each in enumerate(findings) if at in known),
        tuple(stale),
    )


def to_text(entries: Sequence[Entry]) -> str:
    """The text of a baseline file: one entry a line, for differences that can be read."""
    lines = [
        f"  {json.dumps({'rule': each.rule, 'subject': each.subject, 'count': each.count})}"
        for each in sorted(entries)
    ]
    listed = "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"
    return f'{{"format": "{FORMAT}", "schema": {SCHEMA}, "findings": {listed}}}\n'


def is_baseline(text: str) -> bool:
    """Whether a text, or the beginning of one, is a baseline's."""
    return "".join(text[:200].split()).startswith(_OPENING)


def from_text(text: str, name: str) -> tuple[Entry, ...]:
    """The entries that :func:`to_text` gave. Raises SignaltraceError about ``name`` on anything else."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if is_baseline(text):
            raise SignaltraceError(
                f"{name} is damaged: it is not JSON to the end; write it anew with --write-baseline"
            ) from error
        raise SignaltraceError(f"{name} is no baseline: --write-baseline makes one") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SignaltraceError(f"{name} is no baseline: --write-baseline makes one")
    schema = data.get("schema")
    if type(schema) is int and SCHEMA < schema < 1_000_000:
        raise SignaltraceError(
            f"{name} was written by a newer signaltrace (schema {schema}, this one reads up to {SCHEMA}):"
            " upgrade django-signaltrace"
        )
    findings = data.get("findings")
    entries = [_entry(each) for each in findings] if isinstance(findings, list) else [None]
    if type(schema) is not int or schema != SCHEMA or None in entries:
        raise SignaltraceError(
            f"{name} is damaged: its findings cannot be understood; write it anew with --write-baseline"
        )
    return tuple(each for each in entries if each is not None)


def _entry(value: Any) -> Entry | None:
    if not isinstance(value, dict):
        return None
    rule, subject, count = value.get("rule"), value.get("subject"), value.get("count")
    if isinstance(rule, str) and isinstance(subject, str) and type(count) is int and 0 < count < 10**9:
        return Entry(rule, subject, count)
    return None
