"""Remarks on calls that are inside themselves, stage *analysis*: with the cycle that led back to them."""

from __future__ import annotations

from collections.abc import Sequence

from signaltrace.analysis.reentry import reentries
from signaltrace.analysis.remarks import CARE, Remark
from signaltrace.trace import Trace

ORDER = 10


def of_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    """One remark a line, whichever of its calls it is."""
    found = reentries(trace)
    inside = [found[span] for span in spans if span in found] if found else []
    if not inside:
        return []
    part = f" ({len(inside):,} of {len(spans):,})" if len(inside) < len(spans) else ""
    deepest, first = max(each.depth for each in inside), min(each.depth for each in inside)
    deep = f", {deepest + 1} deep" if deepest > 1 else ""
    if first > 1:  # the way that led here was told further out
        return [Remark(f"inside itself{deep}{part}", CARE, inline=True)]
    return [Remark(f"inside itself{deep}{part}: {' → '.join(inside[0].cycle)}", CARE)]
