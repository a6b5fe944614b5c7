"""Calls of ``instance.save()`` in a function, stage *inventory*, and which of them nothing prevents."""

from __future__ import annotations

import ast

from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.flow import SAVES, Site
from signaltrace.inventory.source.scopes import Binding, Scope

_INSTANCE = "instance"
_LOOK_UPS = frozenset(("get", "pop"))
_MAX_DEPTH = 4


def saving_scope(site: Site) -> Scope | None:
    """The function whose ``instance`` a call saves; None where it saves something else."""
    return _owner(site.target, site.scope, 0) if site.method in SAVES else None


def is_unguarded(site: Site, disconnects: list[Site]) -> bool:
    """Whether nothing is around or before it: no branch, loop, ``with`` or early end, no ``disconnect``."""
    function = site.scope.function()
    before = (each for each in disconnects if each.call.lineno <= site.call.lineno)
    return not site.flow.guarded and not any(each.scope.function() is function for each in before)


def _owner(node: ast.expr, scope: Scope, depth: int) -> Scope | None:
    if depth > _MAX_DEPTH:
        return None
    if not isinstance(node, ast.Name):
        return _keywords_owner(node, scope)
    owner = scope.find(node.id)
    if owner is None or owner.kind != scopes.FUNCTION or len(owner.bindings[node.id]) != 1:
        return None
    binding: Binding = owner.bindings[node.id][0]
    if binding.kind == scopes.PARAMETER:
        return owner if node.id == _INSTANCE else None
    if binding.kind == scopes.VALUE and isinstance(binding.node, ast.expr):
        return _owner(binding.node, owner, depth + 1)
    return None


def _keywords_owner(node: ast.expr, scope: Scope) -> Scope | None:
    """The function of ``kwargs["instance"]`` and ``kwargs.get("instance")``."""
    if isinstance(node, ast.Subscript):
        of, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
        if node.func.attr not in _LOOK_UPS:
            return None
        of, key = node.func.value, node.args[0]
    else:
        return None
    if not isinstance(of, ast.Name) or not isinstance(key, ast.Constant) or key.value != _INSTANCE:
        return None
    owner = scope.find(of.id)
    function = None if owner is None else owner.node
    if not isinstance(function, scopes.Function) or function.args.kwarg is None:
        return None
    return owner if function.args.kwarg.arg == of.id else None
