"""Remarks on what receivers changed in the instance, and on what depends on their order, stage *analysis*."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from signaltrace.analysis.changes import Dependency, dependencies, seen_by_span
from signaltrace.analysis.remarks import CARE, FACT, Remark, once
from signaltrace.trace import Trace

ORDER = 50

# So many changes, and dependencies, are told of one line of the tree.
_MOST = 8
_MOST_DEPENDENCIES = 3


def of_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    """What these calls changed, then what of that depends on the order of the receivers."""
    seen = seen_by_span(trace)
    if not seen:
        return []
    changed = Counter(each.text for span in spans if span in seen for each in seen[span].changes)
    found = [Remark(_counted(text, count, len(spans)), FACT) for text, count in changed.most_common(_MOST)]
    if len(changed) > _MOST:
        found.append(Remark(f"and {len(changed) - _MOST:,} more changes", FACT))
    known = once(trace, _by_span)
    depends = Counter(_text(trace, each) for span in spans for each in known.get(span, ()))
    found += [Remark(text, CARE) for text, _ in depends.most_common(_MOST_DEPENDENCIES)]
    return found


def _counted(text: str, count: int, calls: int) -> str:
    return text if count == calls else f"{text} ({count:,} of {calls:,})"


def _by_span(trace: Trace) -> dict[int, list[Dependency]]:
    """Dependencies by the call to tell them of: the one that reads, or the second to write."""
    found: dict[int, list[Dependency]] = {}
    for each in dependencies(trace):
        found.setdefault(each.first if each.reads else each.later, []).append(each)
    return found


def _text(trace: Trace, one: Dependency) -> str:
    if one.reads:
        other = trace.receivers[one.later_receiver].name
        return f"possible order dependency: reads {one.field}, which {other} writes after it"
    return f"order dependency: {one.field} was written by {trace.receivers[one.first_receiver].name} before"
