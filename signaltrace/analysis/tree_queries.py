"""Queries of the lines of a tree, stage *analysis*: how many, and how long the database took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from signaltrace.analysis.remarks import once
from signaltrace.rows import Row, dispatch_of
from signaltrace.trace import Trace


class Asked(NamedTuple):
    """Queries, and the time in ns that the database took for them."""

    queries: int = 0
    sql_ns: int = 0

    def and_also(self, other: Asked) -> Asked:
        """Both together."""
        return Asked(self.queries + other.queries, self.sql_ns + other.sql_ns)


_NONE = Asked()


def asked_by(trace: Trace, spans: Iterable[int]) -> Asked:
    """What receiver calls ran themselves: a query counts for the innermost."""
    return _sum(once(trace, _by_span), spans)


def asked_under(trace: Trace, rows: Sequence[Row]) -> Asked:
    """What the receivers of dispatches ran, with all that those sent."""
    return _sum(once(trace, _by_dispatch), (row[0] for row in rows))


def _sum(known: Mapping[int, Asked], numbers: Iterable[int]) -> Asked:
    together = _NONE
    for number in numbers if known else ():
        together = together.and_also(known.get(number, _NONE))
    return together


def _by_span(trace: Trace) -> Mapping[int, Asked]:
    return {
        span: Asked(len(queries), sum(each.duration_ns for each in queries))
        for span, queries in trace.queries_by_span.items()
    }


def _by_dispatch(trace: Trace) -> Mapping[int, Asked]:
    """Totals by dispatch id. What a receiver sends has a higher id than its own dispatch: one pass does."""
    totals: dict[int, Asked] = {}
    for span, asked in once(trace, _by_span).items():
        dispatch = dispatch_of(span)
        totals[dispatch] = totals.get(dispatch, _NONE).and_also(asked)
    if totals:
        parents = {row[0]: row[1] for rows in trace.rows_by_parent.values() for row in rows}
        for number in sorted(parents, reverse=True):
            if parents[number] and number in totals:
                parent = dispatch_of(parents[number])
                totals[parent] = totals.get(parent, _NONE).and_also(totals[number])
    return totals
