"""The lines of a tree, stage *analysis*: what each stands for, and what is above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.analysis.asides import Aside
from signaltrace.analysis.groups import CallGroup, DispatchGroup
from signaltrace.analysis.spans import Times
from signaltrace.trace import ErrorInfo, ReceiverInfo


class Guides:
    """Per call above a line, outermost first, whether receivers follow it.

    Lines share what is above them: a tuple each would be quadratic in a trace that is all depth.
    """

    __slots__ = ("_above", "_depth", "_follows")

    def __init__(self, above: Guides | None = None, follows: bool = False) -> None:
        self._above = above
        self._depth: int = 0 if above is None else above._depth + 1
        self._follows = follows

    def __len__(self) -> int:
        return self._depth

    def __iter__(self) -> Iterator[bool]:
        found = []
        step = self
        while step._above is not None:
            found.append(step._follows)
            step = step._above
        return reversed(found)


@dataclass(frozen=True, slots=True)
class DispatchLine:
    """One dispatch, or many of one shape. ``error`` is set where no receiver of it accounts for it."""

    group: DispatchGroup
    times: Times
    guides: Guides
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class CallLine:
    """One receiver's call, or many of one shape.

    ``from_below``: the error was raised by a dispatch it sent. ``hidden``: dispatches too deep to show.
    """

    group: CallGroup
    times: Times
    guides: Guides
    last: bool
    from_below: bool = False
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class NotCalledLine:
    """Receivers a dispatch never came to, because one before raised, or that were ``muted``."""

    receivers: tuple[ReceiverInfo, ...]
    more: int
    guides: Guides
    times_over: int = 1
    muted: bool = False
    last: bool = True


@dataclass(frozen=True, slots=True)
class AsideLine:
    """Something that happened between dispatches, with what it kept from running: see asides."""

    aside: Aside
    guides: Guides


@dataclass(frozen=True, slots=True)
class TurnsLine:
    """So many ``turns`` of a cycle that are not shown one by one; ``turn``: the lines each would have."""

    turns: int
    turn: tuple[Line, ...]
    guides: Guides


Line = DispatchLine | CallLine | NotCalledLine | AsideLine | TurnsLine
