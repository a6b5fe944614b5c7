"""What calls add up to, stage *trace*: a receiver's totals, and what is known of a call still open."""

from __future__ import annotations

from collections.abc import Iterable, KeysView
from typing import Any

from signaltrace.intervals import GrowingUnion, later
from signaltrace.rows import dispatch_of

_SUMMED = ("calls", "primitive", "errors", "self_ns", "busy_ns", "queries", "sql_ns")
# What was lost to a fault of ours has no row: its queries are not to wait for it for ever.
_MOST_WAITING = 10_000


class Totals:
    """What one receiver's calls add up to; times in nanoseconds."""

    __slots__ = ("busy_ns", "calls", "errors", "max_ns", "primitive", "queries", "self_ns", "sql_ns", "time")

    def __init__(self) -> None:
        self.calls = 0
        self.primitive = 0
        self.errors = 0
        self.self_ns = 0
        self.busy_ns = 0
        self.max_ns = 0
        self.queries = 0
        self.sql_ns = 0
        self.time = GrowingUnion()

    @property
    def cumulative_ns(self) -> int:
        """Time in which at least one call was running: never above the wall time."""
        return self.time.total()

    def absorb(self, other: Totals, shift_ns: int) -> None:
        """Add another's, of calls that ran so much later here."""
        for column in _SUMMED:
            setattr(self, column, getattr(self, column) + getattr(other, column))
        self.max_ns = max(self.max_ns, other.max_ns)
        self.time.extend(later(other.time.chunks(), shift_ns))

    def to_plain(self, shift_ns: int) -> dict[str, Any]:
        """JSON-ready data, times moved by ``shift_ns``."""
        columns = {column: getattr(self, column) for column in (*_SUMMED, "max_ns")}
        return {**columns, "time": [*map(list, later(self.time.chunks(), shift_ns))]}

    @classmethod
    def from_plain(cls, columns: dict[str, Any]) -> Totals:
        """The totals :meth:`to_plain` gave. Raises KeyError or TypeError on other data."""
        totals = cls()
        for column in (*_SUMMED, "max_ns"):
            setattr(totals, column, columns[column])
        totals.time = GrowingUnion(columns["time"])
        return totals


class Below:
    """What has ended under a receiver call that is itself still to come."""

    __slots__ = ("paused_ns", "primitive", "time")

    def __init__(self) -> None:
        self.time = GrowingUnion()
        self.paused_ns = 0
        self.primitive: dict[int, int] = {}


class Asked:
    """Queries of calls whose row is still to come: how many, and ns, by the dispatch and then the call."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[int, dict[int, list[int]]] = {}

    def note(self, queries: Iterable[tuple[int, int, int]]) -> None:
        """Count queries, each ``(span, statement, ns)``."""
        for span, _, taken_ns in queries:
            self._add(span, 1, taken_ns)
        if len(self._waiting) > 2 * _MOST_WAITING:
            for dispatch in list(self._waiting)[:-_MOST_WAITING]:
                del self._waiting[dispatch]

    def dispatches(self) -> KeysView[int]:
        """Those that something waits for."""
        return self._waiting.keys()

    def take(self, dispatch: int) -> dict[int, list[int]]:
        """What its calls ran: ``[queries, ns]`` by span id."""
        return self._waiting.pop(dispatch, {})

    def put_back(self, dispatch: int, asked: dict[int, list[int]]) -> None:
        """What is left of it belongs to calls that end later."""
        self._waiting[dispatch] = asked

    def to_plain(self) -> list[list[int]]:
        """``[span, queries, ns]`` of every call."""
        return [[span, *asked] for calls in self._waiting.values() for span, asked in sorted(calls.items())]

    def absorb(self, plain: Iterable[list[int]], ids_from: int) -> None:
        """Add what :meth:`to_plain` gave, with ids that much higher."""
        for span, queries, sql_ns in plain:
            self._add(span + ids_from, queries, sql_ns)

    def _add(self, span: int, queries: int, sql_ns: int) -> None:
        asked = self._waiting.setdefault(dispatch_of(span), {}).setdefault(span, [0, 0])
        asked[0] += queries
        asked[1] += sql_ns
