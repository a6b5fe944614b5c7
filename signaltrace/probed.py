"""What probes added to a trace, stage *trace*: queries by receiver call, events by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from signaltrace.event import Event, Query, Statement, queries_in


@dataclass(eq=False, repr=False)
class Probed:
    """The part of a Trace that probes fill: ``statements`` are the SQL that receivers ran, ``queries`` when
    (packed, see :mod:`signaltrace.event`), ``events`` all else, by id."""

    statements: list[Statement] = field(default_factory=list)
    queries: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def queries_of(self, span: int) -> list[Query]:
        """The queries that a receiver call ran itself, in order."""
        return self.queries_by_span.get(span, [])

    @cached_property
    def queries_by_span(self) -> dict[int, list[Query]]:
        """The queries that receiver calls ran themselves, in order, by the span ids of those."""
        found: dict[int, list[Query]] = {}
        for span, statement, taken_ns in queries_in(self.queries):
            found.setdefault(span, []).append(Query(statement, taken_ns))
        return found

    def events_of(self, kind: str) -> list[Event]:
        """The events of one kind, by id."""
        return self._events_by_kind.get(kind, [])

    @cached_property
    def _events_by_kind(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.kind, []).append(event)
        return found
