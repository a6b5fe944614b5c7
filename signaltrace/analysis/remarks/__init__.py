"""Remarks, stage *analysis*: what the lines of a tree say besides their names; one file a kind, scanned.

A kind is a module that defines ``ORDER`` (the lowest come first) and one or both of ::

    def of_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]
    def of_dispatches(trace: Trace, rows: Sequence[Row]) -> list[Remark]

They are given the members of one line of the tree: calls of one receiver, or dispatches of one
shape, often a single one. What is looked up by span is to be indexed once a trace: see
:func:`once`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from signaltrace.rows import Row
from signaltrace.trace import Trace

T = TypeVar("T")

FACT = "fact"
CARE = "care"
WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: plain text, names in it as they are; ``weight`` is one of the three above.

    ``inline``: it stands behind the name, else on a line of its own below. ``place`` is a line of
    code it speaks of, ``(file, line)``.
    """

    text: str
    weight: str = FACT
    inline: bool = False
    place: tuple[str, int] | None = None


@cache
def _kinds() -> list[ModuleType]:
    modules = [import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    return sorted((each for each in modules if hasattr(each, "ORDER")), key=lambda each: each.ORDER)


def remarks_of_calls(trace: Trace, spans: Sequence[int]) -> list[Remark]:
    """What there is to say of calls of one receiver, given their span ids."""
    return [each for kind in _kinds() if hasattr(kind, "of_calls") for each in kind.of_calls(trace, spans)]


def remarks_of_dispatches(trace: Trace, rows: Sequence[Row]) -> list[Remark]:
    """What there is to say of dispatches of one shape."""
    wanted = [kind for kind in _kinds() if hasattr(kind, "of_dispatches")]
    return [each for kind in wanted for each in kind.of_dispatches(trace, rows)]


def once(trace: Trace, build: Callable[[Trace], T]) -> T:
    """What ``build`` makes of a trace, made once: traces do not change any more when they are looked at."""
    made: dict[Callable[[Trace], object], object] = trace.__dict__.setdefault("_made", {})
    if build not in made:
        made[build] = build(trace)
    return made[build]  # type: ignore[return-value]
