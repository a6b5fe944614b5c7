"""Which receiver calls ran which queries, stage *analysis*: sums by call and by receiver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from signaltrace.analysis.forest import Rules
from signaltrace.analysis.remarks import once
from signaltrace.analysis.spans import by_dispatch
from signaltrace.event import queries_in
from signaltrace.rows import Call, Row, calls_of
from signaltrace.trace import Trace

Sums: TypeAlias = dict[int, list[int]]
"""Queries and their ns by the index of the statement: of one receiver call."""


def by_call(trace: Trace) -> dict[int, Sums]:
    """What each receiver call ran itself, by span id; use with :func:`~signaltrace.analysis.remarks.once`."""
    found: dict[int, Sums] = {}
    for span, statement, taken_ns in queries_in(trace.queries):
        sums = found.setdefault(span, {}).setdefault(statement, [0, 0])
        sums[0] += 1
        sums[1] += taken_ns
    return found


def asking_calls(trace: Trace) -> Iterator[tuple[Row, Call, Sums]]:
    """The receiver calls of the trace that ran queries, with their dispatch."""
    asked = once(trace, by_call)
    within = by_dispatch(asked)
    for row in trace.rows() if within else ():
        spans = within.get(row[0], ())
        if spans and row[9] is None:
            for span in spans:
                at = 3 * (span - row[0] - 1)
                if 0 <= at < len(row[7]):  # else it ended after its dispatch, and has a row of its own
                    offset, took = row[7][at + 1 : at + 3]
                    yield row, Call(span, row[7][at], row[5] + offset, took), asked[span]
        elif spans:
            for call in calls_of(row):
                if call.id in asked:
                    yield row, call, asked[call.id]


def sums_by_receiver(trace: Trace, rules: Rules | None = None) -> dict[int, tuple[int, int]]:
    """Queries and their ns by the index of the receiver, of all kept calls or of those asked for."""
    found: dict[int, tuple[int, int]] = {}
    for row, call, asked in asking_calls(trace):
        if rules is None or rules.matches(row[2], call.receiver):
            queries, sql_ns = found.get(call.receiver, (0, 0))
            queries += sum(count for count, _ in asked.values())
            found[call.receiver] = (queries, sql_ns + sum(ns for _, ns in asked.values()))
    return found


def queries_lost(trace: Trace) -> int:
    """Queries of spans that were dropped: they are known by number and time alone."""
    return sum(totals.queries for totals in trace.tally.receivers.values())
