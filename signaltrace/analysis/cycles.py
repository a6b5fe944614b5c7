"""Receivers that ran inside themselves, stage *analysis*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signaltrace.analysis.spans import by_dispatch
from signaltrace.analysis.traced import identity, sent_as
from signaltrace.rows import Row
from signaltrace.trace import ReceiverInfo, Trace

# A chain of names longer than this loses its middle.
_MOST_LINKS = 12

# Signal, sender and receiver, by index: one is inside itself where all three come again.
_Key = tuple[int, int, int]


@dataclass(slots=True)
class Cycle:
    """A receiver that was called while it ran, for the same signal and sender.

    ``chain`` are the names from the one call to the next; ``count`` is how often it came to be inside
    itself, ``deepest`` how many calls of it were open at once. ``row`` is the first dispatch inside;
    ``same_instance`` whether that was about the same instance, None where the trace does not tell.
    """

    key: _Key
    receiver: ReceiverInfo
    chain: tuple[str, ...]
    row: Row
    same_instance: bool | None
    count: int = 0
    deepest: int = 2


def cycles(trace: Trace) -> list[Cycle]:
    """One for each loop of receivers, in the order they were first closed."""
    walk = _Walk(trace)
    walk.run()
    return list(walk.found.values())


class _Walk:
    """Depth first, once, without recursion: traces are a thousand levels deep."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._children = trace.rows_by_parent
        self._within = by_dispatch(self._children)
        # The calls that are open, outermost first, with their dispatches; how many there are of a kind.
        self._path: list[tuple[_Key, Row]] = []
        self._open: dict[_Key, int] = {}
        self._loops: dict[frozenset[_Key], _Key] = {}
        self._told: set[_Key] = set()
        self.found: dict[_Key, Cycle] = {}

    def run(self) -> None:
        """Go through all calls that sent something."""
        stack: list[Row | tuple[_Key, Row, Sequence[Row]] | None] = [
            row for row in reversed(self._children.get(0, ())) if row[0] in self._within
        ]
        while stack:
            step = stack.pop()
            if step is None:
                key, _ = self._path.pop()
                self._open[key] -= 1
            elif len(step) == 3:
                key, row, below = step
                self._path.append((key, row))
                self._open[key] = self._open.get(key, 0) + 1
                stack.append(None)
                stack.extend(reversed(below))
            else:
                stack.extend(self._calls(step))

    def _calls(self, row: Row) -> list[tuple[_Key, Row, Sequence[Row]]]:
        """Note which receivers of a dispatch are open further out; give those that sent something."""
        _, signal, sender = self._trace.routes[row[2]]
        if self._path:
            late = self._trace.late_calls
            receivers = (
                [call.receiver for call in late[row[0]]] + list(row[7][::3])
                if row[0] in late
                else row[7][::3]
            )
            for receiver in receivers:
                if self._open.get((signal, sender, receiver), 0):
                    self._note((signal, sender, receiver), row)
        spans = self._within.get(row[0])
        if spans is None:
            return []
        calls = {call.id: call.receiver for call in self._trace.calls(row)}
        return [
            ((signal, sender, calls[span]), row, self._children[span])
            for span in reversed(spans)
            if span in calls
        ]

    def _note(self, key: _Key, row: Row) -> None:
        if key in self._told:
            return
        known = self.found.get(key)
        if known is None:
            at = next(i for i in range(len(self._path) - 1, -1, -1) if self._path[i][0] == key)
            links = self._path[at:]
            loop = frozenset(each for each, _ in links)
            # of a loop of several receivers each is inside itself: it is told of the first
            if self._loops.setdefault(loop, key) != key:
                self._told.add(key)
                return
            known = self.found[key] = self._cycle(key, row, links)
        known.count += 1
        known.deepest = max(known.deepest, self._open[key] + 1)

    def _cycle(self, key: _Key, row: Row, links: list[tuple[_Key, Row]]) -> Cycle:
        trace = self._trace
        names: list[str] = []
        for signal, sender, receiver in [*(each for each, _ in links), key]:
            names += (sent_as(trace, signal, sender), trace.receivers[receiver].name)
        if len(names) > _MOST_LINKS:
            half = _MOST_LINKS // 2
            names = [*names[:half], "…", *names[-half:]]
        name = trace.signals[key[0]].name
        one, other = identity(name, links[0][1][8]), identity(name, row[8])
        same = None if one is None or other is None else one == other
        return Cycle(key, trace.receivers[key[2]], tuple(names), row, same)
