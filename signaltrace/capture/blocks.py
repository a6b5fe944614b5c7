"""Packed blocks, stage *capture*: a recording's newest spans within its limit, exact totals of the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from signaltrace.event import Event, pack_queries, queries_in, unpack_events
from signaltrace.rows import Row, Shape, dispatch_of, pack, spans_in, unpack
from signaltrace.tally import Tally


class Packed(NamedTuple):
    """What is packed at once: rows of ``at_most`` so many spans, and what probes noted meanwhile, which
    takes the room of ``noted`` spans."""

    rows: bytes
    at_most: int
    queries: bytes = b""
    events: bytes = b""
    noted: int = 0


class Block:
    """Packed rows, and how many spans they are: at most, until they have to be counted."""

    __slots__ = ("_progress", "counted", "events", "noted", "queries", "rows", "spans")

    def __init__(self, packed: Packed) -> None:
        self.rows = packed.rows
        self.queries = packed.queries
        self.events = packed.events
        self.noted = packed.noted
        self.spans = packed.at_most
        self.counted = False
        self._progress: tuple[int, int, int, int] | None = None

    def count(self) -> None:
        """Make ``spans`` exact."""
        self.spans = spans_in(self.rows)
        self.counted = True

    def progress(self) -> tuple[int, int, int, int]:
        """Dispatches, receiver calls, the longest of these in ns and the index of its receiver."""
        if self._progress is None:
            tally = Tally()
            tally.add_block(self.rows)
            self._progress = (sum(tally.routes.values()), tally.calls(), *tally.slowest())
        return self._progress


class Blocks:
    """What a recording holds: at most ``limit`` spans, and a tally of the ``dropped`` ones. ``taken``
    counts the blocks that ever came. What probes noted takes room as spans do."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self.taken = 0
        self.tally = Tally()
        self._spans = 0
        self._kept: deque[Block] = deque()

    def __iter__(self) -> Iterator[bytes]:
        return iter([block.rows for block in self._kept])

    def queries(self) -> list[bytes]:
        """The packed queries of what is kept."""
        return [block.queries for block in self._kept if block.queries]

    def events(self) -> list[Event]:
        """The events of what is kept, by id."""
        found = [event for block in self._kept for event in unpack_events(block.events)]
        return sorted(found, key=itemgetter(1))

    def take(self, packed: Packed, pauses: dict[int, int]) -> None:
        """Keep a packed block; drop the oldest beyond the limit, their totals excepted."""
        self._kept.append(Block(packed))
        self.taken += 1
        self._spans += packed.at_most + packed.noted
        if self._spans > self.limit:
            self._count()
            # One block more than the limit stays, to be cut down to it row by row in the end.
            while self._kept and self._spans - self._kept[0].spans - self._kept[0].noted >= self.limit:
                oldest = self._kept.popleft()
                self._spans -= oldest.spans + oldest.noted
                self.dropped += oldest.spans
                self.tally.note_queries(queries_in([oldest.queries]))
                self.tally.add_block(oldest.rows, pauses)

    def trim(self, shapes: list[Shape], pauses: dict[int, int]) -> None:
        """Bring what is kept down to the limit itself, by rows of the oldest block."""
        if self._spans > self.limit:
            self._count()
        while self._spans > self.limit and self._kept:
            oldest = self._kept.popleft()
            rows = unpack(oldest.rows, shapes)
            gone = 0
            while gone < len(rows) and self._spans > self.limit:
                spans = _spans_of(rows[gone])
                self._spans -= spans
                self.dropped += spans
                gone += 1
            queries, left = oldest.queries, rows[gone:]
            if left:
                lost, queries = _apart(queries, {row[0] for row in rows[:gone]})
                spans = sum(map(_spans_of, left))
                kept = Packed(pack(left), spans, queries, oldest.events, oldest.noted)
                self._kept.appendleft(Block(kept))
                queries = lost
            else:
                self._spans -= oldest.noted
            self.tally.note_queries(queries_in([queries]))
            self.tally.add(rows[:gone], pauses)

    def progress(self) -> tuple[int, int, int, int]:
        """As :meth:`Block.progress`, of all that was recorded."""
        told = [block.progress() for block in self._kept]
        slowest = max([self.tally.slowest(), *((ns, receiver) for _, _, ns, receiver in told)])
        dispatches = sum(self.tally.routes.values()) + sum(each[0] for each in told)
        return (dispatches, self.tally.calls() + sum(each[1] for each in told), *slowest)

    def _count(self) -> None:
        """Replace the bounds by counts, where that has not been done."""
        for block in reversed(self._kept):
            if block.counted:  # and so are those before it
                break
            self._spans -= block.spans
            block.count()
            self._spans += block.spans


def _apart(queries: bytes, dispatches: set[int]) -> tuple[bytes, bytes]:
    """Packed queries, those of calls of these dispatches and the others."""
    theirs: list[int] = []
    others: list[int] = []
    for query in queries_in([queries]):
        (theirs if dispatch_of(query[0]) in dispatches else others).extend(query)
    return pack_queries(theirs), pack_queries(others)


def _spans_of(row: Row) -> int:
    return len(row[7]) // 3 + 1
