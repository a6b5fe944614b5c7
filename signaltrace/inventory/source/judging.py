"""Whether what a receiver does may hang on whose signal it hears, stage *inventory*, if the text tells.

A receiver of any sender mostly looks for the models it is about: ``if sender not in tracked: return``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from signaltrace.inventory.source.scopes import parameters_of
from signaltrace.inventory.source.text import Text

_SENDER = "sender"
_INSTANCE = "instance"
_LOOK_UPS = frozenset(("get", "pop"))
# What of an instance tells its model: its other attributes are the row's.
_TELLING = frozenset(("_meta", "__class__"))
_ASKING = frozenset(("isinstance", "issubclass", "hasattr", "getattr", "type", "callable"))
# What these are given is written down, and decides nothing.
_WRITE_DOWN = frozenset(("str", "repr", "format", "print", "id", "create", "acreate"))


def judges_sender(node: ast.FunctionDef | ast.AsyncFunctionDef, text: Text) -> bool:
    """Whether it tests or looks up its sender, or its instance as such; or hands one on to what may."""
    who = _Who(node)
    if not any(name in line for line in text.lines[node.lineno - 1 : node.end_lineno] for name in who.words):
        return False
    nodes = [each for statement in node.body for each in ast.walk(statement)]
    for each in nodes:
        who.learn(each)
    return any(who.is_judged_by(each) for each in nodes)


class _Who:
    """The names that stand for the sender or the instance in one function, and what is done with them."""

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        given = {each.arg for each in parameters_of(node.args)}
        self._senders = given & {_SENDER}
        self._instances = given & {_INSTANCE}
        self._keywords = node.args.kwarg.arg if node.args.kwarg is not None else None
        self.words = (_SENDER, _INSTANCE) if self._keywords else tuple(given & {_SENDER, _INSTANCE})

    def learn(self, node: ast.AST) -> None:
        """``model = type(instance)``, ``order = kwargs["instance"]``, ``label = sender._meta.label``."""
        if isinstance(node, ast.Assign):
            names = {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.NamedExpr):
            names = {node.target.id}
        else:
            return
        if self._is_instance(node.value):
            self._instances |= names
        elif self._tells(node.value):
            self._senders |= names

    def is_judged_by(self, node: ast.AST) -> bool:
        """Whether this very node may decide by it; what is within it is asked for itself."""
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            return self._is_in(node.test)
        if isinstance(node, ast.Match):
            return self._is_in(node.subject)
        if isinstance(node, ast.comprehension):
            return any(map(self._is_in, node.ifs))
        if isinstance(node, ast.Compare | ast.BoolOp):
            return self._is_in(node)
        if isinstance(node, ast.Try):
            # reading `instance.tracker` under `except AttributeError` is a test, too
            return any(self._is_who(within) for each in node.body for within in ast.walk(each))
        if isinstance(node, ast.Subscript):
            return self._tells(node.slice)
        return isinstance(node, ast.Call) and self._is_handed_to(node)

    def _is_handed_to(self, call: ast.Call) -> bool:
        name = _last_name(call.func)
        values = [*call.args, *(each.value for each in call.keywords)]
        if any(isinstance(each, ast.Name) and each.id == self._keywords for each in values):
            return True
        return name not in _WRITE_DOWN | _ASKING and any(map(self._tells, values))

    def _is_in(self, node: ast.AST) -> bool:
        return any(map(self._tells, _wholes(node)))

    def _tells(self, node: ast.AST) -> bool:
        """The sender, the instance, or what says which model it is: ``type(instance)``, ``sender._meta``."""
        if self._is_who(node):
            return True
        if isinstance(node, ast.Attribute):
            if self._is_instance(node.value):
                return node.attr in _TELLING
            return self._tells(node.value)
        return (
            isinstance(node, ast.Call)
            and _last_name(node.func) in _ASKING
            and any(map(self._is_who, node.args[:1]))
        )

    def _is_who(self, node: ast.AST) -> bool:
        return self._is(node, _SENDER, self._senders) or self._is_instance(node)

    def _is_instance(self, node: ast.AST) -> bool:
        return self._is(node, _INSTANCE, self._instances)

    def _is(self, node: ast.AST, key: str, names: set[str]) -> bool:
        """A name that stands for it, ``kwargs["sender"]`` or ``kwargs.get("sender")``."""
        if isinstance(node, ast.Name):
            return node.id in names
        if isinstance(node, ast.Subscript):
            of, asked = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of, asked = node.func.value, node.args[0]
            if node.func.attr not in _LOOK_UPS:
                return False
        else:
            return False
        return (
            isinstance(of, ast.Name)
            and of.id == self._keywords
            and isinstance(asked, ast.Constant)
            and asked.value == key
        )


def _wholes(node: ast.AST) -> Iterator[ast.AST]:
    """An expression and those in it, but not the ``instance`` of ``instance.total``."""
    yield node
    for each in ast.iter_child_nodes(node):
        if isinstance(node, ast.Attribute):
            yield from _parts(each)
        else:
            yield from _wholes(each)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """What is within the left side of a dot."""
    if isinstance(node, ast.Name):
        return
    if isinstance(node, ast.Attribute):
        yield node
        yield from _parts(node.value)
    else:
        for each in ast.iter_child_nodes(node):
            yield from _wholes(each)


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
