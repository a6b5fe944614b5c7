"""Remarks on what left a transaction before it was committed, stage *analysis*."""

from __future__ import annotations

from collections.abc import Sequence

from signaltrace.analysis.left import Left, alike, in_short, left_by_span
from signaltrace.analysis.remarks import CARE, WRONG, Remark
from signaltrace.trace import Trace

ORDER = 40

# So many are told of one line of the tree.
_MOST = 3


def of_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    """What went out of these calls too early; what the rollback could not take back comes first."""
    known = left_by_span(trace)
    if not known:
        return []
    groups = alike(each for span in spans for each in known.get(span, ()))
    groups.sort(key=lambda each: each[0].undone is None)
    found = [_remark(each) for each in groups[:_MOST]]
    more = sum(map(len, groups[_MOST:]))
    if more:
        found.append(Remark(f"left the transaction before it committed: {more:,} more", CARE))
    return found


def _remark(group: list[Left]) -> Remark:
    one = group[0]
    counted = one.told if len(group) == 1 else f"{len(group):,} × {in_short(group)}"
    place = None if one.site is None else (one.site.file, one.site.line)
    if one.undone is None:
        return Remark(f"{one.fate}: {counted}", CARE, place=place)
    return Remark(f"{one.fate}: {counted}; {one.went}", WRONG, place=place)
