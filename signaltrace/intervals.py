"""Unions of time intervals, stage *trace*: how much time several spans cover together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Chunk: TypeAlias = tuple[int, int, int]
"""start ns, end ns, and the ns covered between them (all of them unless chunks were joined)."""


def union_ns(intervals: Iterable[tuple[int, int]]) -> int:
    """Nanoseconds covered by ``(start, end)`` intervals, overlaps counted once."""
    covered = 0
    reach = None
    for start, end in sorted(intervals):
        if reach is None or start >= reach:
            covered += end - start
            reach = end
        elif end > reach:
            covered += end - reach
            reach = end
    return covered


class GrowingUnion:
    """The union of intervals that keep coming, in memory that does not grow.

    Exact while at most ``limit`` disjoint stretches are held. Beyond that the oldest neighbours
    are joined into one chunk that remembers how much of it is covered: still exact when a later
    interval contains the whole chunk or misses it, as nested and sequential calls do; only a
    later interval that ends inside a joined chunk is estimated.
    """

    __slots__ = ("_chunks", "_fresh", "limit")

    def __init__(self, chunks: Iterable[Chunk] = (), limit: int = 512) -> None:
        self._chunks: list[Chunk] = [(start, end, covered) for start, end, covered in chunks]
        self._fresh: list[Chunk] = []
        self.limit = limit

    def add(self, start: int, end: int) -> None:
        """Add one interval; ``end`` is not before ``start``."""
        self._fresh.append((start, end, end - start))
        if len(self._fresh) >= self.limit:
            self._settle()

    def total(self) -> int:
        """Nanoseconds covered so far."""
        self._settle()
        return sum(covered for _, _, covered in self._chunks)

    def chunks(self) -> list[Chunk]:
        """What the union is made of, sorted, at most ``limit`` of them."""
        self._settle()
        return list(self._chunks)

    def extend(self, chunks: Iterable[Chunk]) -> None:
        """Add what another union is made of."""
        self._fresh.extend((start, end, covered) for start, end, covered in chunks)
        self._settle()

    def _settle(self) -> None:
        if self._fresh:
            merged: list[Chunk] = []
            for chunk in sorted([*self._chunks, *self._fresh], key=lambda each: (each[0], -each[1])):
                if merged and chunk[0] < merged[-1][1]:
                    merged[-1] = _joined(merged[-1], chunk)
                else:
                    merged.append(chunk)
            self._chunks = merged
            self._fresh = []
        surplus = len(self._chunks) - self.limit
        if surplus > 0:
            old = self._chunks[: 2 * surplus]
            pairs = [
                (left[0], right[1], left[2] + right[2])
                for left, right in zip(old[::2], old[1::2], strict=True)
            ]
            self._chunks = pairs + self._chunks[2 * surplus :]
            if len(self._chunks) > self.limit:
                self._settle()


def _joined(one: Chunk, two: Chunk) -> Chunk:
    """Two overlapping chunks as one; ``one`` begins first (and is the longer at a tie)."""
    start, end = one[0], max(one[1], two[1])
    one_full, two_full = one[2] == one[1] - one[0], two[2] == two[1] - two[0]
    if one_full and two[1] <= one[1]:
        return one
    if one_full and two_full:
        return (start, end, end - start)
    return (start, end, min(end - start, one[2] + two[2]))
