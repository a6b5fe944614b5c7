"""One walk over a module's statements, stage *inventory*: scopes, bindings, imports, definitions, calls."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from signaltrace.inventory.source.expressions import Expressions, bind_parameters, bind_target
from signaltrace.inventory.source.flow import Definition, Flow, Lines, Loop, Site
from signaltrace.inventory.source.imports import Brought
from signaltrace.inventory.source.scopes import (
    CLASS,
    DEFINITION,
    FUNCTION,
    IMPORT,
    LOOP,
    MODULE,
    OTHER,
    UNPACKED,
    VALUE,
    Binding,
    Definable,
    Scope,
)

# How a statement may leave what is around it before its end.
_STAYS = 0
_LEAVES_LOOP = 1
_LEAVES_FUNCTION = 2
_IMPORT_ERRORS = frozenset(("ImportError", "ModuleNotFoundError", "Exception"))


class Walk:
    """What a module's tree holds, once it is walked. Lines without interest are passed over."""

    def __init__(self, tree: ast.Module, text: str, module: str, is_package: bool) -> None:
        self.scope = Scope(MODULE)
        self.brought = Brought(module, is_package)
        self.definitions: list[Definition] = []
        self._expressions = Expressions(self.brought)
        self._lines = Lines(text)
        self._fallback = self._typing = 0
        self._body(tree.body, self.scope, Flow())
        self.sites: list[Site] = sorted(
            self._expressions.sites,
            key=lambda each: (each.call.end_lineno or 0, each.call.end_col_offset or 0),
        )

    def _body(self, statements: list[ast.stmt], scope: Scope, flow: Flow) -> int:
        left = _STAYS
        for each in statements:
            read = _READERS.get(type(each))
            leaves = self._plain(each, scope, flow) if read is None else read(self, each, scope, flow)
            if leaves:
                left |= leaves
                flow = flow.branch()
        return left

    def _read(self, node: ast.AST | None, scope: Scope, flow: Flow) -> None:
        if node is not None and self._lines.any(node.lineno, node.end_lineno):  # type: ignore[attr-defined]
            self._expressions.read(node, scope, flow)

    def _plain(self, node: ast.stmt, scope: Scope, flow: Flow) -> int:
        self._read(node, scope, flow)
        if isinstance(node, ast.Break | ast.Continue):
            return _LEAVES_LOOP
        # what a module raises ends its import: all that comes after is reached by one that is imported
        leaves = isinstance(node, ast.Return | ast.Raise) and scope.function() is not None
        return _LEAVES_FUNCTION if leaves else _STAYS

    def _import(self, node: ast.Import, scope: Scope, flow: Flow) -> int:
        for each in node.names:
            local = each.asname or each.name.partition(".")[0]
            absolute = each.name if each.asname else local
            self._bring(scope, local, absolute)
            if absolute != each.name and not self._typing:
                self.brought.note(each.name, each.name, scope.kind != MODULE)
        return _STAYS

    def _import_from(self, node: ast.ImportFrom, scope: Scope, flow: Flow) -> int:
        base = self.brought.base(node)
        for each in node.names:
            if base is None:
                scope.bind(each.asname or each.name, Binding(OTHER))
            elif each.name == "*":
                self.brought.note("*", base, scope.kind != MODULE)
            else:
                self._bring(scope, each.asname or each.name, f"{base}.{each.name}")
        return _STAYS

    def _bring(self, scope: Scope, local: str, absolute: str) -> None:
        binding = Binding(IMPORT, name=absolute, fallback=self._fallback > 0, typing=self._typing > 0)
        scope.bind(local, binding)
        if not self._typing:
            self.brought.note(local, absolute, scope.kind != MODULE)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, flow: Flow) -> int:
        inner = self._define(node, scope, flow, FUNCTION)
        bind_parameters(inner, node.args)
        arguments = node.args
        for each in (*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)):
            self._read(each, scope, flow)
        if node.body and self._lines.any(node.body[0].lineno, node.end_lineno):
            self._body(node.body, inner, flow.called())
        return _STAYS

    def _class(self, node: ast.ClassDef, scope: Scope, flow: Flow) -> int:
        inner = self._define(node, scope, flow, CLASS)
        for each in (*node.bases, *(one.value for one in node.keywords)):
            self._read(each, scope, flow)
        self._body(node.body, inner, flow)
        return _STAYS

    def _define(self, node: Definable, scope: Scope, flow: Flow, kind: str) -> Scope:
        qualname = scope.qualname_of(node.name)
        inner = Scope(kind, qualname, scope, node)
        scope.bind(node.name, self._binding(DEFINITION, node))
        self.definitions.append(Definition(node, qualname, scope, inner, flow))
        for each in node.decorator_list:
            self._read(each, scope, flow)
        return inner

    def _binding(self, kind: str, node: ast.AST | None) -> Binding:
        return Binding(kind, node, fallback=self._fallback > 0, typing=self._typing > 0)

    def _assign(self, node: ast.Assign, scope: Scope, flow: Flow) -> int:
        self._read(node, scope, flow)
        for each in node.targets:
            self._assigned(each, node.value, scope)
        return _STAYS

    def _annotated(self, node: ast.AnnAssign, scope: Scope, flow: Flow) -> int:
        self._read(node, scope, flow)
        if node.value is not None:
            self._assigned(node.target, node.value, scope)
        return _STAYS

    def _assigned(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            scope.bind(target.id, self._binding(VALUE, value))
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            starred = any(isinstance(each, ast.Starred) for each in (*target.elts, *parts))
            if len(parts) == len(target.elts) and not starred:
                for inner, part in zip(target.elts, parts, strict=True):
                    self._assigned(inner, part, scope)
            else:
                bind_target(scope, target, self._binding(UNPACKED, value))

    def _rebound(self, node: ast.AugAssign | ast.Delete, scope: Scope, flow: Flow) -> int:
        self._read(node, scope, flow)
        for each in node.targets if isinstance(node, ast.Delete) else [node.target]:
            bind_target(scope, each, Binding(OTHER))
        return _STAYS

    def _declared(self, node: ast.Global | ast.Nonlocal, scope: Scope, flow: Flow) -> int:
        scope.declare(node.names, isinstance(node, ast.Global))
        return _STAYS

    def _if(self, node: ast.If, scope: Scope, flow: Flow) -> int:
        self._read(node.test, scope, flow)
        typing = _is_for_types(node.test)
        self._typing += typing
        left = self._body(node.body, scope, flow.branch())
        self._typing -= typing
        return left | self._body(node.orelse, scope, flow.branch())

    def _while(self, node: ast.While, scope: Scope, flow: Flow) -> int:
        self._read(node.test, scope, flow)
        left = self._body(node.body, scope, flow.branch()) & ~_LEAVES_LOOP
        return left | self._body(node.orelse, scope, flow.branch())

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope, flow: Flow) -> int:
        self._read(node.iter, scope, flow)
        bind_target(scope, node.target, Binding(LOOP, node.iter))
        loop = Loop(node.target, node.iter, scope, isinstance(node, ast.AsyncFor))
        left = self._body(node.body, scope, flow.turn(loop)) & ~_LEAVES_LOOP
        return left | self._body(node.orelse, scope, flow.branch())

    def _try(self, node: Any, scope: Scope, flow: Flow) -> int:
        """``try`` and ``try … except*``."""
        tried = flow.branch() if node.handlers else flow
        left = self._body(node.body, scope, tried)
        for each in node.handlers:
            self._read(each.type, scope, flow)
            if each.name:
                scope.bind(each.name, Binding(OTHER))
            fallback = _catches_import_errors(each.type)
            self._fallback += fallback
            left |= self._body(each.body, scope, flow.branch())
            self._fallback -= fallback
        left |= self._body(node.orelse, scope, tried)
        return left | self._body(node.finalbody, scope, flow)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope, flow: Flow) -> int:
        suppresses = False
        for each in node.items:
            self._read(each.context_expr, scope, flow)
            suppresses = suppresses or _is_suppress(each.context_expr)
            if each.optional_vars is not None:
                bind_target(scope, each.optional_vars, Binding(OTHER))
        return self._body(node.body, scope, flow.within(suppresses))

    def _match(self, node: ast.Match, scope: Scope, flow: Flow) -> int:
        self._read(node.subject, scope, flow)
        left = _STAYS
        for case in node.cases:
            for each in ast.walk(case.pattern):
                name = each.rest if isinstance(each, ast.MatchMapping) else getattr(each, "name", None)
                if isinstance(name, str):
                    scope.bind(name, Binding(OTHER))
            self._read(case.guard, scope, flow)
            left |= self._body(case.body, scope, flow.branch())
        return left


