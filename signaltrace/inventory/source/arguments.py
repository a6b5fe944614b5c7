"""The arguments of a call by the names of its parameters, stage *inventory*."""

from __future__ import annotations

import ast

from signaltrace.declarations import LABEL, NAME, NOTHING, UNDECIDED, VALUE, Reference
from signaltrace.inventory.source.names import OPEN, Names, Turn
from signaltrace.inventory.source.scopes import Scope


class Arguments:
    """What a call passes. ``whole`` is False where ``*`` or ``**`` may pass more than is written."""

    def __init__(self, call: ast.Call, parameters: tuple[str, ...]) -> None:
        starred = [isinstance(each, ast.Starred) for each in call.args]
        plain = call.args[: starred.index(True)] if True in starred else call.args
        self._given = dict(zip(parameters, plain, strict=False))
        self._given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
        self.whole = True not in starred and all(each.arg is not None for each in call.keywords)

    def __contains__(self, parameter: str) -> bool:
        return parameter in self._given

    def node(self, parameter: str) -> ast.expr | None:
        """The expression a parameter is given; None for none."""
        return self._given.get(parameter)

    def reference(self, parameter: str, names: Names, scope: Scope, turn: Turn) -> Reference:
        """What a parameter is given: NOTHING where it is sure that it is given nothing."""
        node = self._given.get(parameter)
        if node is None and not self.whole:
            return Reference(UNDECIDED)
        return names.reference(node, scope, turn)

    def sender(self, names: Names, scope: Scope, turn: Turn) -> Reference:
        """The sender: a text is the label of a model."""
        found = self.reference("sender", names, scope, turn)
        if found.kind == VALUE:
            node = self._given["sender"]
            is_text = not isinstance(node, ast.Constant) or isinstance(node.value, str)
            return (
                Reference(LABEL, found.name, found.text) if is_text else Reference(UNDECIDED, "", found.text)
            )
        return found

    def uid(self, names: Names, scope: Scope, turn: Turn) -> Reference:
        """The ``dispatch_uid``: a literal is its text. Django takes an empty one for none."""
        found = self.reference("dispatch_uid", names, scope, turn)
        if found.kind not in (VALUE, NOTHING):
            return found if found.kind == NAME else Reference(UNDECIDED, "", found.text)
        return Reference(NOTHING) if found.kind == VALUE and found.name in ("", "0", "False") else found

    def weak(self, names: Names, scope: Scope, turn: Turn) -> bool | None:
        """Whether ``weak``: True by default, None where it is undecided."""
        node = self._given.get("weak")
        if node is None:
            return True if self.whole else None
        kind, name = (VALUE, repr(node.value)) if isinstance(node, ast.Constant) else OPEN
        if kind == UNDECIDED:
            kind, name = names.decide(node, scope, turn)
        if kind == NOTHING or name in ("None", "0"):
            return False
        return {"True": True, "1": True, "False": False}.get(name) if kind == VALUE else None
