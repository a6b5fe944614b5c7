"""What an expression stands for, stage *inventory*: an absolute name, a label, a literal, or undecided.

One rule above all: what the text does not decide is undecided. A parameter is, and what is bound to
several things; a name that is assigned once is what was assigned to it.
"""

from __future__ import annotations

import ast
import builtins
from typing import NamedTuple

from signaltrace.declarations import LABEL, NAME, NOTHING, UNDECIDED, VALUE, Reference
from signaltrace.inventory.source import scopes
from signaltrace.inventory.source.scopes import Binding, Scope, method_class
from signaltrace.inventory.source.text import Text
from signaltrace.inventory.uids import uid_text

# Stands for settings.AUTH_USER_MODEL until the settings are known: no label looks like this.
USER_MODEL = "settings.AUTH_USER_MODEL"

_SETTINGS = "django.conf.settings"
_APPS = frozenset(("django.apps.apps", "django.apps.registry.apps"))
_MAX_DEPTH = 24
_BUILTINS = frozenset(dir(builtins))

# A loop variable's element in one turn, by its scope's id and its name, and the scope it is to be read in.
Turn = dict[tuple[int, str], tuple[ast.expr, Scope]]


class Decided(NamedTuple):
    """A kind of Reference, and the name."""

    kind: str
    name: str = ""


OPEN = Decided(UNDECIDED)


