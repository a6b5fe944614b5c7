"""What is around a line that may keep it from being run, stage *inventory*; and the calls that were met."""

from __future__ import annotations

import ast
import bisect
import re
from dataclasses import dataclass, replace

from signaltrace.inventory.source.imports import IMPORT_CALLS
from signaltrace.inventory.source.scopes import Definable, Scope

CONNECTS = frozenset(("connect", "disconnect"))
SENDS = frozenset(("send", "send_robust", "asend", "asend_robust"))
UPDATES = frozenset(("update", "aupdate"))
BULK = UPDATES | {"bulk_create", "abulk_create", "bulk_update", "abulk_update", "_raw_delete"}
SAVES = frozenset(("save", "asave"))
DELETES = frozenset(("delete", "adelete"))
CREATES = frozenset(
    ("create", "acreate", "get_or_create", "aget_or_create", "update_or_create", "aupdate_or_create")
)
METHODS = CONNECTS | SENDS | BULK | SAVES | DELETES | CREATES

_OF_INTEREST = re.compile(
    rf"\.\s*(?:{'|'.join(sorted(METHODS))})\b|:=|\b(?:{'|'.join(sorted(IMPORT_CALLS))})\b"
    r"|\b(?:import|def|class|global|nonlocal)\b"
)


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A ``for``, of a statement or a comprehension. ``is_async``: its elements are never literal."""

    target: ast.expr
    iterable: ast.expr
    scope: Scope
    is_async: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """The way to a line. ``conditional``: a branch decides whether it is run; ``guarded``: so may anything
    that is around or before it, a loop or a ``with`` too. ``loops``: those of the same function."""

    conditional: bool = False
    guarded: bool = False
    loops: tuple[Loop, ...] = ()

    def branch(self) -> Flow:
        """Below a condition."""
        return self if self.conditional and self.guarded else replace(self, conditional=True, guarded=True)

    def within(self, suppresses: bool = False) -> Flow:
        """Below a ``with``."""
        return replace(self, conditional=self.conditional or suppresses, guarded=True)

    def turn(self, loop: Loop) -> Flow:
        """Below a ``for``: what it goes through decides whether that is a condition."""
        return replace(self, guarded=True, loops=(*self.loops, loop))

    def called(self) -> Flow:
        """In a function that is defined here: no loop around it turns when it is called."""
        return Flow(self.conditional, False, ())


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A call of one of METHODS: ``method`` is the name."""

    call: ast.Call
    method: str
    scope: Scope
    flow: Flow

    @property
    def target(self) -> ast.expr:
        """What the method is called on."""
        function = self.call.func
        assert isinstance(function, ast.Attribute)
        return function.value


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A function or class: ``scope`` is the one around it, ``inner`` its own."""

    node: Definable
    qualname: str
    scope: Scope
    inner: Scope
    flow: Flow


class Lines:
    """The lines of a text on which something of interest may be: all the others need no looking at."""

    def __init__(self, text: str) -> None:
        starts = [0, *(each.end() for each in re.finditer("\n", text))]
        self._lines = [bisect.bisect_right(starts, each.start()) for each in _OF_INTEREST.finditer(text)]

    def any(self, first: int, last: int | None) -> bool:
        """Whether one is from ``first`` to ``last``."""
        at = bisect.bisect_left(self._lines, first)
        return at < len(self._lines) and self._lines[at] <= (first if last is None else last)
