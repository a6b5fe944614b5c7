"""A table of descriptions, stage *capture*: equal ones share an index, which never changes its meaning."""

from __future__ import annotations

from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")

# Above this many, new entries share one: a program that makes up names by the million must not
# grow the tables with it.
MAX_ENTRIES = 100_000


class Table(Generic[T]):
    """Hashable entries numbered from 0. Safe among threads, and when a garbage collection in the
    middle of :meth:`add` runs code that adds another: no lock is held, ``setdefault`` decides."""

    def __init__(self, overflow: T, first: tuple[T, ...] = ()) -> None:
        self._index: dict[T, int] = {}
        self._entries: dict[int, T] = {}
        self._numbers = count()
        self._overflow = overflow
        for entry in first:
            self.add(entry)

    def add(self, entry: T) -> int:
        """The index of ``entry``, new or known."""
        found = self._index.get(entry)
        if found is None:
            if len(self._index) >= MAX_ENTRIES:
                entry = self._overflow
            number = next(self._numbers)
            found = self._index.setdefault(entry, number)
            self._entries[found] = entry
        return found

    def entries(self) -> list[T]:
        """All entries by index; a number lost to a race holds the overflow entry."""
        entries = dict(self._entries)
        return [entries.get(number, self._overflow) for number in range(max(entries, default=-1) + 1)]

    def get(self, number: int) -> T | None:
        """The entry at an index."""
        return self._entries.get(number)