_READERS: dict[type[ast.stmt], Callable[[Walk, Any, Scope, Flow], int]] = {
    ast.Import: Walk._import,
    ast.ImportFrom: Walk._import_from,
    ast.FunctionDef: Walk._function,
    ast.AsyncFunctionDef: Walk._function,
    ast.ClassDef: Walk._class,
    ast.Assign: Walk._assign,
    ast.AnnAssign: Walk._annotated,
    ast.AugAssign: Walk._rebound,
    ast.Delete: Walk._rebound,
    ast.Global: Walk._declared,
    ast.Nonlocal: Walk._declared,
    ast.If: Walk._if,
    ast.While: Walk._while,
    ast.For: Walk._for,
    ast.AsyncFor: Walk._for,
    ast.Try: Walk._try,
    ast.TryStar: Walk._try,
    ast.With: Walk._with,
    ast.AsyncWith: Walk._with,
    ast.Match: Walk._match,
}


def _is_for_types(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
    return name == "TYPE_CHECKING"


def _catches_import_errors(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_catches_import_errors(each) for each in kind.elts)
    return kind is None or (isinstance(kind, ast.Name) and kind.id in _IMPORT_ERRORS)


def _is_suppress(manager: ast.expr) -> bool:
    function = manager.func if isinstance(manager, ast.Call) else manager
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name == "suppress"
