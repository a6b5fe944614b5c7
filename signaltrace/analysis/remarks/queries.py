"""Remarks on queries, stage *analysis*: statements that a receiver ran again and again, known as N+1."""

from __future__ import annotations

from collections.abc import Sequence

from signaltrace.analysis.loops import over_dispatches, repeated_in
from signaltrace.analysis.remarks import CARE, Remark, once
from signaltrace.analysis.sql_words import in_brief
from signaltrace.trace import Trace

ORDER = 10

# Of the statements a receiver ran again and again so many are told here; --queries lists them all.
_MOST = 3
_LONGEST = 100


def of_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    """What the calls ran again and again; how many queries they ran in all is told in columns."""
    if not trace.queries:
        return []
    found = [*_in_calls(trace, spans), *_over_dispatches(trace, spans)]
    if len(found) > _MOST:
        found[_MOST:] = [Remark(f"N+1: {len(found) - _MOST:,} more of them, see --queries", CARE)]
    return found


def _in_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    found: list[Remark] = []
    for statement, count, calls in repeated_in(trace, spans):
        over = f" in {calls:,} calls" if calls > 1 else ""
        found.append(_remark(trace, statement, count, f"N+1{over}"))
    return found


def _over_dispatches(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    """Those that began with one of these calls: the others have their own lines, and one is enough."""
    starts = once(trace, over_dispatches)
    return [
        _remark(
            trace,
            loop.statement,
            loop.count,
            f"{'' if loop.sure else 'possible '}N+1 over {loop.dispatches:,} dispatches",
        )
        for span in (spans if starts else ())
        for loop in starts.get(span, ())
    ]


def _remark(trace: Trace, statement: int, count: int, said: str) -> Remark:
    text, _, site = trace.statements[statement]
    at = trace.sites[site]
    place = None if at is None else (at.file, at.line)
    return Remark(f"{said}: {count:,} × {in_brief(text, _LONGEST)}", CARE, place=place)
