"""Whether anything in the source keeps a local receiver, stage *inventory*. In doubt, something does."""

from __future__ import annotations

import ast

from signaltrace.inventory.source.flow import CONNECTS
from signaltrace.inventory.source.scopes import Definable, Scope

# A function of this name is called once and done at once: what it leaves alone is gone.
_DONE_AT_ONCE = "ready"
# Decorators that keep nothing of what they are given.
_FORGETFUL = frozenset(("receiver", "wraps", "atomic", "staticmethod", "classmethod", "contextmanager"))


def nothing_keeps(scope: Scope, name: str, line: int) -> bool:
    """Whether a function's own name is all that keeps what it connects on ``line``, and not for long.

    The name must serve for nothing but the connecting and calls of what it names; and the function must
    end with it: one that waits, or goes on to other calls, may want it for just as long.
    """
    function = scope.node
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    uses = _Uses(name)
    body = function.body if isinstance(function.body, list) else [function.body]
    for each in body:
        uses.read(each, False)
    if uses.kept:
        return False
    own = function.name if not isinstance(function, ast.Lambda) else ""
    return own == _DONE_AT_ONCE or all(each <= line for each in uses.calls)


def is_forgotten(node: Definable) -> bool:
    """Whether no decorator may have put it somewhere."""
    return all(_last_name(each) in _FORGETFUL for each in node.decorator_list)


def _last_name(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


class _Uses:
    """What a function does with one of its names, and the lines of its other calls."""

    def __init__(self, name: str) -> None:
        self.kept = False
        self.calls: list[int] = []
        self._name = name

    def read(self, node: ast.AST, inner: bool) -> None:
        """``inner``: in a function within, which may be kept, and then keeps what it names."""
        if isinstance(node, ast.Name):
            self.kept = self.kept or (node.id == self._name and isinstance(node.ctx, ast.Load))
        elif isinstance(node, ast.Yield | ast.YieldFrom | ast.Await) and not inner:
            self.kept = True
        elif isinstance(node, ast.Call):
            self._call(node, inner)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            self._definition(node)
        else:
            for each in ast.iter_child_nodes(node):
                self.read(each, inner)

    def _call(self, node: ast.Call, inner: bool) -> None:
        function = node.func
        connects = isinstance(function, ast.Attribute) and function.attr in CONNECTS
        if not connects and not inner:
            self.calls.append(node.lineno)
        parts: list[ast.expr] = [*node.args, *(each.value for each in node.keywords)]
        if connects:
            parts = [each for each in parts if not self._is_it(each)]
        if inner or not self._is_it(function):
            parts.append(function)
        for each in parts:
            self.read(each, inner)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef) -> None:
        if isinstance(node, ast.Lambda):
            self.read(node.body, True)
            return
        for each in node.decorator_list:
            self.read(each, False)
        if node.name != self._name:
            for statement in node.body:
                self.read(statement, True)

    def _is_it(self, node: ast.expr) -> bool:
        """The name itself, or a method of it."""
        node = node.value if isinstance(node, ast.Attribute) else node
        return isinstance(node, ast.Name) and node.id == self._name
