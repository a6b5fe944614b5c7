"""Dispatches and receiver calls of one shape, stage *analysis*: what one line of a tree stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from signaltrace.analysis.forest import Forest
from signaltrace.analysis.spans import Times, is_even, times_at, times_of_calls
from signaltrace.rows import Call, Row


@dataclass(frozen=True, slots=True)
class DispatchGroup:
    """Dispatches of one shape, in the order they were sent."""

    rows: Sequence[Row]
    in_turn: bool = False


class CallGroup:
    """Receiver calls of one shape: those at the same ``positions`` of several dispatches.

    ``times`` and ``first`` are what a view asks of it; ``calls`` are made when asked for.
    """

    __slots__ = ("_shared", "in_turn", "positions")

    def __init__(self, shared: Members, positions: Sequence[int], in_turn: bool) -> None:
        self._shared = shared
        self.positions = positions
        self.in_turn = in_turn

    def __len__(self) -> int:
        return len(self._shared.rows) * len(self.positions)

    @property
    def first(self) -> Call:
        """The call that stands for all."""
        return self._shared.first[self.positions[0]]

    @property
    def calls(self) -> list[Call]:
        """All the calls, dispatch by dispatch."""
        return [calls[at] for calls in self._shared.lists() for at in self.positions]

    @property
    def route(self) -> int:
        """The route of the dispatches."""
        return self._shared.rows[0][2]

    def spans(self) -> Iterator[int]:
        """The span ids of all the calls, dispatch by dispatch."""
        if self._shared.even:
            return (row[0] + 1 + at for row in self._shared.rows for at in self.positions)
        return (call.id for call in self.calls)

    def times(self) -> Times:
        """What the calls took."""
        shared = self._shared
        if shared.even:
            return times_at(shared.forest.trace, shared.rows, self.positions, self.sent)
        return times_of_calls(shared.forest.trace, self.calls)

    @property
    def sent(self) -> bool:
        """Whether any of the calls may have sent something: in a whole forest one did if all did."""
        forest = self._shared.forest
        sent = forest.trace.rows_by_parent
        return self.first.id in sent if forest.children is sent else len(sent) > 1

    def families(self) -> list[Sequence[Row]]:
        """What each call sent, as far as the forest has it."""
        forest = self._shared.forest
        if not forest.below(self.first):
            return []
        if not self._shared.even:
            return [rows for call in self.calls if (rows := forest.below(call))]
        children, positions = forest.children, self.positions
        spans = [row[0] + 1 + at for row in self._shared.rows for at in positions]
        return [children[span] for span in spans if span in children]


class Members:
    """The calls of dispatches of one shape, shared by the groups they are in."""

    __slots__ = ("_lists", "even", "first", "forest", "rows")

    def __init__(self, forest: Forest, rows: Sequence[Row]) -> None:
        self.forest = forest
        self.rows = rows
        self.first = forest.calls(rows[0])
        self.even = forest.visible is None and all(is_even(forest.trace, row) for row in rows)
        self._lists: list[list[Call]] | None = None

    def lists(self) -> list[list[Call]]:
        """The calls of each dispatch."""
        if self._lists is None:
            self._lists = [self.forest.calls(row) for row in self.rows]
        return self._lists
