"""The tally, stage *trace*: exact totals per receiver, kept up row by row in bounded memory.

The recorder feeds it what it drops, so the profile stays exact when the oldest spans are gone;
the profile feeds it everything else. Column meanings are pstats': a call is *primitive* when the
same receiver is not already running further up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from signaltrace.intervals import GrowingUnion, later
from signaltrace.rows import Row, calls_of, dispatch_of, is_continuation, leaf_calls, split, unflatten
from signaltrace.totals import Asked, Below, Totals

_NO_PAUSES: dict[int, int] = {}
_WAITING = 4_096
_MOST_OPEN = 10_000


class Tally:
    """Totals per receiver index and per signal route, from rows in the order they ended."""

    def __init__(self) -> None:
        self.receivers: dict[int, Totals] = {}
        self.routes: dict[int, int] = {}
        self.inside = GrowingUnion()
        # By the dispatch and then the call they are under.
        self._below: dict[int, dict[int, Below]] = {}
        # Calls by receiver, to be counted together: that is several times as fast. Of those that were
        # counted one by one the times alone.
        self._waiting: dict[int, list[tuple[int, int]]] = {}
        self._times: dict[int, list[tuple[int, int]]] = {}
        self._waiting_calls = 0
        self._asked = Asked()

    def note_queries(self, queries: Iterable[tuple[int, int, int]]) -> None:
        """Count queries, ``(span, statement, ns)``, for the receivers that ran them: before the rows of
        those are added."""
        self._asked.note(queries)

    def add(self, rows: Iterable[Row], pauses: dict[int, int] = _NO_PAUSES) -> None:
        """Count rows; ``pauses`` are ns per span to leave out (see Trace.pauses)."""
        for row in rows:
            self._add_row(row, pauses)
            if self._waiting_calls > _WAITING and not self._below:
                self._settle()
        self._end()

    def add_block(self, block: bytes, pauses: dict[int, int] = _NO_PAUSES) -> None:
        """Count the rows of a packed block of this process: several times as fast."""
        self.add_split(split(block), pauses)

    def add_split(self, rows: Iterable[list[Any]], pauses: dict[int, int] = _NO_PAUSES) -> None:
        """The same for rows of such a block as :func:`~signaltrace.rows.split` gives them."""
        asked = self._asked.dispatches()
        for flat in rows:
            # A call that was paused has something below it.
            more = flat[0] in self._below or flat[0] in pauses or flat[0] in asked
            calls = None if more else leaf_calls(flat)
            if calls is None:
                self._add_row(unflatten(flat), pauses)
            else:
                self._add_leaf(flat, *calls)
            # Where no call is open that others are under: none that is still to come begins before.
            if self._waiting_calls > _WAITING and not self._below:
                self._settle()
        self._end()

    def harvest(self) -> tuple[dict[int, Totals], int]:
        """The totals per receiver and the time in receivers since the last harvest; what is open stays."""
        receivers, inside_ns = self.receivers, self.inside.total()
        self.receivers, self.routes, self.inside = {}, {}, GrowingUnion()
        return receivers, inside_ns

    def calls(self) -> int:
        """Receiver calls so far."""
        return sum(totals.calls for totals in self.receivers.values())

    def slowest(self) -> tuple[int, int]:
        """The longest call in ns and the index of its receiver; zeros where none took time."""
        return max(((each.max_ns, index) for index, each in self.receivers.items()), default=(0, 0))

    def _totals(self, receiver: int) -> Totals:
        totals = self.receivers.get(receiver)
        if totals is None:
            totals = self.receivers[receiver] = Totals()
        return totals

    def _add_leaf(self, flat: list[Any], receivers: list[int], calls: Iterable[tuple[int, int]]) -> None:
        """A row like nearly all: its calls returned, and nothing was sent by them."""
        waiting = self._waiting
        end = flat[5]
        for receiver, call in zip(receivers, calls, strict=True):
            if receiver in waiting:
                waiting[receiver].append(call)
            else:
                waiting[receiver] = [call]
            end = call[1]
        self._waiting_calls += len(receivers)
        self.routes[flat[2]] = self.routes.get(flat[2], 0) + 1
        if flat[1]:
            primitive = self._under(flat[1], flat[5], end if flat[6] is None else flat[5] + flat[6]).primitive
            for receiver in receivers:
                primitive[receiver] = primitive.get(receiver, 0) + 1

    def _end(self) -> None:
        self._settle()
        if len(self._below) > 2 * _MOST_OPEN:
            self._forget()

    def _settle(self) -> None:
        """Count the calls that were put together, and merge the times of all."""
        waiting, self._waiting, self._waiting_calls = self._waiting, {}, 0
        times, self._times = self._times, {}
        quiet = not self._below
        for receiver, calls in waiting.items():
            totals = self._totals(receiver)
            durations = [end - start for start, end in calls]
            added = sum(durations)
            totals.calls += len(calls)
            totals.primitive += len(calls)
            totals.busy_ns += added
            totals.self_ns += added
            totals.max_ns = max(totals.max_ns, *durations)
            times.setdefault(receiver, []).extend(calls)
        for receiver, calls in times.items():
            self._totals(receiver).time.add_all(calls, quiet)
        self.inside.add_all([call for calls in times.values() for call in calls], quiet)

    def _add_row(self, row: Row, pauses: dict[int, int]) -> None:
        primitive: dict[int, int] = {}
        under = self._below.pop(row[0], {})
        asked = self._asked.take(row[0])
        for call in calls_of(row):
            totals = self._totals(call.receiver)
            end = call.start_ns + call.duration_ns
            own = max(call.duration_ns - pauses.get(call.id, 0), 0)
            totals.calls += 1
            totals.primitive += 1
            totals.errors += call.outcome in ("raised", "returned_error")
            self._times.setdefault(call.receiver, []).append((call.start_ns, end))
            self._waiting_calls += 1
            totals.busy_ns += call.duration_ns if call.busy_ns is None else call.busy_ns
            totals.max_ns = max(totals.max_ns, own)
            if call.id in asked:
                queries, sql_ns = asked.pop(call.id)
                totals.queries += queries
                totals.sql_ns += sql_ns
            below = under.pop(call.id, None)
            if below is not None:
                own += below.paused_ns - below.time.covered_between(call.start_ns, end)
                totals.primitive -= below.primitive.pop(call.receiver, 0)
                primitive = _summed(primitive, below.primitive)
            totals.self_ns += max(own, 0)
            primitive[call.receiver] = primitive.get(call.receiver, 0) + 1
        if under:  # of calls that end after their dispatch
            self._below[row[0]] = under
        if asked:
            self._asked.put_back(row[0], asked)
        if not is_continuation(row):
            self.routes[row[2]] = self.routes.get(row[2], 0) + 1
        if row[1]:
            below = self._under(row[1], row[5], row[5] + row[6])
            below.paused_ns += pauses.get(row[0], 0)
            below.primitive = _summed(below.primitive, primitive)

    def _under(self, parent: int, start: int, end: int) -> Below:
        """What is known of a call that is still to come, with the time of a dispatch under it added."""
        calls = self._below.setdefault(dispatch_of(parent), {})
        below = calls.get(parent)
        if below is None:
            below = calls[parent] = Below()
        below.time.add(start, end)
        return below

    def _forget(self) -> None:
        """Of the calls still to come, drop those that had nothing sent for the longest time: they were
        over before what their tasks sent was."""
        ended = {
            dispatch: max(below.time.end() for below in calls.values())
            for dispatch, calls in self._below.items()
        }
        for dispatch in sorted(ended, key=ended.__getitem__)[:-_MOST_OPEN]:
            del self._below[dispatch]

    def to_dict(self, shift_ns: int = 0) -> dict[str, Any]:
        """JSON-ready data, times moved by ``shift_ns``."""
        return {
            "receivers": {
                str(each): self.receivers[each].to_plain(shift_ns) for each in sorted(self.receivers)
            },
            "routes": {str(route): count for route, count in sorted(self.routes.items())},
            "inside": [*map(list, later(self.inside.chunks(), shift_ns))],
            "below": [
                [
                    span,
                    [*map(list, later(below.time.chunks(), shift_ns))],
                    [list(each) for each in sorted(below.primitive.items())],
                    below.paused_ns,
                ]
                for calls in self._below.values()
                for span, below in sorted(calls.items())
            ],
            "asked": self._asked.to_plain(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Tally:
        """The tally :meth:`to_dict` gave. Raises KeyError, TypeError or ValueError on other data."""
        tally = cls()
        for receiver, columns in data["receivers"].items():
            tally.receivers[int(receiver)] = Totals.from_plain(columns)
        tally.routes = {int(route): count for route, count in data["routes"].items()}
        tally.inside = GrowingUnion(data["inside"])
        for span, time, primitive, paused in data["below"]:
            below = tally._below.setdefault(dispatch_of(span), {})[span] = Below()
            below.paused_ns = paused
            below.time = GrowingUnion(time)
            below.primitive = dict(primitive)
        tally._asked.absorb(data["asked"], 0)
        return tally

    def absorb(
        self, other: Tally, receivers: Sequence[int], routes: Sequence[int], shift_ns: int, ids_from: int
    ) -> int:
        """Count what another tally did, of an earlier or later time: its receivers and routes have these
        indexes here, its times are ``shift_ns`` later and its ids ``ids_from`` higher. Gives the highest."""
        for index, totals in other.receivers.items():
            mine = self._totals(receivers[index] if index >= 0 else index)
            mine.absorb(totals, shift_ns)
        for route, count in other.routes.items():
            self.routes[routes[route]] = self.routes.get(routes[route], 0) + count
        self.inside.extend(later(other.inside.chunks(), shift_ns))
        for dispatch, calls in other._below.items():
            for span, below in calls.items():
                moved = self._below.setdefault(dispatch + ids_from, {})[span + ids_from] = Below()
                moved.paused_ns = below.paused_ns
                moved.time = GrowingUnion(later(below.time.chunks(), shift_ns))
                moved.primitive = {receivers[each]: count for each, count in below.primitive.items()}
        self._asked.absorb(other._asked.to_plain(), ids_from)
        waiting = (*other._below, *other._asked.dispatches())
        return max((dispatch + ids_from for dispatch in waiting), default=ids_from)

    def copy(self, shift_ns: int = 0) -> Tally:
        """A tally of its own with the same totals, times moved by ``shift_ns``."""
        return type(self).from_dict(self.to_dict(shift_ns))


def _summed(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """Both counts together, in the larger of the two: what is deep is not counted again at every level."""
    if len(one) < len(other):
        one, other = other, one
    for receiver, count in other.items():
        one[receiver] = one.get(receiver, 0) + count
    return one
