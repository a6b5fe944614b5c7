"""Cycles that turn many times, stage *analysis*: the turns of a tree that say nothing the one before did not.

A turn is what lies below a call that is inside itself, up to the next call of the same receiver further in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from signaltrace.analysis.outline_lines import AsideLine, CallLine, DispatchLine, Line, NotCalledLine
from signaltrace.analysis.reentry import reentries
from signaltrace.trace import Trace

# Fewer are not worth a line that stands for them.
_LEAST = 2
# A turn of more lines than this is shown each time: it is looked through once for each cycle it is in.
_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Folded:
    """Turns below a call that are not shown: how many, the lines of each, and the call whose turn, the
    ``last`` of them, is shown in their place."""

    turns: int
    turn: tuple[Line, ...]
    last: CallLine


@dataclass(frozen=True, slots=True)
class _Turn:
    """One turn: its lines, what makes it like another, and the call the next one is below."""

    lines: tuple[Line, ...]
    shape: tuple[Hashable, ...]
    onward: CallLine


class Turns:
    """Finds them while a tree is walked, parents first; ``below`` gives the lines right below one."""

    def __init__(self, trace: Trace, below: Callable[[Line], Sequence[Line]]) -> None:
        self._trace = trace
        self._below = below
        self._inside = reentries(trace)
        self._known: dict[int, Folded | None] = {}

    def folded(self, line: CallLine) -> Folded | None:
        """The turns below this call that are all like the one before it; None where they are to be shown."""
        span = line.group.first.id
        if span not in self._inside:
            return None
        if span in self._known:
            return self._known.pop(span)
        self._look_ahead(line)
        return None

    def _look_ahead(self, line: CallLine) -> None:
        """From a turn that is shown: those after it that are like it, but for the last of them."""
        first = self._turn(line)
        if first is None:
            return
        last = call = first.onward
        alike = 0
        while (turn := self._turn(call)) is not None and turn.shape == first.shape:
            alike += 1
            last, call = call, turn.onward
        if alike > _LEAST:
            folded = Folded(alike - 1, first.lines, last)
            self._known[first.onward.group.first.id] = folded

    def _turn(self, line: CallLine) -> _Turn | None:
        """The turn below a call; None where the cycle ends, or goes on in several ways."""
        first = line.group.first
        depth = self._inside[first.id].depth + 1
        onward: CallLine | None = None
        lines: list[Line] = []
        stack = [*reversed(self._below(line))]
        while stack:
            each = stack.pop()
            lines.append(each)
            if len(lines) > _MOST_LINES:
                return None
            if isinstance(each, CallLine) and each.group.first.receiver == first.receiver:
                inside = self._inside.get(each.group.first.id)
                if inside is not None and inside.depth == depth:
                    if onward is not None:
                        return None
                    onward = each
                    continue
            stack.extend(reversed(self._below(each)))
        if onward is None:
            return None
        above = len(line.guides)
        shape = tuple((len(each.guides) - above, *_shape(each, each is onward)) for each in lines)
        return _Turn(tuple(lines), shape, onward)


def _shape(line: Line, is_onward: bool) -> tuple[Hashable, ...]:
    """What a line says, but for times, arguments and remarks. Of the call that leads on it is no matter
    whether its error came from below: the innermost raised it."""
    if isinstance(line, DispatchLine):
        error = line.error.type if line.error else None
        return "dispatch", line.group.rows[0][2], len(line.group.rows), error
    if isinstance(line, CallLine):
        call = line.group.first
        error = call.error[0] if call.error else None
        return "call", call.receiver, len(line.group), call.outcome, error, line.from_below and not is_onward
    if isinstance(line, NotCalledLine):
        return "not called", line.receivers, line.more, line.times_over, line.muted
    if isinstance(line, AsideLine):
        aside = line.aside
        return "aside", aside.name, aside.sender, aside.missed, aside.why, aside.count, aside.rows
    return ("turns",)
