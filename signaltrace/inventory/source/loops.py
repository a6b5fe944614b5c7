"""Loops over what is written out, stage *inventory*: turn by turn; over anything else they stay undecided."""

from __future__ import annotations

import ast
import re

from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.flow import Flow, Loop
from signaltrace.inventory.source.names import Names, Turn
from signaltrace.inventory.source.scopes import Scope

MAX_TURNS = 500
_MAX_DEPTH = 12
# What gives the elements of its argument, if perhaps in another order.
_SAME_ELEMENTS = frozenset(("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter"))
_CHANGES = "append|appendleft|extend|insert|add|update|remove|pop|popitem|clear|discard|setdefault"

Element = tuple[ast.expr, Scope]


class Loops:
    """The turns that the loops around a line take."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def turns(self, flow: Flow) -> tuple[list[Turn], bool]:
        """What the loop variables are in each turn, and whether all the loops could be read."""
        turns: list[Turn] = [{}]
        decided = True
        for loop in flow.loops:
            longer: list[Turn] = []
            for turn in turns:
                found = None if loop.is_async else self.elements(loop.iterable, _outside(loop), turn)
                if found is None or len(found) * len(turns) > MAX_TURNS:
                    decided = False
                    longer.append(turn)
                else:
                    longer.extend(turn | self._taken(loop.target, each, loop.scope) for each in found)
            turns = longer
        return turns, decided

    def elements(self, node: ast.expr, scope: Scope, turn: Turn, depth: int = 0) -> list[Element] | None:
        """What going through an expression gives, where all of it is written out; None where it is not."""
        if depth > _MAX_DEPTH:
            return None
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._items(node.elts, scope, turn, depth)
        if isinstance(node, ast.Dict):
            keys = [each for each in node.keys if each is not None]
            return [(each, scope) for each in keys] if len(keys) == len(node.keys) else None
        if isinstance(node, ast.Name):
            return self._constant(node.id, scope, turn, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
            left = self.elements(node.left, scope, turn, depth + 1)
            right = self.elements(node.right, scope, turn, depth + 1)
            return None if left is None or right is None else left + right
        return self._called(node, scope, turn, depth) if isinstance(node, ast.Call) else None

    def _items(self, items: list[ast.expr], scope: Scope, turn: Turn, depth: int) -> list[Element] | None:
        found: list[Element] = []
        for each in items:
            if isinstance(each, ast.Starred):
                inner = self.elements(each.value, scope, turn, depth + 1)
                if inner is None:
                    return None
                found += inner
            else:
                found.append((each, scope))
        return found

    def _constant(self, name: str, scope: Scope, turn: Turn, depth: int) -> list[Element] | None:
        single = self._names.single(name, scope)
        if single is None:
            return None
        owner, binding = single
        if binding.kind == scopes.LOOP and (id(owner), name) in turn:
            node, scope = turn[id(owner), name]
            return self.elements(node, scope, turn, depth + 1)
        if binding.kind != scopes.VALUE or not isinstance(binding.node, ast.expr) or self._is_changed(name):
            return None
        return self.elements(binding.node, owner, turn, depth + 1)

    def _called(self, node: ast.Call, scope: Scope, turn: Turn, depth: int) -> list[Element] | None:
        function, first = node.func, node.args[0] if node.args else None
        if isinstance(function, ast.Attribute) and first is None and not node.keywords:
            return self._of_dict(function, scope, turn, depth)
        if not isinstance(function, ast.Name) or first is None or scope.find(function.id) is not None:
            return None
        if function.id in _SAME_ELEMENTS and len(node.args) == 1:
            return self.elements(first, scope, turn, depth + 1)
        if function.id == "enumerate":
            found = self.elements(first, scope, turn, depth + 1) or []
            return [
                (_pair(ast.Constant(number), each), inner) for number, (each, inner) in enumerate(found)
            ] or None
        return None

    def _of_dict(self, method: ast.Attribute, scope: Scope, turn: Turn, depth: int) -> list[Element] | None:
        """``.items()``, ``.keys()`` and ``.values()`` of a dict that is written out."""
        node: ast.expr | None = method.value
        if isinstance(node, ast.Name):
            single = self._names.single(node.id, scope)
            if single is None or self._is_changed(node.id):
                return None
            scope, node = single[0], single[1].node if single[1].kind == scopes.VALUE else None  # type: ignore[assignment]
        if not isinstance(node, ast.Dict) or None in node.keys:
            return None
        pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
        if method.attr == "items":
            return [(_pair(key, value), scope) for key, value in pairs]
        if method.attr == "keys":
            return [(key, scope) for key, _ in pairs]
        return [(value, scope) for _, value in pairs] if method.attr == "values" else None

    def _is_changed(self, name: str) -> bool:
        """Whether something in the file may add to what a name holds, or take from it: by the letter."""
        pattern = rf"\b{re.escape(name)}\s*(?:\.\s*(?:{_CHANGES})\b|\[[^\]\n]*\]\s*[+|]?=(?!=)|[+|&-]=)"
        return re.search(pattern, self._names.text.whole) is not None

    def _taken(self, target: ast.expr, element: Element, scope: Scope) -> Turn:
        """The element in the loop's variables, taken apart where it is a pair that is written out."""
        node, inner = element
        if isinstance(target, ast.Name):
            owner = scope.find(target.id)
            return {} if owner is None else {(id(owner), target.id): element}
        if not isinstance(target, ast.Tuple | ast.List) or not isinstance(node, ast.Tuple | ast.List):
            return {}
        starred = any(isinstance(each, ast.Starred) for each in (*target.elts, *node.elts))
        if starred or len(target.elts) != len(node.elts):
            return {}
        taken: Turn = {}
        for part, value in zip(target.elts, node.elts, strict=True):
            taken |= self._taken(part, (value, inner), scope)
        return taken


def _outside(loop: Loop) -> Scope:
    """Where a loop's iterable is read: a comprehension's is read around it."""
    if loop.scope.kind == scopes.COMPREHENSION and loop.scope.parent is not None:
        return loop.scope.parent
    return loop.scope


def _pair(first: ast.expr, second: ast.expr) -> ast.Tuple:
    """A pair of two expressions, at the place of the second."""
    pair = ast.Tuple(elts=[first, second], ctx=ast.Load())
    ast.copy_location(first, second) if not hasattr(first, "lineno") else None
    return ast.copy_location(pair, second)
