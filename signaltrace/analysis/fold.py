"""Repeated siblings folded into one, stage *analysis*: by shape, at every level.

Two dispatches have one shape when signal, sender, method, receivers, outcomes and the shapes of
all that is below are the same. Arguments may differ, but for the action of ``m2m_changed``, which
is a signal in all but name; so may how often something below was repeated. Shapes are small
integers found bottom up in one pass; groups are made top down, and only for what is looked at, so
a million spans never become a million objects.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from signaltrace.analysis.forest import Forest
from signaltrace.rows import Call, Row
from signaltrace.trace import arguments_dict

# Rounds of up to so many siblings are recognised: pre_save, post_save, m2m_changed, pre_save, …
_LONGEST_ROUND = 8
# Two rounds are shown as they came: the order is worth more than the lines.
_FEWEST_ROUNDS = 3
# More siblings than this are folded wherever they stand, at the cost of their order.
_MOST_SIBLINGS = 24
_MOST_FOR_ROUNDS = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """Siblings of one shape by position. ``in_turn``: others came in between."""

    shape: int
    positions: Sequence[int]
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class DispatchGroup:
    """Dispatches of one shape, in the order they were sent."""

    rows: Sequence[Row]
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Receiver calls of one shape, each with the row of its dispatch."""

    members: Sequence[tuple[Row, Call]]
    in_turn: bool = False

    @property
    def calls(self) -> list[Call]:
        """The calls alone."""
        return [call for _, call in self.members]


class Fold:
    """A forest's dispatches in groups: the roots, a group's calls, what those sent."""

    def __init__(self, forest: Forest) -> None:
        self._forest = forest
        self._numbers: dict[Hashable, int] = {}
        self._shapes: dict[int, int] = {}
        plain = forest.visible is None
        late = forest.trace.late_calls
        within = forest.senders_within()
        self._actions = _routes_with_actions(forest)
        numbers, shapes = self._numbers, self._shapes
        for row in reversed(forest.parents_first()):
            key: Hashable
            if plain and row[9] is None and row[0] not in late and row[2] not in self._actions:
                key = (row[2], self._plain_calls(row, within.get(row[0])))
            else:
                key = self._dispatch_key(row)
            shapes[row[0]] = numbers.setdefault(key, len(numbers))

    def roots(self) -> list[DispatchGroup]:
        """The outermost dispatches."""
        return self._grouped([self._forest.roots()])

    def calls(self, group: DispatchGroup) -> list[CallGroup]:
        """The receiver calls of a group's dispatches, in receiver order."""
        members = [self._forest.calls(row) for row in group.rows]
        numbers = self._numbers
        shapes = [numbers.setdefault(("call", self._call_key(call)), len(numbers)) for call in members[0]]
        return [
            CallGroup(
                [
                    (row, calls[at])
                    for row, calls in zip(group.rows, members, strict=True)
                    for at in run.positions
                ],
                run.in_turn,
            )
            for run in runs(shapes)
        ]

    def below(self, group: CallGroup) -> list[DispatchGroup]:
        """The dispatches a group of calls sent."""
        return self._grouped([rows for call in group.calls if (rows := self._forest.below(call))])

    def _grouped(self, families: Sequence[Sequence[Row]]) -> list[DispatchGroup]:
        """Sibling rows in groups; several families of one shape are laid over each other."""
        groups: list[list[Row]] = []
        in_turn: list[bool] = []
        for family in families:
            found = runs([self._shapes[row[0]] for row in family])
            if not groups:
                groups = [[] for _ in found]
                in_turn = [False for _ in found]
            for at, run in enumerate(found):
                groups[at].extend(family[position] for position in run.positions)
                in_turn[at] |= run.in_turn
        return [DispatchGroup(rows, turn) for rows, turn in zip(groups, in_turn, strict=True)]

    def _dispatch_key(self, row: Row) -> Hashable:
        extra = row[9] or {}
        key: tuple[Hashable, ...] = (
            row[2],
            tuple(self._call_key(call) for call in self._forest.calls(row)),
        )
        error = extra.get("error")
        rare = (
            tuple(extra.get("not_called", ())),
            bool(extra.get("opaque")),
            error[0] if error else None,
            arguments_dict(row[8]).get("action") if row[2] in self._actions else None,
        )
        return key if rare == ((), False, None, None) else (*key, str(rare))

    def _plain_calls(self, row: Row, senders: Sequence[int] | None) -> tuple[Hashable, ...]:
        """The keys of a row's calls where all went well, read off the row: the bulk of any trace."""
        keys: list[Hashable] = list(row[7][::3])
        for span in senders or ():
            at = span - row[0] - 1
            keys[at] = (keys[at], "ok", None, self._shapes_below(self._forest.children[span]))
        return tuple(keys)

    def _call_key(self, call: Call) -> Hashable:
        """The receiver alone for a call that went well and sent nothing."""
        below = self._forest.below(call)
        if call.outcome == "ok" and not below:
            return call.receiver
        return (call.receiver, call.outcome, call.error[0] if call.error else None, self._shapes_below(below))

    def _shapes_below(self, rows: Sequence[Row]) -> tuple[int, ...]:
        if len(rows) == 1:
            return (self._shapes[rows[0][0]],)
        return tuple(run.shape for run in runs([self._shapes[row[0]] for row in rows]))


