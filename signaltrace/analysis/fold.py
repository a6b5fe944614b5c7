"""Repeated siblings folded into one, stage *analysis*: by shape, at every level.

Two dispatches have one shape when signal, sender, method, receivers, outcomes and the shapes of
all that is below are the same. Arguments may differ, but for the action of ``m2m_changed``, which
is a signal in all but name; so may how often something below was repeated. Shapes are small
integers found bottom up in one pass; groups are made top down, and only for what is looked at, so
a million spans never become a million objects.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from signaltrace.analysis.forest import Forest
from signaltrace.analysis.groups import CallGroup, DispatchGroup, Members
from signaltrace.analysis.runs import runs
from signaltrace.analysis.spans import went_well
from signaltrace.rows import Call, Row
from signaltrace.span import arguments_dict


class Fold:
    """A forest's dispatches in groups: the roots, a group's calls, what those sent."""

    def __init__(self, forest: Forest) -> None:
        self._forest = forest
        self._numbers: dict[Hashable, int] = {}
        self._shapes: dict[int, int] = {}
        plain = forest.visible is None
        trace = forest.trace
        within = forest.senders_within()
        self._actions = actions = _routes_with_actions(forest)
        numbers, shapes = self._numbers, self._shapes
        for row in reversed(forest.parents_first(within)):
            key: Hashable
            number = row[0]
            if not (plain and went_well(trace, row)) or row[2] in actions:
                key = self._dispatch_key(row)
            elif number in within:
                key = (row[2], self._sending_calls(row, within[number]))
            else:
                key = (row[2], tuple(row[7][::3]))
            shapes[number] = numbers.setdefault(key, len(numbers))

    def roots(self) -> list[DispatchGroup]:
        """The outermost dispatches."""
        return self._grouped([self._forest.roots()])

    def calls(self, group: DispatchGroup) -> list[CallGroup]:
        """The receiver calls of a group's dispatches, in receiver order."""
        shared = Members(self._forest, group.rows)
        numbers = self._numbers
        shapes = [numbers.setdefault(("call", self._call_key(call)), len(numbers)) for call in shared.first]
        return [CallGroup(shared, run.positions, run.in_turn) for run in runs(shapes)]

    def below(self, group: CallGroup) -> list[DispatchGroup]:
        """The dispatches a group of calls sent."""
        return self._grouped(group.families())

    def _grouped(self, families: Sequence[Sequence[Row]]) -> list[DispatchGroup]:
        """Sibling rows in groups; several families of one shape are laid over each other."""
        if families and all(len(family) == 1 for family in families):
            return [DispatchGroup([family[0] for family in families])]
        shapes = self._shapes
        groups: list[list[Row]] = []
        in_turn: list[bool] = []
        for family in families:
            found = runs([shapes[row[0]] for row in family])
            if not groups:
                groups = [[] for _ in found]
                in_turn = [False for _ in found]
            for at, run in enumerate(found):
                positions = run.positions
                if isinstance(positions, range):
                    groups[at].extend(family[positions.start : positions.stop])
                else:
                    groups[at].extend([family[position] for position in positions])
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
            tuple(extra.get("muted", ())),
            bool(extra.get("opaque")),
            error[0] if error else None,
            arguments_dict(row[8]).get("action") if row[2] in self._actions else None,
        )
        return key if rare == ((), (), False, None, None) else (*key, str(rare))

    def _sending_calls(self, row: Row, senders: Sequence[int]) -> tuple[Hashable, ...]:
        """The keys of a row's calls where all went well and some sent something, read off the row."""
        keys: list[Hashable] = list(row[7][::3])
        for span in senders:
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
