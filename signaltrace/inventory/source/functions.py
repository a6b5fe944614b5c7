"""The functions and methods of a module, stage *inventory*: what they take, write and save."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from signaltrace.declarations import FunctionDef, Write
from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.flow import Definition, Site
from signaltrace.inventory.source.judging import judges_sender
from signaltrace.inventory.source.raw import reads_raw
from signaltrace.inventory.source.saves import is_unguarded, saving_scope
from signaltrace.inventory.source.scopes import Scope, first_line, method_class, parameters_of, required_of
from signaltrace.inventory.source.text import Text
from signaltrace.inventory.source.writes import Writes
from signaltrace.labels.looking import MAX_NAME


class Functions:
    """Tells the functions of one module from its definitions and calls."""

    def __init__(self, text: Text, definitions: list[Definition], sites: list[Site], writes: Writes) -> None:
        self._text = text
        self._definitions = [each for each in definitions if isinstance(each.node, scopes.Function)]
        self._writes: defaultdict[int, list[Write]] = defaultdict(list)
        self._saves: defaultdict[int, list[int]] = defaultdict(list)
        self._unguarded: defaultdict[int, list[int]] = defaultdict(list)
        self._read(sites, writes)
        self._read_calls()

    def told(self) -> tuple[FunctionDef, ...]:
        """All of them, in the order of their lines."""
        found = [self._told(each) for each in self._definitions]
        return tuple(sorted(found, key=lambda each: (each.def_line, each.qualname)))

    def _told(self, definition: Definition) -> FunctionDef:
        node = definition.node
        assert isinstance(node, scopes.Function)
        decorators = tuple(self._text.of(each, MAX_NAME) for each in node.decorator_list)
        number = id(definition.inner)
        return FunctionDef(
            qualname=definition.qualname,
            line=first_line(node),
            def_line=node.lineno,
            end_line=node.end_lineno or node.lineno,
            parameters=tuple(each.arg for each in parameters_of(node.args)),
            accepts_kwargs=node.args.kwarg is not None,
            is_async=isinstance(node, ast.AsyncFunctionDef),
            decorators=decorators,
            reads_raw=reads_raw(node, decorators, self._text),
            writes=tuple(sorted(set(self._writes[number]), key=lambda each: (each.line, each.text))),
            saves_instance=tuple(sorted(set(self._saves[number]))),
            unguarded_saves=tuple(sorted(set(self._unguarded[number]))),
            judges_sender=judges_sender(node, self._text),
            required=tuple(each.arg for each in required_of(node.args)),
        )

    def _read(self, sites: list[Site], writes: Writes) -> None:
        disconnects = [each for each in sites if each.method == "disconnect"]
        for site in sites:
            function = site.scope.function()
            if function is None:
                continue
            if writes.is_write(site):
                self._wrote(function, Write(self._text.of(site.call), site.call.lineno))
            saved = saving_scope(site)
            if saved is not None:
                self._saves[id(saved)].append(site.call.lineno)
                if saved is function and is_unguarded(site, disconnects):
                    self._unguarded[id(saved)].append(site.call.lineno)

    def _wrote(self, scope: Scope, write: Write) -> None:
        """A function writes what the functions in it write: it makes them to be run."""
        for each in scope.around():
            if each.kind == scopes.FUNCTION:
                self._writes[id(each)].append(write)

    def _read_calls(self) -> None:
        """The calls of functions of this module that write: one step, and no further."""
        writers = [each for each in self._definitions if self._writes.get(id(each.inner))]
        names = {each.node.name for each in writers if each.scope.kind != scopes.FUNCTION}
        if not names:
            return
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\s*\(")
        lines = [number for number, line in enumerate(self._text.lines, 1) if pattern.search(line)]
        known = {id(each.node): each for each in writers}
        found: list[tuple[Scope, Write]] = []
        for definition in self._definitions:
            node = definition.node
            if any(node.body[0].lineno <= each <= (node.end_lineno or node.lineno) for each in lines):
                found += self._calls_in(definition, names, known)
        for scope, write in found:
            self._writes[id(scope)].append(write)

    def _calls_in(
        self, definition: Definition, names: set[str], writers: dict[int, Definition]
    ) -> list[tuple[Scope, Write]]:
        """The calls of writers in a function, those in functions within it too."""
        scope = definition.inner
        found = []
        for statement in definition.node.body:
            for each in ast.walk(statement):
                if not isinstance(each, ast.Call):
                    continue
                called = _definition(each.func, scope, names)
                if called is not None and id(called) in writers and called is not definition.node:
                    found.append((scope, Write(self._text.of(each), each.lineno)))
        return found


def _definition(function: ast.expr, scope: Scope, names: set[str]) -> ast.AST | None:
    """The function of this file that is called by its name, or as a method of its own class."""
    if isinstance(function, ast.Name) and function.id in names:
        owner = scope.find(function.id)
        found = owner.bindings[function.id] if owner is not None else []
    elif (
        isinstance(function, ast.Attribute)
        and function.attr in names
        and isinstance(function.value, ast.Name)
    ):
        own = method_class(scope, function.value.id)
        found = own.bindings.get(function.attr, []) if own is not None else []
    else:
        return None
    return found[0].node if len(found) == 1 else None