class Names:
    """The names of one module."""

    def __init__(self, module: str, scope: Scope, text: Text, has_stars: bool) -> None:
        self.module = module
        self.scope = scope
        self.text = text
        self._has_stars = has_stars

    def reference(self, node: ast.expr | None, scope: Scope, turn: Turn) -> Reference:
        """What an expression stands for, with its text; None is what was not given."""
        if node is None:
            return Reference(NOTHING)
        kind, name = self.decide(node, scope, turn)
        return Reference(kind, name, self.text.of(node))

    def decide(self, node: ast.expr, scope: Scope, turn: Turn, depth: int = 0) -> Decided:
        """What an expression stands for in this scope."""
        if depth > _MAX_DEPTH:
            return OPEN
        if isinstance(node, ast.Name):
            return self._name(node.id, scope, turn, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope, turn, depth)
        if isinstance(node, ast.Call):
            return self._call(node, scope, turn, depth)
        if isinstance(node, ast.NamedExpr):
            return self.decide(node.value, scope, turn, depth + 1)
        if isinstance(node, ast.Constant | ast.Tuple | ast.UnaryOp):
            return _literal(node)
        return OPEN

    def absolute(self, scope: Scope, name: str) -> str:
        """The dotted name of what a scope of this module has under ``name``."""
        qualname = scope.qualname_of(name)
        return f"{self.module}.{qualname}" if self.module else qualname

    def bindings(self, name: str, scope: Scope) -> tuple[Scope | None, list[Binding]]:
        """Whose name it is, and what can have bound it where it is read.

        What only a type checker sees, or a ``None`` in the place of a failed import, gives way to the rest.
        """
        owner = scope.find(name)
        if owner is None:
            return None, []
        found = owner.bindings[name]
        if len(found) > 1:
            found = [each for each in found if not each.typing] or found
            found = [each for each in found if not (each.fallback and _is_none(each.node))] or found
        return owner, found

    def single(self, name: str, scope: Scope) -> tuple[Scope, Binding] | None:
        """What binds a name where one thing alone does."""
        owner, found = self.bindings(name, scope)
        return (owner, found[0]) if owner is not None and len(found) == 1 else None

    def _name(self, name: str, scope: Scope, turn: Turn, depth: int) -> Decided:
        owner, found = self.bindings(name, scope)
        if owner is None:
            known = name not in _BUILTINS and self._has_stars
            return Decided(NAME, self.absolute(self.scope, name)) if known else OPEN
        if all(each.kind == scopes.DEFINITION for each in found):
            return Decided(NAME, self.absolute(owner, name))
        first = self._bound(name, owner, found[0], turn, depth)
        for each in found[1:]:  # no further than the first that differs: a name may be made from itself
            if first.kind == UNDECIDED or self._bound(name, owner, each, turn, depth) != first:
                return OPEN
        return first

    def _bound(self, name: str, owner: Scope, binding: Binding, turn: Turn, depth: int) -> Decided:
        if binding.kind == scopes.IMPORT:
            return Decided(NAME, binding.name)
        if binding.kind == scopes.LOOP:
            element = turn.get((id(owner), name))
            return OPEN if element is None else self.decide(*element, turn, depth + 1)
        is_kept = owner.kind in (scopes.MODULE, scopes.CLASS)
        own = Decided(NAME, self.absolute(owner, name)) if is_kept else OPEN
        if binding.kind == scopes.VALUE and isinstance(binding.node, ast.expr):
            decided = self.decide(binding.node, owner, turn, depth + 1)
            return own if decided.kind == UNDECIDED else decided
        return own if binding.kind == scopes.UNPACKED else OPEN

    def _attribute(self, node: ast.Attribute, scope: Scope, turn: Turn, depth: int) -> Decided:
        if isinstance(node.value, ast.Name):
            owner = method_class(scope, node.value.id)
            if owner is not None:
                return self._own_attribute(node.attr, owner)
        kind, name = self.decide(node.value, scope, turn, depth + 1)
        if kind != NAME or node.attr.startswith("__") or node.attr == "_meta":
            return OPEN
        if name == _SETTINGS:
            return Decided(LABEL, USER_MODEL) if node.attr == "AUTH_USER_MODEL" else OPEN
        return Decided(NAME, f"{name}.{node.attr}")

    def _own_attribute(self, attribute: str, owner: Scope) -> Decided:
        """``self.changed``: a method, or what the class makes once. Anything else a subclass may replace."""
        found = owner.bindings.get(attribute, [])
        if len(found) != 1:
            return OPEN
        made = found[0].kind == scopes.VALUE and isinstance(found[0].node, ast.Call)
        if made or found[0].kind == scopes.DEFINITION:
            return Decided(NAME, self.absolute(owner, attribute))
        return OPEN

    def _call(self, node: ast.Call, scope: Scope, turn: Turn, depth: int) -> Decided:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "get_model":
            return self._get_model(node, function.value, scope, turn, depth)
        if isinstance(function, ast.Name) and node.args:
            found = self._name(function.id, scope, turn, depth + 1)
            is_it = found.kind == NAME and found.name.endswith(".get_model")
            return self._get_model(node, function, scope, turn, depth) if is_it else OPEN
        if node.args or node.keywords or not isinstance(function, ast.Name | ast.Attribute):
            return OPEN
        found = self.decide(function, scope, turn, depth + 1)
        is_user = found.kind == NAME and found.name.endswith(".get_user_model")
        return Decided(LABEL, USER_MODEL) if is_user else OPEN

    def _get_model(self, node: ast.Call, of: ast.expr, scope: Scope, turn: Turn, depth: int) -> Decided:
        given = {each.arg: each.value for each in node.keywords}
        parts = [*node.args, *(given[each] for each in ("app_label", "model_name") if each in given)]
        texts = [self.decide(each, scope, turn, depth + 1) for each in parts]
        app = None if of is node.func else self._app_label(of, scope, turn, depth)
        if app is not None:
            named = [each.name for each in texts[:1] if each.kind == VALUE]
            return Decided(LABEL, f"{app}.{named[0]}") if named and app else OPEN
        # oscar.core.loading.get_model, say, is a function of a module: it takes the same
        if self.decide(of, scope, turn, depth + 1).kind != NAME or not texts:
            return OPEN
        if texts[0].kind == LABEL:  # apps.get_model(settings.AUTH_USER_MODEL)
            return texts[0]
        if any(each.kind != VALUE for each in texts[:2]):
            return OPEN
        label = ".".join(each.name for each in texts[:2])
        return Decided(LABEL, label) if label.count(".") == 1 else OPEN

    def _app_label(self, of: ast.expr, scope: Scope, turn: Turn, depth: int) -> str | None:
        """The app whose ``get_model`` is called: of a config, or of one that is asked for by its label."""
        if isinstance(of, ast.Name):
            owner = method_class(scope, of.id)
            if owner is None:
                return None
            for attribute in ("label", "name"):
                found = owner.bindings.get(attribute, [])
                node = found[0].node if len(found) == 1 else None
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    return node.value.rpartition(".")[2]
            return ""
        if not (isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.args):
            return None
        registry = self.decide(of.func.value, scope, turn, depth + 1)
        if of.func.attr != "get_app_config" or registry.name not in _APPS:
            return None
        label = self.decide(of.args[0], scope, turn, depth + 1)
        return label.name if label.kind == VALUE else ""


def _literal(node: ast.expr) -> Decided:
    """None, or a constant (a tuple of them too) as the registry tells a ``dispatch_uid``."""
    if _is_none(node):
        return Decided(NOTHING)
    try:
        return Decided(VALUE, uid_text(ast.literal_eval(node)))
    except (ValueError, TypeError):
        return OPEN


def _is_none(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
