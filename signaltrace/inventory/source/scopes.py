"""Names and what binds them, scope by scope, stage *inventory*: Python's own rules, by the text alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

MODULE = "module"
CLASS = "class"
FUNCTION = "function"
COMPREHENSION = "comprehension"

# What binds a name.
IMPORT = "import"
DEFINITION = "definition"  # a function or a class
VALUE = "value"  # assigned from an expression
LOOP = "loop"  # by a for, from each element
UNPACKED = "unpacked"  # from something that can't be taken apart by reading
PARAMETER = "parameter"
OTHER = "other"

_GLOBAL = "global"
_NONLOCAL = "nonlocal"

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definable = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True, eq=False)
class Binding:
    """One place that binds a name.

    ``node`` is the definition or the expression, ``name`` what an import brings. ``fallback``: it stands
    where an import failed; ``typing``: only type checkers see it.
    """

    kind: str
    node: ast.AST | None = None
    name: str = ""
    fallback: bool = False
    typing: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function (a lambda is one) or comprehension, with the names it binds."""

    kind: str
    qualname: str = ""
    parent: Scope | None = None
    node: ast.AST | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def qualname_of(self, name: str) -> str:
        """The ``__qualname__`` of what is defined here."""
        if self.kind == COMPREHENSION and self.parent is not None:
            return self.parent.qualname_of(name)
        if self.kind == MODULE or self.elsewhere.get(name) == _GLOBAL:
            return name
        return f"{self.qualname}.<locals>.{name}" if self.kind == FUNCTION else f"{self.qualname}.{name}"

    def around(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def function(self) -> Scope | None:
        """The function whose call runs what is written here; None for what runs with the module."""
        return next((each for each in self.around() if each.kind == FUNCTION), None)

    def bind(self, name: str, binding: Binding) -> None:
        """Note what binds a name, in the scope whose name it is."""
        where = self.elsewhere.get(name)
        if where == _GLOBAL:
            scope = self.module
        elif where == _NONLOCAL:
            scope = self._outer(name) or self
        else:
            scope = self
        scope.bindings.setdefault(name, []).append(binding)

    def declare(self, names: list[str], is_global: bool) -> None:
        """``global`` or ``nonlocal``."""
        self.elsewhere.update(dict.fromkeys(names, _GLOBAL if is_global else _NONLOCAL))

    def find(self, name: str) -> Scope | None:
        """The scope whose name it is when it is read here; None for none in the file."""
        for scope in self.around():
            if scope.kind == CLASS and scope is not self:
                continue
            where = scope.elsewhere.get(name)
            if where == _GLOBAL:
                return self.module if name in self.module.bindings else None
            if where is None and name in scope.bindings:
                return scope
        return None

    def _outer(self, name: str) -> Scope | None:
        outer = self.parent
        while outer is not None and (outer.kind != FUNCTION or name not in outer.bindings):
            outer = outer.parent
        return outer


def parameters_of(arguments: ast.arguments) -> list[ast.arg]:
    """Those with names, ``*args`` and ``**kwargs`` left out."""
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def required_of(arguments: ast.arguments) -> list[ast.arg]:
    """Those with names that have no default."""
    plain = [*arguments.posonlyargs, *arguments.args]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [
        *plain[: len(plain) - len(arguments.defaults)],
        *(each for each, default in named if default is None),
    ]


def method_class(scope: Scope, name: str) -> Scope | None:
    """The class whose instance, or subclass, a name is: the first parameter of a method, never rebound."""
    owner = scope.find(name)
    if owner is None or owner.kind != FUNCTION or owner.parent is None or owner.parent.kind != CLASS:
        return None
    node = owner.node
    if not isinstance(node, Function) or len(owner.bindings[name]) != 1:
        return None
    first = [*node.args.posonlyargs, *node.args.args][:1]
    if not first or first[0].arg != name or is_decorated(node, "staticmethod"):
        return None
    return owner.parent


def is_decorated(node: Definable, name: str) -> bool:
    """Whether a decorator is this plain name."""
    return any(isinstance(each, ast.Name) and each.id == name for each in node.decorator_list)


def first_line(node: Definable) -> int:
    """The line of the first decorator, as ``co_firstlineno`` is."""
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])
