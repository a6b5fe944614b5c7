"""Packed blocks, stage *capture*: a recording's newest spans within its limit, exact totals of the others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from signaltrace.rows import Row, Shape, pack, spans_in, unpack
from signaltrace.tally import Tally


class Block:
    """Packed rows, and how many spans they are: at most, until they have to be counted."""

    __slots__ = ("_progress", "counted", "rows", "spans")

    def __init__(self, rows: bytes, at_most: int) -> None:
        self.rows = rows
        self.spans = at_most
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
    counts the blocks that ever came."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self.taken = 0
        self.tally = Tally()
        self._spans = 0
        self._kept: deque[Block] = deque()

    def __iter__(self) -> Iterator[bytes]:
        return iter([block.rows for block in self._kept])

    def take(self, rows: bytes, at_most: int, pauses: dict[int, int]) -> None:
        """Keep a packed block; drop the oldest beyond the limit, their totals excepted."""
        self._kept.append(Block(rows, at_most))
        self.taken += 1
        self._spans += at_most
        if self._spans > self.limit:
            self._count()
            # One block more than the limit stays, to be cut down to it row by row in the end.
            while self._kept and self._spans - self._kept[0].spans >= self.limit:
                oldest = self._kept.popleft()
                self._spans -= oldest.spans
                self.dropped += oldest.spans
                self.tally.add_block(oldest.rows, pauses)

    def trim(self, shapes: list[Shape], pauses: dict[int, int]) -> None:
        """Bring what is kept down to the limit itself, by rows of the oldest block."""
        if self._spans > self.limit:
            self._count()
        while self._spans > self.limit and self._kept:
            rows = unpack(self._kept.popleft().rows, shapes)
            gone = 0
            while gone < len(rows) and self._spans > self.limit:
                spans = _spans_of(rows[gone])
                self._spans -= spans
                self.dropped += spans
                gone += 1
            self.tally.add(rows[:gone], pauses)
            if gone < len(rows):
                self._kept.appendleft(Block(pack(rows[gone:]), sum(map(_spans_of, rows[gone:]))))

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


def _spans_of(row: Row) -> int:
    return len(row[7]) // 3 + 1