def _routes_with_actions(forest: Forest) -> set[int]:
    """The routes of Django's m2m_changed: adding, removing, before and after are told apart."""
    trace = forest.trace
    named = {
        at for at, each in enumerate(trace.signals) if each.name == "django.db.models.signals.m2m_changed"
    }
    return {at for at, (_, signal, _) in enumerate(trace.routes) if signal in named}


def runs(shapes: Sequence[int]) -> list[Run]:
    """Siblings in runs: neighbours of one shape, then rounds (A B A B A B), then, if still many, all."""
    if len(shapes) == 1:
        return [Run(shapes[0], (0,))]
    neighbours: list[Run] = []
    start = 0
    for at in range(1, len(shapes) + 1):
        if at == len(shapes) or shapes[at] != shapes[start]:
            neighbours.append(Run(shapes[start], range(start, at)))
            start = at
    if len(neighbours) < 2 * _FEWEST_ROUNDS:
        return neighbours
    if len(neighbours) <= _MOST_FOR_ROUNDS:
        neighbours = _rounds(neighbours)
        if len(neighbours) <= _MOST_SIBLINGS:
            return neighbours
    return _wherever(neighbours)


def _rounds(found: list[Run]) -> list[Run]:
    """Runs that go round and round in the same order, as one run each, in the order of a round."""
    shapes = [run.shape for run in found]
    result: list[Run] = []
    at = 0
    while at < len(found):
        size, times = _longest_round(shapes, at)
        if times < _FEWEST_ROUNDS:
            result.append(found[at])
            at += 1
            continue
        for offset in range(size):
            members = found[at + offset : at + size * times : size]
            positions = [position for run in members for position in run.positions]
            result.append(Run(members[0].shape, positions, True))
        at += size * times
    return result


def _longest_round(shapes: list[int], at: int) -> tuple[int, int]:
    """Size and number of the rounds from here on that cover most."""
    best = (1, 1)
    for size in range(2, _LONGEST_ROUND + 1):
        first = shapes[at : at + size]
        times = 1
        while shapes[at + size * times : at + size * (times + 1)] == first:
            times += 1
        if times >= _FEWEST_ROUNDS and size * times > best[0] * best[1]:
            best = (size, times)
    return best


def _wherever(found: list[Run]) -> list[Run]:
    """One run per shape, standing where its first member does."""
    members: dict[int, list[Run]] = {}
    for run in found:
        members.setdefault(run.shape, []).append(run)
    result = []
    for shape, same in members.items():
        if len(same) == 1:
            result.append(same[0])
        else:
            result.append(Run(shape, [position for run in same for position in run.positions], True))
    return result
