"""Whether a function takes or reads ``raw``, stage *inventory*. One that hands its keywords on may."""

from __future__ import annotations

import ast
import re

from signaltrace.inventory.source.scopes import Function, parameters_of
from signaltrace.inventory.source.text import Text

_RAW = "raw"
_LOOK_UPS = frozenset(("get", "pop", "setdefault", "__getitem__", "__contains__"))


def reads_raw(node: ast.FunctionDef | ast.AsyncFunctionDef, decorators: tuple[str, ...], text: Text) -> bool:
    """Whether ``raw`` is a parameter, is asked of ``**kwargs``, or may be by what kwargs is given to."""
    if any(each.arg == _RAW for each in parameters_of(node.args)):
        return True
    if any(_RAW in each.partition("(")[0].lower() for each in decorators):
        return True
    name = node.args.kwarg.arg if node.args.kwarg is not None else ""
    if not name or not node.body:
        return False
    body = text.lines[node.body[0].lineno - 1 : node.end_lineno]
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    if not any(pattern.search(each) for each in body):
        return False
    return any(_asks(each, name) for each in node.body)


def _asks(node: ast.AST, name: str) -> bool:
    """Whether ``raw`` is looked up in the keywords, or they are used in a way that may look it up."""
    waiting: list[ast.AST] = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and node.id == name:
            return True
        key = _key(node, name)
        if key is not None:
            if not isinstance(key, ast.Constant) or key.value == _RAW:
                return True
            waiting.extend(each for each in ast.iter_child_nodes(node) if not _holds(each, name))
        elif isinstance(node, Function) and _rebinds(node, name):
            continue
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _key(node: ast.AST, name: str) -> ast.expr | None:
    """The key of ``kwargs[key]``, ``kwargs.get(key)`` and ``key in kwargs``."""
    if isinstance(node, ast.Subscript) and _is(node.value, name):
        return node.slice
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is(node.func.value, name):
        return node.args[0] if node.func.attr in _LOOK_UPS and node.args else None
    if isinstance(node, ast.Compare) and len(node.comparators) == 1 and _is(node.comparators[0], name):
        return node.left if isinstance(node.ops[0], ast.In | ast.NotIn) else None
    return None


def _holds(node: ast.AST, name: str) -> bool:
    """The name of the keywords itself, or a method of them."""
    return _is(node.value if isinstance(node, ast.Attribute) else node, name)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _rebinds(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    """Whether a function within has parameters of the same name."""
    stars = [each.arg for each in (node.args.kwarg, node.args.vararg) if each is not None]
    return name in stars or any(each.arg == name for each in parameters_of(node.args))
