"""The tally, stage *trace*: exact totals per receiver, kept up row by row in bounded memory.

The recorder feeds it what it drops, so the profile stays exact when the oldest spans are gone;
the profile feeds it everything else. Column meanings are pstats': a call is *primitive* when the
same receiver is not already running further up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signaltrace.intervals import Chunk, GrowingUnion, union_ns
from signaltrace.rows import Row, calls_of, is_continuation

_NO_PAUSES: dict[int, int] = {}


class Totals:
    """What one receiver's calls add up to; times in nanoseconds."""

    __slots__ = ("busy_ns", "calls", "errors", "max_ns", "primitive", "self_ns", "time")

    def __init__(self) -> None:
        self.calls = 0
        self.primitive = 0
        self.errors = 0
        self.self_ns = 0
        self.busy_ns = 0
        self.max_ns = 0
        self.time = GrowingUnion()

    @property
    def cumulative_ns(self) -> int:
        """Time in which at least one call was running: never above the wall time."""
        return self.time.total()


class _Below:
    """What has ended under a receiver call that is itself still to come."""

    __slots__ = ("dispatches", "paused_ns", "primitive")

    def __init__(self) -> None:
        self.dispatches: list[tuple[int, int]] = []
        self.paused_ns = 0
        self.primitive: dict[int, int] = {}


class Tally:
    """Totals per receiver index and per signal route, from rows in the order they ended."""

    def __init__(self) -> None:
        self.receivers: dict[int, Totals] = {}
        self.routes: dict[int, int] = {}
        self.inside = GrowingUnion()
        self._below: dict[int, _Below] = {}

    def add(self, rows: Iterable[Row], pauses: dict[int, int] = _NO_PAUSES) -> None:
        """Count rows; ``pauses`` are ns per span to leave out (see Trace.pauses)."""
        for row in rows:
            self._add_row(row, pauses)

    def _add_row(self, row: Row, pauses: dict[int, int]) -> None:
        start, end = row[5], row[5] + row[6]
        merged: dict[int, int] = {}
        for call in calls_of(row):
            totals = self.receivers.get(call.receiver)
            if totals is None:
                totals = self.receivers[call.receiver] = Totals()
            duration = call.duration_ns
            call_end = call.start_ns + duration
            totals.calls += 1
            totals.primitive += 1
            totals.errors += call.outcome in ("raised", "returned_error")
            totals.time.add(call.start_ns, call_end)
            totals.busy_ns += duration if call.busy_ns is None else call.busy_ns
            own = duration - pauses.get(call.id, 0)
            totals.max_ns = max(totals.max_ns, own)
            below = self._below.pop(call.id, None)
            if below is not None:
                own += below.paused_ns - self._covered(below, call.start_ns, call_end)
                totals.primitive -= below.primitive.pop(call.receiver, 0)
                for receiver, count in below.primitive.items():
                    merged[receiver] = merged.get(receiver, 0) + count
            totals.self_ns += max(own, 0)
            merged[call.receiver] = merged.get(call.receiver, 0) + 1
            self.inside.add(call.start_ns, call_end)
        if not is_continuation(row):
            self.routes[row[2]] = self.routes.get(row[2], 0) + 1
        if row[1]:
            below = self._below.setdefault(row[1], _Below())
            below.dispatches.append((start, end))
            below.paused_ns += pauses.get(row[0], 0)
            for receiver, count in merged.items():
                below.primitive[receiver] = below.primitive.get(receiver, 0) + count

    @staticmethod
    def _covered(below: _Below, start: int, end: int) -> int:
        return union_ns(
            (max(child[0], start), min(child[1], end))
            for child in below.dispatches
            if child[1] > start and child[0] < end
        )

    def to_dict(self, shift_ns: int = 0) -> dict[str, Any]:
        """JSON-ready data, times moved by ``shift_ns``."""
        return {
            "receivers": {
                str(receiver): {
                    "calls": totals.calls,
                    "primitive": totals.primitive,
                    "errors": totals.errors,
                    "self_ns": totals.self_ns,
                    "busy_ns": totals.busy_ns,
                    "max_ns": totals.max_ns,
                    "time": _shifted(totals.time.chunks(), shift_ns),
                }
                for receiver, totals in sorted(self.receivers.items())
            },
            "routes": {str(route): count for route, count in sorted(self.routes.items())},
            "inside": _shifted(self.inside.chunks(), shift_ns),
            "below": [
                [
                    span,
                    _shifted_pairs(below.dispatches, shift_ns),
                    [list(each) for each in sorted(below.primitive.items())],
                    below.paused_ns,
                ]
                for span, below in sorted(self._below.items())
            ],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Tally:
        """The tally :meth:`to_dict` gave. Raises KeyError, TypeError or ValueError on other data."""
        tally = cls()
        for receiver, columns in data["receivers"].items():
            totals = tally.receivers[int(receiver)] = Totals()
            for column in ("calls", "primitive", "errors", "self_ns", "busy_ns", "max_ns"):
                setattr(totals, column, columns[column])
            totals.time = GrowingUnion(columns["time"])
        tally.routes = {int(route): count for route, count in data["routes"].items()}
        tally.inside = GrowingUnion(data["inside"])
        for span, dispatches, primitive, paused in data["below"]:
            below = tally._below[span] = _Below()
            below.paused_ns = paused
            below.dispatches = [(start, end) for start, end in dispatches]
            below.primitive = dict(primitive)
        return tally

    def copy(self, shift_ns: int = 0) -> Tally:
        """A tally of its own with the same totals, times moved by ``shift_ns``."""
        return type(self).from_dict(self.to_dict(shift_ns))


def _shifted(chunks: Iterable[Chunk], shift_ns: int) -> list[list[int]]:
    return [[start + shift_ns, end + shift_ns, covered] for start, end, covered in chunks]


def _shifted_pairs(pairs: Iterable[tuple[int, int]], shift_ns: int) -> list[list[int]]:
    return [[start + shift_ns, end + shift_ns] for start, end in pairs]
