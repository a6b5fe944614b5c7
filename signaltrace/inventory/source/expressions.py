"""The calls of interest inside expressions, stage *inventory*, with what decides whether they are reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from signaltrace.inventory.source.flow import METHODS, Flow, Loop, Site
from signaltrace.inventory.source.imports import IMPORT_CALLS, Brought
from signaltrace.inventory.source.scopes import (
    COMPREHENSION,
    FUNCTION,
    LOOP,
    OTHER,
    PARAMETER,
    VALUE,
    Binding,
    Scope,
)

_Step = tuple[ast.AST, Scope, Flow]
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Expressions:
    """Goes through expressions without recursion: a chain of calls is as deep as it is long."""

    def __init__(self, brought: Brought) -> None:
        self.sites: list[Site] = []
        self._brought = brought

    def read(self, node: ast.AST, scope: Scope, flow: Flow) -> None:
        """Note the calls in an expression and the names it binds."""
        waiting: list[_Step] = [(node, scope, flow)]
        while waiting:
            node, scope, flow = waiting.pop()
            if isinstance(node, ast.Name | ast.Constant):
                continue
            if isinstance(node, ast.Call):
                self._called(node, scope, flow)
            waiting.extend(_inside(node, scope, flow))

    def _called(self, node: ast.Call, scope: Scope, flow: Flow) -> None:
        function = node.func
        if isinstance(function, ast.Attribute):
            name = function.attr
            if name in METHODS:
                self.sites.append(Site(node, name, scope, flow))
        else:
            name = function.id if isinstance(function, ast.Name) else ""
        if name in IMPORT_CALLS:
            self._brought.called(node, name)


def _inside(node: ast.AST, scope: Scope, flow: Flow) -> Iterator[_Step]:
    if isinstance(node, ast.Lambda):
        yield from _lambda(node, scope, flow)
    elif isinstance(node, _Comprehension):
        yield from _comprehension(node, scope, flow)
    elif isinstance(node, ast.BoolOp):
        yield node.values[0], scope, flow
        yield from ((each, scope, flow.branch()) for each in node.values[1:])
    elif isinstance(node, ast.IfExp):
        yield node.test, scope, flow
        yield from ((each, scope, flow.branch()) for each in (node.body, node.orelse))
    else:
        if isinstance(node, ast.NamedExpr):
            owner = next(each for each in scope.around() if each.kind != COMPREHENSION)
            value = node.value if owner is scope else None
            owner.bind(node.target.id, Binding(OTHER if value is None else VALUE, value))
        yield from ((each, scope, flow) for each in ast.iter_child_nodes(node))


def _lambda(node: ast.Lambda, scope: Scope, flow: Flow) -> Iterator[_Step]:
    inner = Scope(FUNCTION, scope.qualname_of("<lambda>"), scope, node)
    bind_parameters(inner, node.args)
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None:
            yield default, scope, flow
    yield node.body, inner, flow.called()


def _comprehension(node: _Comprehension, scope: Scope, flow: Flow) -> Iterator[_Step]:
    inner = Scope(COMPREHENSION, scope.qualname, scope, node)
    if isinstance(node, ast.GeneratorExp):
        flow = flow.branch()  # it runs as far as somebody asks
    for number, each in enumerate(node.generators):
        outer = inner if number else scope
        yield each.iter, outer, flow
        flow = flow.turn(Loop(each.target, each.iter, inner, bool(each.is_async)))
        bind_target(inner, each.target, Binding(LOOP, each.iter))
        if each.ifs:
            flow = flow.branch()
            yield from ((test, inner, flow) for test in each.ifs)
    parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
    yield from ((part, inner, flow) for part in parts)


def bind_parameters(scope: Scope, arguments: ast.arguments) -> None:
    """The parameters of a function or lambda."""
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        scope.bind(each.arg, Binding(PARAMETER))
    for star in (arguments.vararg, arguments.kwarg):
        if star is not None:
            scope.bind(star.arg, Binding(PARAMETER))


def bind_target(scope: Scope, target: ast.expr, binding: Binding) -> None:
    """Every name of a target, bound alike."""
    waiting = [target]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name):
            scope.bind(each.id, binding)
        elif isinstance(each, ast.Tuple | ast.List):
            waiting.extend(each.elts)
        elif isinstance(each, ast.Starred):
            waiting.append(each.value)
