"""The tree line by line, stage *analysis*: what a tree view prints, before anything is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter

from signaltrace.analysis.asides import asides_of
from signaltrace.analysis.callbacks import callback_routes
from signaltrace.analysis.fold import Fold
from signaltrace.analysis.forest import Forest, Rules
from signaltrace.analysis.groups import CallGroup, DispatchGroup
from signaltrace.analysis.outline_lines import (
    AsideLine,
    CallLine,
    DispatchLine,
    Guides,
    Line,
    NotCalledLine,
    TurnsLine,
)  # fmt: skip
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import Times, times_of_dispatches
from signaltrace.analysis.turns import Turns
from signaltrace.trace import RAISED, ErrorInfo

# Of receivers that were not called, so many are named.
MOST_NOT_CALLED = 5


@dataclass(frozen=True, slots=True)
class Outline:
    """The lines of a tree and how much of the forest they stand for."""

    lines: tuple[Line, ...]
    dispatches: int
    calls: int
    cut_by_depth: bool
    cut_by_limit: bool

    def stands_for(self) -> Iterator[tuple[Line, int]]:
        """The lines, those of turns that are not shown among them, and how many times each."""
        return _stands_for(self.lines)


class _Walk:
    """Goes through a folded forest depth first without recursion: traces are a thousand levels deep."""

    def __init__(self, forest: Forest, selection: Selection) -> None:
        self.forest = forest
        self.trace = forest.trace
        self.fold = Fold(forest)
        self.selection = selection
        self.rules = Rules(forest.trace, replace(selection, errors=False))
        self.cut_by_depth = False
        # with --depth cycles have an end already, and levels are what was asked for
        self.turns = Turns(self.trace, self._below) if selection.depth is None else None

    def lines(self) -> Iterator[Line]:
        """The lines, parents before what is below them."""
        stack: list[Line] = list(reversed(self._under(self.fold.roots(), (0,), Guides())))
        while stack:
            line = stack.pop()
            yield line
            folded = self.turns.folded(line) if self.turns and isinstance(line, CallLine) else None
            if folded is not None and isinstance(line, CallLine):
                guides = Guides(line.guides, not line.last)
                stack.extend(reversed(self._below(folded.last, guides)))
                stack.append(TurnsLine(folded.turns, folded.turn, guides))
            else:
                stack.extend(reversed(self._below(line)))

    def _below(self, line: Line, guides: Guides | None = None) -> list[Line]:
        """The lines right below one, with its ``guides`` unless others are given."""
        if isinstance(line, DispatchLine):
            return self._receivers(line)
        if isinstance(line, CallLine) and not line.hidden:
            guides = guides or Guides(line.guides, not line.last)
            return self._under(self.fold.below(line.group), line.group.spans(), guides)
        return []

    def _under(self, groups: list[DispatchGroup], spans: Iterable[int], guides: Guides) -> list[Line]:
        """What happened under receiver calls (0: outside of all), in the order it began."""
        dispatches = self._dispatches(groups, guides)
        asides = [AsideLine(each, guides) for each in asides_of(self.trace, spans, self.selection)]
        return _in_order(dispatches, asides) if asides else [*dispatches]

    def _dispatches(self, groups: list[DispatchGroup], guides: Guides) -> list[DispatchLine]:
        lines = []
        for group in groups:
            times = times_of_dispatches(self.trace, group.rows)
            if times.total_ns >= self.selection.min_ns:
                lines.append(DispatchLine(group, times, guides, self._own_error(group)))
        return lines

    def _receivers(self, line: DispatchLine) -> list[Line]:
        lines: list[Line] = []
        calls = []
        for group in self.fold.calls(line.group):
            times = group.times()
            if times.total_ns >= self.selection.min_ns:
                calls.append((group, times))
        passed_over = self._passed_over(line)
        for at, (group, times) in enumerate(calls, 1):
            last = at == len(calls) and not passed_over
            lines.append(self._call(group, times, line.guides, last))
        return lines + passed_over

    def _call(self, group: CallGroup, times: Times, guides: Guides, last: bool) -> CallLine:
        first = group.first
        below = self.forest.below(first)
        from_below = first.error is not None and any(
            (row[9] or {}).get("error") and list(row[9]["error"][:2]) == list(first.error[:2])  # type: ignore[index]
            for row in below
        )
        depth = self.selection.depth
        hidden = 0
        if depth is not None and len(guides) + 1 >= depth:
            hidden = sum(len(rows) for rows in group.families())
            self.cut_by_depth |= hidden > 0
        return CallLine(group, times, guides, last, from_below, hidden)

    def _passed_over(self, line: DispatchLine) -> list[NotCalledLine]:
        """The receivers that were muted, then those that were not called."""
        row = line.group.rows[0]
        extra = row[9] or {}
        found: list[NotCalledLine] = []
        for key in ("not_called", "muted"):
            indexes = [index for index in extra.get(key, ()) if self.rules.matches(row[2], index)]
            if indexes:
                named = tuple(self.trace.receivers[index] for index in indexes[:MOST_NOT_CALLED])
                more, times_over = len(indexes) - len(named), len(line.group.rows)
                passed = NotCalledLine(named, more, line.guides, times_over, key == "muted", not found)
                found.insert(0, passed)
        return found

    def _own_error(self, group: DispatchGroup) -> ErrorInfo | None:
        """A dispatch's error unless one of its receivers raised it: a cancelled one has its own."""
        row = group.rows[0]
        error = (row[9] or {}).get("error")
        if not error or any(call.outcome == RAISED for call in self.trace.calls(row)):
            return None
        return ErrorInfo(*error)


def _in_order(dispatches: list[DispatchLine], asides: list[AsideLine]) -> list[Line]:
    placed: list[tuple[int, Line]] = [(each.aside.place, each) for each in asides]
    for line in dispatches:
        row = line.group.rows[0]
        placed.append((row[0] - row[1], line))
    return [line for _, line in sorted(placed, key=itemgetter(0))]


def _stands_for(lines: Iterable[Line]) -> Iterator[tuple[Line, int]]:
    for line in lines:
        if isinstance(line, TurnsLine):
            yield from ((each, line.turns) for each in line.turn)
        else:
            yield line, 1


def outline(forest: Forest, selection: Selection, limit: int | None) -> Outline:
    """The first ``limit`` lines of a forest as a folded tree; None for all."""
    walk = _Walk(forest, selection)
    lines: list[Line] = []
    dispatches = calls = 0
    cut = False
    callbacks = callback_routes(forest.trace)
    for line in walk.lines():
        if limit is not None and len(lines) >= limit:
            cut = True
            break
        lines.append(line)
        for each, times in _stands_for([line]):
            if isinstance(each, DispatchLine) and each.group.rows[0][2] not in callbacks:
                dispatches += each.times.count * times
            elif isinstance(each, CallLine) and each.group.route not in callbacks:
                calls += each.times.count * times
    return Outline(tuple(lines), dispatches, calls, walk.cut_by_depth, cut)
