"""Routes, stage *capture*: one small integer for a method, a signal and a sender, and counts by it.

The hot path finds a route by the ids of signal and sender. Senders that cannot be found so, texts
and the instances made for one dispatch, are found by value or by class: what is said of them is
the same for all of those.
"""

from __future__ import annotations

from typing import Any

from signaltrace.capture.names import Names
from signaltrace.capture.table import Table
from signaltrace.labels.senders import described_by_class

METHODS = ("send", "send_robust", "asend", "asend_robust")
MAX_TEXTS = 10_000

Ids = dict[str, dict[int, dict[int, int]]]


class Routes:
    """The table of routes and the ways to find one again."""

    def __init__(self, names: Names) -> None:
        self.table: Table[tuple[str, int, int]] = Table(("send", 0, 0))
        # method -> id(signal) -> id(sender) -> route; read by the hot path itself.
        self.ids: Ids = {method: {} for method in METHODS}
        # The same for counting orphans; empty while they are kept as spans.
        self.orphan_ids: Ids = {method: {} for method in METHODS}
        # Dispatches no receiver heard, by route.
        self.orphans: list[int] = []
        self.count_orphans = True
        self._names = names
        self._by_class: dict[int, bool] = {}
        self._alike: dict[tuple[str, int], dict[Any, int]] = {}

    def find(self, method: str, signal: Any, sender: Any) -> int:
        """The index of (method, signal, sender); found quickly the next time."""
        key = self._likeness(sender)
        if key is None:
            found = self._add(method, signal, sender)
            self._remember(self.ids, method, signal, sender, found)
            if self.count_orphans:
                self._remember(self.orphan_ids, method, signal, sender, found)
            return found
        alike = self._alike.get((method, id(signal)))
        if alike is None:
            alike = {}
            if self._names.watch(self._alike, (method, id(signal)), signal):
                self._alike[method, id(signal)] = alike
        known = alike.get(key)
        if known is None:
            known = self._add(method, signal, sender)
            if len(alike) >= MAX_TEXTS:
                alike.clear()
            if type(sender) is str or self._names.watch(alike, key, type(sender)):
                alike[key] = known
        return known

    def stop_counting(self) -> None:
        """From now on every orphan is asked about: it is to become a span."""
        for by_signal in self.orphan_ids.values():
            by_signal.clear()

    def _likeness(self, sender: Any) -> Any:
        """What a sender shares with those that are described alike; None for one on its own."""
        kind = type(sender)
        if kind is str:
            return sender
        number = id(kind)
        alike = self._by_class.get(number)
        if alike is None:
            alike = described_by_class(kind)
            if self._names.watch(self._by_class, number, kind):
                self._by_class[number] = alike
        return number if alike else None

    def _add(self, method: str, signal: Any, sender: Any) -> int:
        found = self.table.add((method, self._names.signal(signal), self._names.sender(sender)))
        while len(self.orphans) <= found:
            self.orphans.append(0)
        return found

    def _remember(self, ids: Ids, method: str, signal: Any, sender: Any, route: int) -> None:
        by_signal = ids.setdefault(method, {})
        by_sender = by_signal.get(id(signal))
        if by_sender is None:
            by_sender = {}
            if self._names.watch(by_signal, id(signal), signal):
                by_signal[id(signal)] = by_sender
        if self._names.watch(by_sender, id(sender), sender):
            by_sender[id(sender)] = route
