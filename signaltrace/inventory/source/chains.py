"""Chains of manager and queryset methods, stage *inventory*: ``Book.objects.filter(…)`` is about Book."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from signaltrace.declarations import LABEL, NAME, UNDECIDED, Reference
from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.names import Names, Turn
from signaltrace.inventory.source.scopes import Scope

_QUERYSET = frozenset(
    (
        "all", "alias", "annotate", "complex_filter", "dates", "datetimes", "db_manager", "defer",
        "difference", "distinct", "exclude", "extra", "filter", "get_queryset", "intersection", "none",
        "only", "order_by", "prefetch_related", "raw", "reverse", "select_for_update", "select_related",
        "union", "using", "values", "values_list",
    )
)  # fmt: skip
# What gives something else than a queryset of the same model.
_LEAVES = frozenset(
    (
        "aggregate", "count", "create", "earliest", "exists", "explain", "first", "get", "get_or_create",
        "in_bulk", "iterator", "last", "latest", "update_or_create", "aaggregate", "acount", "acreate",
        "aearliest", "aexists", "aexplain", "afirst", "aget", "aget_or_create", "ain_bulk", "aiterator",
        "alast", "alatest", "aupdate_or_create",
    )
)  # fmt: skip
_MAX_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Chain:
    """What a method is called on: its model so far as the text tells; whether it looks like a queryset."""

    model: Reference
    is_queryset: bool = False


@dataclass(frozen=True, slots=True)
class _Parts:
    """The dotted expressions a chain begins with, outermost last, and the methods it calls in order."""

    dotted: list[ast.expr]
    methods: list[str]
    broken: bool  # an attribute is taken from what a method returned


class Chains:
    """Reads the chains of one module."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def read(self, node: ast.expr, scope: Scope, turn: Turn, depth: int = 0) -> Chain:
        """What ``node`` is, on which ``update()``, say, is called."""
        undecided = Reference(UNDECIDED, "", self._names.text.of(node))
        parts = _taken_apart(node)
        shaped = any(each in _QUERYSET for each in parts.methods)
        shaped = shaped or any(_is_manager(_own_name(each)) for each in parts.dotted[1:])
        shaped = shaped and not (parts.methods and parts.methods[-1] in _LEAVES)
        if not parts.dotted or depth > _MAX_DEPTH:
            return Chain(undecided, shaped)
        same = not parts.broken and not any(each in _LEAVES for each in parts.methods)
        model = self._model(parts.dotted, scope, turn)
        if model is not None:
            return Chain(model if same else undecided, shaped or same)
        root = parts.dotted[0]
        if isinstance(root, ast.Name) and len(parts.dotted) == 1:
            known = self._variable(root.id, scope, turn, depth)
            if known is not None:
                return Chain(known.model if same else undecided, shaped or known.is_queryset)
        return Chain(undecided, shaped)

    def _model(self, dotted: list[ast.expr], scope: Scope, turn: Turn) -> Reference | None:
        """The class before the manager: a name that is written as a class's, or a label that is asked for."""
        if len(dotted) != 2 and not (len(dotted) > 2 and self._is_class_at(dotted, scope, turn)):
            return None
        node = dotted[-2]
        found = self._names.reference(node, scope, turn)
        if found.kind == LABEL:
            return found
        own = _own_name(node)
        named = own[:1].isupper() or found.name.rpartition(".")[2][:1].isupper() or own == "through"
        if not named:
            return None
        return found if found.kind == NAME else Reference(UNDECIDED, "", found.text)

    def _is_class_at(self, dotted: list[ast.expr], scope: Scope, turn: Turn) -> bool:
        """Whether ``models.Book.objects``, and not ``Book.objects.tags``: no class comes before the last."""
        names = [_own_name(each) for each in dotted[:-1]]
        return names[-1] == "through" or not any(each[:1].isupper() for each in names[:-1])

    def _variable(self, name: str, scope: Scope, turn: Turn, depth: int) -> Chain | None:
        """A queryset kept in a name: everything it is bound to must be about the same model."""
        owner, found = self._names.bindings(name, scope)
        if owner is None or any(each.kind != scopes.VALUE for each in found):
            return None
        chains = []
        for each in found:
            if not isinstance(each.node, ast.expr) or _begins_with(each.node, name):
                continue  # books = books.filter(…) is about the same model
            chain = self.read(each.node, owner, turn, depth + 1)
            if not chain.is_queryset:
                return None
            chains.append(chain)
        models = {(each.model.kind, each.model.name) for each in chains}
        if not chains or len(models) > 1:
            return Chain(Reference(UNDECIDED, "", name), bool(chains))
        return chains[0]


def _taken_apart(node: ast.expr) -> _Parts:
    """``Book.objects.filter(…).exclude(…)``: Book, Book.objects; filter, exclude."""
    # from the outermost step inwards: an attribute's node, a called method's name, None for anything else
    steps: list[ast.expr | str | None] = []
    while not isinstance(node, ast.Name) and not _is_model_call(node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            steps.append(node.func.attr)
            node = node.func.value
        elif isinstance(node, ast.Attribute):
            steps.append(node)
            node = node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            node = node.value
        elif isinstance(node, ast.Subscript | ast.Await):
            steps.append(None)
            node = node.value
        else:
            return _Parts([], [each for each in steps[::-1] if isinstance(each, str)], True)
    dotted = [node]
    while steps and isinstance(steps[-1], ast.expr):
        dotted.append(steps.pop())  # type: ignore[arg-type]
    methods = [each for each in steps[::-1] if isinstance(each, str)]
    return _Parts(dotted, methods, len(methods) < len(steps))


def _is_model_call(node: ast.expr) -> bool:
    """``get_user_model()``, ``apps.get_model(…)``: a chain may begin with one."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return False
    return _own_name(node.func) in ("get_user_model", "get_model")


def _begins_with(node: ast.expr, name: str) -> bool:
    parts = _taken_apart(node)
    return bool(parts.methods) and bool(parts.dotted) and _own_name(parts.dotted[0]) == name


def _own_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_manager(name: str) -> bool:
    return name.endswith("objects") or "manager" in name.lower()
