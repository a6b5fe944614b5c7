"""Unions of time intervals, stage *trace*: how much time several spans cover together."""

from __future__ import annotations

from collections.abc import Iterable
from operator import gt
from typing import TypeAlias

Chunk: TypeAlias = tuple[int, int, int]
"""start ns, end ns, and the ns covered between them (all of them unless chunks were joined)."""


def union_ns(intervals: Iterable[tuple[int, int]]) -> int:
    """Nanoseconds covered by ``(start, end)`` intervals, overlaps counted once."""
    return sum(end - start for start, end in disjoint(intervals))


def disjoint(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches that ``(start, end)`` intervals cover, in order; those that overlap are one."""
    stretches = sorted(intervals)
    if not stretches:
        return []
    if not any(map(gt, [end for _, end in stretches], [start for start, _ in stretches[1:]])):
        return stretches
    merged: list[tuple[int, int]] = []
    first, reach = stretches[0]
    for start, end in stretches:
        if start >= reach:
            merged.append((first, reach))
            first, reach = start, end
        elif end > reach:
            reach = end
    merged.append((first, reach))
    return merged


class GrowingUnion:
    """The union of intervals that keep coming, in memory that does not grow.

    Exact while at most ``limit`` disjoint stretches are held. Beyond that neighbours of the older half
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
        chunks = self._chunks
        if not self._fresh:
            # As calls of one thread end, each is after all before it, or around the last of them.
            while chunks and start <= chunks[-1][0] and chunks[-1][1] <= end:
                chunks.pop()
            if not chunks or chunks[-1][1] <= start:
                chunks.append((start, end, end - start))
                if len(chunks) >= 2 * self.limit:
                    self._settle()
                return
        self._fresh.append((start, end, end - start))
        if len(self._fresh) >= self.limit:
            self._settle()

    def add_all(self, intervals: Iterable[tuple[int, int]], join: bool) -> None:
        """Add intervals together. ``join``: none that is still to come is expected to begin before they
        end, so they may become one chunk where they are too many to be held one by one."""
        stretches = disjoint(intervals)
        if not stretches:
            return
        self._settle()
        held = []
        while self._chunks and self._chunks[-1][1] > stretches[0][0] and _is_full(self._chunks[-1]):
            start, end, _ = self._chunks.pop()
            held.append((start, end))
        if held:  # calls that ended before the call around them did
            stretches = disjoint([*stretches, *held])
        if not join or len(self._chunks) + len(stretches) <= self.limit:
            self._fresh.extend((start, end, end - start) for start, end in stretches)
        else:
            covered = sum(end - start for start, end in stretches)
            self._fresh.append((stretches[0][0], stretches[-1][1], covered))
        self._settle()

    def covered_between(self, start: int, end: int) -> int:
        """Nanoseconds covered between two moments; estimated where one of them is in a joined chunk."""
        self._settle()
        return sum(
            min(covered, min(last, end) - max(first, start))
            for first, last, covered in self._chunks
            if last > start and first < end
        )

    def end(self) -> int:
        """The last moment that is covered; 0 where none is."""
        self._settle()
        return self._chunks[-1][1] if self._chunks else 0

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
        if len(self._chunks) > self.limit:
            self._join_oldest()

    def _join_oldest(self) -> None:
        """Make few of many. The newer half stays as it is: what is still open began among them."""
        kept = self.limit // 2
        newer = len(self._chunks) - kept
        size = -(-newer // (self.limit - kept))
        older = [self._chunks[at : min(at + size, newer)] for at in range(0, newer, size)]
        joined = [(each[0][0], each[-1][1], sum(chunk[2] for chunk in each)) for each in older]
        self._chunks = joined + self._chunks[newer:]


def later(chunks: Iterable[Chunk], shift_ns: int) -> list[Chunk]:
    """Chunks moved in time."""
    return [(start + shift_ns, end + shift_ns, covered) for start, end, covered in chunks]


def _is_full(chunk: Chunk) -> bool:
    return chunk[2] == chunk[1] - chunk[0]


def _joined(one: Chunk, two: Chunk) -> Chunk:
    """Two overlapping chunks as one; ``one`` begins first (and is the longer at a tie)."""
    start, end = one[0], max(one[1], two[1])
    one_full, two_full = _is_full(one), _is_full(two)
    if one_full and two[1] <= one[1]:
        return one
    if one_full and two_full:
        return (start, end, end - start)
    return (start, end, min(end - start, one[2] + two[2]))
