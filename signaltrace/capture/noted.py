"""What probes noted and is not packed yet, stage *capture*."""

from __future__ import annotations

from collections.abc import Callable

from signaltrace.capture.table import Table
from signaltrace.event import QUERY, Event, Statement

# A receiver may run a million queries before it ends.
_MANY_QUERIES = 60_000 * QUERY
_MANY_EVENTS = 2_000


class Noted:
    """A flat list of queries (see event.py), the statements they point into, and events. Threads go on
    noting while :meth:`take` takes."""

    def __init__(self, settle: Callable[[int], None]) -> None:
        """``settle`` packs what there is, in the name of a receiver call; 0 for none."""
        self._settle = settle
        self.statements: Table[Statement] = Table(Statement("(other statements)", "", 0))
        self._queries: list[int] = []
        self._events: list[Event] = []

    def note(self, event: Event) -> None:
        """Keep an event."""
        self._events.append(event)
        if len(self._events) > _MANY_EVENTS:
            self._settle(event.span)

    def asked(self, span: int, statement: int, taken_ns: int) -> None:
        """Keep a query of a receiver call."""
        self._queries += (span, statement, taken_ns)
        if len(self._queries) > _MANY_QUERIES:
            self._settle(span)

    def is_full(self) -> bool:
        """Whether it should be packed although a receiver is running."""
        return len(self._queries) > _MANY_QUERIES or len(self._events) > _MANY_EVENTS

    def take(self) -> tuple[list[int], list[Event]]:
        """What there is, which is then no longer here."""
        many, more = len(self._queries), len(self._events)
        queries, events = self._queries[:many], self._events[:more]
        del self._queries[:many]
        del self._events[:more]
        return queries, events
