"""Remarks on the transactions of dispatches, stage *analysis*: the block they were sent in, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signaltrace.analysis.atomics import ATOMIC, DEFAULT_ALIAS, ROLLBACK, depth_of, rollback_of
from signaltrace.analysis.remarks import FACT, WRONG, Remark, once
from signaltrace.rows import Row, dispatch_of, is_continuation
from signaltrace.trace import Trace

ORDER = 0


def of_dispatches(trace: Trace, rows: Sequence[Row]) -> list[Remark]:
    """Behind the name; the block only where it is another than that of the dispatch further out."""
    found = []
    if trace.events_of(ATOMIC):
        depths = [depth_of(trace, row) for row in rows]
        if any(depths) and (len(rows) > 1 or depths[0] != _outer_depth(trace, rows[0])):
            found.append(Remark(_blocks(depths), FACT, inline=True))
    if trace.events_of(ROLLBACK):
        undone = [event for row in rows if (event := rollback_of(trace, row)) is not None]
        if undone:
            part = f" ({len(undone):,} of {len(rows):,})" if len(undone) < len(rows) else ""
            outer = _outer(trace, rows[0])
            known = rollback_of(trace, outer) if outer is not None else None
            why = {str(event.data.get("why", "")) for event in undone}
            cause = why.pop().rpartition(".")[2] if len(why) == 1 and undone[0] is not known else ""
            by = f" by {cause}" if cause else ""
            found.append(Remark(f"rolled back{by}{part}", WRONG, inline=True))
    return found


def _blocks(depths: Sequence[Mapping[str, int]]) -> str:
    """``in atomic``, with the databases that are not the default one, how deep, and how many of several."""
    inside = [each for each in depths if each]
    aliases = dict.fromkeys(alias for each in inside for alias in each)
    told = []
    for alias in aliases:
        found = sorted({each[alias] for each in inside if alias in each})
        on = "" if alias == DEFAULT_ALIAS else f" on {alias}"
        deep = f"{found[0]}–{found[-1]}" if found[0] < found[-1] else str(found[0])
        told.append(f"in atomic{on}" if found[-1] < 2 else f"in atomic{on}, depth {deep}")
    part = f" ({len(inside):,} of {len(depths):,})" if len(inside) < len(depths) else ""
    return ", ".join(told) + part


def _outer(trace: Trace, row: Row) -> Row | None:
    return once(trace, _by_id).get(dispatch_of(row[1])) if row[1] else None


def _outer_depth(trace: Trace, row: Row) -> dict[str, int]:
    outer = _outer(trace, row)
    return {} if outer is None else depth_of(trace, outer)


def _by_id(trace: Trace) -> Mapping[int, Row]:
    return {row[0]: row for row in trace.rows() if not is_continuation(row)}
