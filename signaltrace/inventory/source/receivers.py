"""What is connected, stage *inventory*: the kind of receiver, where it is defined, whether it is kept."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from signaltrace.declarations import (
    CLASS,
    FUNCTION,
    LAMBDA,
    LOCAL_FUNCTION,
    METHOD,
    NAME,
    OBJECT,
    PARTIAL,
    UNDECIDED,
    UNKNOWN_KIND,
    Reference,
)
from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.flow import Definition
from signaltrace.inventory.source.kept import is_forgotten, nothing_keeps
from signaltrace.inventory.source.names import Names, Turn
from signaltrace.inventory.source.scopes import (
    Binding,
    Definable,
    Scope,
    first_line,
    is_decorated,
    method_class,
)

_PARTIALS = frozenset(("functools.partial",))
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Received:
    """A receiver as the source tells it: the last four of Connect's words on it."""

    reference: Reference
    kind: str = UNKNOWN_KIND
    line: int | None = None
    temporary: bool = False


class Receivers:
    """Tells receivers from the expressions that are connected."""

    def __init__(self, names: Names, definitions: list[Definition]) -> None:
        self._names = names
        self._inner = {id(each.node): each for each in definitions}

    def defined(self, definition: Definition) -> Received:
        """What ``@receiver`` decorates."""
        node, scope = definition.node, definition.scope
        name = self._names.absolute(scope, node.name)
        reference = Reference(NAME, name, node.name)
        return self._definition(node, scope, reference, node.end_lineno or node.lineno)

    def told(self, node: ast.expr, scope: Scope, turn: Turn, line: int, depth: int = 0) -> Received:
        """What an expression in ``connect(…)`` is; ``line`` is that of the call."""
        reference = self._names.reference(node, scope, turn)
        if depth > _MAX_DEPTH:
            return Received(reference)
        if isinstance(node, ast.Lambda):
            return Received(Reference(UNDECIDED, "", reference.text), LAMBDA, node.lineno, True)
        if isinstance(node, ast.Call):
            return self._made(node, scope, turn, line, depth)
        if isinstance(node, ast.Name):
            return self._named(node, scope, turn, line, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, turn, line)
        return Received(reference)

    def _definition(self, node: Definable, scope: Scope, reference: Reference, line: int) -> Received:
        if isinstance(node, ast.ClassDef):
            return Received(reference, CLASS, first_line(node))
        if scope.kind != scopes.FUNCTION or node.name in scope.elsewhere:
            return Received(reference, FUNCTION, first_line(node))
        lost = is_forgotten(node) and nothing_keeps(scope, node.name, line)
        return Received(reference, LOCAL_FUNCTION, first_line(node), lost)

    def _made(self, node: ast.Call, scope: Scope, turn: Turn, line: int, depth: int) -> Received:
        """A partial or an object made where it is connected; of other calls nobody knows what they return."""
        text = self._names.text.of(node)
        called = self._names.decide(node.func, scope, turn)
        if called.kind == NAME and called.name in _PARTIALS and node.args:
            inner = self.told(node.args[0], scope, turn, line, depth + 1)
            return Received(replace(inner.reference, text=text), PARTIAL, inner.line, True)
        if called.kind == NAME and self._is_class(node.func, called.name, scope):
            reference = Reference(NAME, called.name, text)
            return Received(reference, OBJECT, self._method_line(node.func, scope, "__call__"), True)
        return Received(Reference(UNDECIDED, "", text))

    def _named(self, node: ast.Name, scope: Scope, turn: Turn, line: int, depth: int) -> Received:
        reference = self._names.reference(node, scope, turn)
        owner, found = self._names.bindings(node.id, scope)
        if owner is None or not found:
            return Received(reference)
        if all(isinstance(each.node, Definable) for each in found):
            last = found[-1].node
            assert isinstance(last, Definable)
            received = self._definition(last, owner, reference, line)
            return received if len(found) == 1 else replace(received, line=None)
        if len(found) > 1:
            return Received(reference)
        if found[0].kind == scopes.LOOP:
            element = turn.get((id(owner), node.id))
            return Received(reference) if element is None else self.told(*element, turn, line, depth + 1)
        if found[0].kind != scopes.VALUE or not isinstance(found[0].node, ast.expr):
            return Received(reference)
        return self._variable(node.id, owner, found[0].node, reference, turn, line, depth)

    def _variable(
        self,
        name: str,
        owner: Scope,
        value: ast.expr,
        reference: Reference,
        turn: Turn,
        line: int,
        depth: int,
    ) -> Received:
        """What a name was assigned: kept by the module or class it belongs to, by a function for a while."""
        received = self.told(value, owner, turn, line, depth + 1)
        if isinstance(value, ast.Name | ast.Attribute):
            return replace(received, reference=replace(received.reference, text=name))
        if owner.kind in (scopes.MODULE, scopes.CLASS):
            if received.kind != PARTIAL:
                received = replace(received, reference=reference)
            return replace(received, temporary=False)
        lost = received.temporary and owner.kind == scopes.FUNCTION and nothing_keeps(owner, name, line)
        return replace(received, reference=replace(received.reference, text=name), temporary=lost)

    def _attribute(self, node: ast.Attribute, scope: Scope, turn: Turn, line: int) -> Received:
        reference = self._names.reference(node, scope, turn)
        of = node.value
        if isinstance(of, ast.Name):
            owner = method_class(scope, of.id)
            if owner is not None:
                return self._own(node.attr, owner, reference)
            single = self._names.single(of.id, scope)
            if single is not None:
                return self._of_variable(node, *single, reference, turn, line)
        if isinstance(of, ast.Call):
            made = self._made(of, scope, turn, line, 0)
            if made.kind == OBJECT:
                name = Reference(NAME, f"{made.reference.name}.{node.attr}", reference.text)
                return Received(name, METHOD, self._method_line(of.func, scope, node.attr), True)
        return Received(reference)

    def _own(self, attribute: str, owner: Scope, reference: Reference) -> Received:
        """``self.saved`` in a method of the class that defines it."""
        found = owner.bindings.get(attribute, [])
        if len(found) != 1 or not isinstance(found[0].node, scopes.Function):
            return Received(reference)
        return self._method(found[0].node, reference, METHOD)

    def _of_variable(
        self, node: ast.Attribute, owner: Scope, binding: Binding, reference: Reference, turn: Turn, line: int
    ) -> Received:
        """``trail.saved`` of an object or a class that this file makes."""
        of = node.value
        assert isinstance(of, ast.Name)
        if isinstance(binding.node, ast.ClassDef):
            method = self._method_of(binding.node, node.attr)
            return Received(reference) if method is None else self._method(method, reference, FUNCTION)
        if binding.kind != scopes.VALUE or not isinstance(binding.node, ast.Call):
            return Received(reference)
        made = self._made(binding.node, owner, turn, line, 0)
        if made.kind != OBJECT:
            return Received(reference)
        at = self._method_line(binding.node.func, owner, node.attr)
        if owner.kind in (scopes.MODULE, scopes.CLASS):
            return Received(reference, METHOD, at)
        lost = owner.kind == scopes.FUNCTION and nothing_keeps(owner, of.id, line)
        return Received(
            Reference(NAME, f"{made.reference.name}.{node.attr}", reference.text), METHOD, at, lost
        )

    def _method(self, node: Definable, reference: Reference, kind: str) -> Received:
        if is_decorated(node, "staticmethod"):
            kind = FUNCTION
        elif is_decorated(node, "classmethod"):
            kind = METHOD
        return Received(reference, kind, first_line(node))

    def _is_class(self, function: ast.expr, name: str, scope: Scope) -> bool:
        """Whether calling it makes an object: a class of this file, or what is named as a class is."""
        if isinstance(function, ast.Name):
            owner, found = self._names.bindings(function.id, scope)
            if owner is not None and found and all(isinstance(each.node, Definable) for each in found):
                return all(isinstance(each.node, ast.ClassDef) for each in found)
        own = name.rpartition(".")[2].lstrip("_")
        return own[:1].isupper() and not own.isupper()

    def _method_line(self, function: ast.expr, scope: Scope, method: str) -> int | None:
        """The line of a method of the class that is called, where this file defines both."""
        single = self._names.single(function.id, scope) if isinstance(function, ast.Name) else None
        if single is None or not isinstance(single[1].node, ast.ClassDef):
            return None
        node = self._method_of(single[1].node, method)
        return None if node is None else first_line(node)

    def _method_of(self, node: ast.ClassDef, method: str) -> Definable | None:
        definition = self._inner.get(id(node))
        found = definition.inner.bindings.get(method, []) if definition is not None else []
        last = found[0].node if len(found) == 1 else None
        return last if isinstance(last, scopes.Function) else None
