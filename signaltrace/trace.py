"""The record, stage *trace*: what one recording saw, as plain data. Standard library only.

A :class:`Trace` keeps its spans as packed rows (see :mod:`signaltrace.rows`) and makes :class:`Span`
objects when they are read, so a million receiver calls stay a few dozen megabytes. Views and exports
cannot tell whether a ``Trace`` was just recorded or comes from a file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

from signaltrace.event import Event, Statement
from signaltrace.plain import fields_of, plain_row, plain_tables
from signaltrace.probed import Probed
from signaltrace.ran import Phase, RanTest
from signaltrace.rows import Call, Row, Shape, calls_of, dispatch_of, is_continuation, unpack
from signaltrace.span import (
    DISPATCH,
    OK,
    RAISED,
    RECEIVER,
    RETURNED_ERROR,
    UNKNOWN,
    CallSite,
    ErrorInfo,
    Fault,
    ReceiverInfo,
    SenderInfo,
    SignalInfo,
    Span,
    arguments_dict,
)  # fmt: skip
from signaltrace.tally import Tally

__all__ = [
    "DISPATCH",
    "OK",
    "RAISED",
    "RECEIVER",
    "RETURNED_ERROR",
    "UNKNOWN",
    "CallSite",
    "ErrorInfo",
    "Event",
    "Fault",
    "ReceiverInfo",
    "SenderInfo",
    "SignalInfo",
    "Span",
    "Statement",
    "Trace",
]

# Siblings by start; by id where two began at one reading of the clock.
_BY_START = itemgetter(5, 0)


@dataclass(eq=False, repr=False)
class Trace(Probed):
    """One recording: tables of names, packed rows, and what could not be kept.

    ``routes`` are ``(method, signal index, sender index)``; ``sites[0]`` is always None.
    ``orphaned`` counts dispatches no receiver heard, as ``(signal index, sender index, count)``.
    ``dropped`` counts spans lost to the limit; ``tally`` holds the exact totals of those.
    ``tests`` are those of a suite that was recorded, ``connected`` the receivers (indexes) that were
    connected at its end or ran. ``shapes`` belong to the packing of ``blocks`` and are no part of a file.
    """

    signals: list[SignalInfo] = field(default_factory=list)
    senders: list[SenderInfo] = field(default_factory=list)
    receivers: list[ReceiverInfo] = field(default_factory=list)
    routes: list[tuple[str, int, int]] = field(default_factory=list)
    sites: list[CallSite | None] = field(default_factory=lambda: [None])
    threads: list[str] = field(default_factory=list)
    blocks: list[bytes] = field(default_factory=list)
    origin_ns: int = 0
    wall_ns: int = 0
    started_at: str = ""
    argv: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    orphaned: list[tuple[int, int, int]] = field(default_factory=list)
    dropped: int = 0
    tally: Tally = field(default_factory=Tally)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pauses: dict[int, int] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    tests: list[RanTest] = field(default_factory=list)
    connected: list[int] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Every kept row, in the order the dispatches ended (children before their parents)."""
        if "_unpacked" in self.__dict__:
            return iter(self._unpacked)
        return (row for block in self.blocks for row in unpack(block, self.shapes))

    @cached_property
    def _unpacked(self) -> list[Row]:
        # views go through the rows several times; whoever reads them once is served by rows()
        return [row for block in self.blocks for row in unpack(block, self.shapes)]

    @cached_property
    def rows_by_parent(self) -> dict[int, list[Row]]:
        """Dispatch rows under the id of the receiver call that sent them, by start; roots under 0.

        A dispatch whose parent is not in the trace (dropped, still open, or begun before) is a root.
        """
        roots: list[Row] = []
        children: dict[int, list[Row]] = {0: roots}
        recorded = self.spans_among({row[1] for row in self._unpacked if row[1]})
        for row in self._unpacked:
            if row[9] is not None and is_continuation(row):
                continue
            if row[1] in recorded:
                children.setdefault(row[1], []).append(row)
            else:
                roots.append(row)
        for siblings in children.values():
            if len(siblings) > 1:
                siblings.sort(key=_BY_START)
        return children

    def spans_among(self, named: set[int]) -> set[int]:
        """Which of these span ids are receiver calls of the trace."""
        wanted = {dispatch_of(span) for span in named}
        dispatches = {row[0] for row in self._unpacked if row[0] in wanted and not is_continuation(row)}
        found: set[int] = set()
        for row in self._unpacked if dispatches else ():
            if row[0] in dispatches:
                if row[9] is None:
                    found.update(range(row[0] + 1, row[0] + 1 + len(row[7]) // 3))
                else:
                    found.update(call.id for call in calls_of(row))
        return named & found

    @cached_property
    def late_calls(self) -> dict[int, list[Call]]:
        """Calls that ended after their dispatch did (an async receiver left running), by dispatch id."""
        late: dict[int, list[Call]] = {}
        for row in self._unpacked:
            if row[9] is not None and is_continuation(row):
                late.setdefault(row[0], []).extend(calls_of(row))
        return late

    def calls(self, row: Row) -> list[Call]:
        """The receiver calls of one dispatch row, late ones included, in receiver order."""
        calls = list(calls_of(row))
        if row[0] in self.late_calls:
            calls = sorted([*calls, *self.late_calls[row[0]]], key=lambda call: call.id)
        return calls

    def dispatch_span(self, row: Row) -> Span:
        """The :class:`Span` of a dispatch row."""
        method, signal, sender = self.routes[row[2]]
        extra = row[9] or {}
        start = row[5] - self.origin_ns
        error = extra.get("error")
        test, phase = self.test_at(start)
        return Span(
            id=row[0],
            parent_id=row[1] or None,
            kind=DISPATCH,
            signal=self.signals[signal],
            sender=self.senders[sender],
            receiver=None,
            method=method,
            start_ns=start,
            end_ns=start + row[6],
            outcome=extra.get("outcome", RAISED if error else OK),
            error=ErrorInfo(*error) if error else None,
            paused_ns=self.pauses.get(row[0], 0),
            thread=self.threads[row[4]],
            task=extra.get("task"),
            arguments=arguments_dict(row[8]),
            call_site=self.sites[row[3]],
            not_called=tuple(self.receivers[index] for index in extra.get("not_called", ())),
            muted=tuple(self.receivers[index] for index in extra.get("muted", ())),
            test=test,
            phase=phase,
            opaque=bool(extra.get("opaque")),
        )

    def call_span(self, row: Row, call: Call) -> Span:
        """The :class:`Span` of one receiver call of a dispatch row."""
        method, signal, sender = self.routes[row[2]]
        start = call.start_ns - self.origin_ns
        test, phase = self.test_at(row[5] - self.origin_ns)
        queries = self.queries_of(call.id)
        return Span(
            id=call.id,
            parent_id=row[0],
            kind=RECEIVER,
            signal=self.signals[signal],
            sender=self.senders[sender],
            receiver=self.receivers[call.receiver],
            method=method,
            start_ns=start,
            end_ns=start + call.duration_ns,
            outcome=call.outcome,
            error=ErrorInfo(*call.error) if call.error else None,
            busy_ns=call.busy_ns,
            paused_ns=self.pauses.get(call.id, 0),
            thread=self.threads[row[4] if call.thread is None else call.thread],
            task=(row[9] or {}).get("task"),
            queries=len(queries),
            sql_ns=sum(each.duration_ns for each in queries),
            test=test,
            phase=phase,
        )

    def test_at(self, start_ns: int) -> tuple[str, str]:
        """The node id of the test that ran when a dispatch began, and its phase; empty outside of tests."""
        starts, phases = self._phases
        at = bisect_right(starts, start_ns) - 1
        if at < 0:
            return "", ""
        test, phase = phases[at]
        inside = start_ns < phase.start_ns + phase.duration_ns
        return (test.node_id, phase.when) if inside else ("", "")

    @cached_property
    def _phases(self) -> tuple[list[int], list[tuple[RanTest, Phase]]]:
        """The phases of tests by start: one after another, since a process runs one test at a time."""
        found = [(test, phase) for test in self.tests if test.node_id for phase in test.phases]
        found.sort(key=lambda each: each[1].start_ns)
        return [phase.start_ns for _, phase in found], found

    def roots(self) -> list[Span]:
        """The dispatches sent outside every recorded receiver, by start."""
        return [self.dispatch_span(row) for row in self.rows_by_parent.get(0, ())]

    def walk(self) -> Iterator[tuple[int, Span]]:
        """Every span depth first with its depth (roots at 0), siblings by start, parents first."""
        stack: list[tuple[int, Row, Call | None]] = [
            (0, row, None) for row in reversed(self.rows_by_parent.get(0, []))
        ]
        while stack:
            depth, row, call = stack.pop()
            if call is None:
                yield depth, self.dispatch_span(row)
                stack.extend((depth + 1, row, each) for each in reversed(self.calls(row)))
            else:
                yield depth, self.call_span(row, call)
                below = self.rows_by_parent.get(call.id, [])
                stack.extend((depth + 1, each, None) for each in reversed(below))

    def to_dict(self) -> dict[str, Any]:
        """The whole trace as JSON-ready data; row times count from the start of the trace."""
        return {**self.tables(), "rows": list(self.plain_rows())}

    def tables(self) -> dict[str, Any]:
        """All that :meth:`to_dict` gives before the rows."""
        return plain_tables(self)

    def plain_rows(self) -> Iterator[list[Any]]:
        """The rows as :meth:`to_dict` gives them, one by one: a large trace need not be there twice."""
        return (plain_row(row, self.origin_ns) for row in self.rows())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Trace:
        """The trace :meth:`to_dict` gave. Raises KeyError, TypeError or ValueError on other data."""
        return cls(**fields_of(data))

    def __repr__(self) -> str:
        spans = sum(1 + len(row[7]) // 3 for row in self.rows())
        return f"<Trace of {len(self.roots()):,} roots, {spans:,} spans, {self.wall_ns / 1e6:.1f} ms>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]
