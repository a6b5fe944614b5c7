"""What import statements bind, as absolute names, stage *inventory*."""

from __future__ import annotations

import ast

# Functions that import what their text names.
IMPORT_CALLS = frozenset(("import_module", "__import__", "autodiscover_modules"))


class Brought:
    """The imports of a module as they are met: ``brings`` of :class:`SourceModule`, and what it discovers.

    What only type checkers import is not among them. ``import shop.receivers`` binds ``shop``, and is noted
    under its whole name too; what ``import_module("shop.receivers")`` imports goes by no local name.
    """

    def __init__(self, module: str, is_package: bool) -> None:
        self._package = module if is_package else module.rpartition(".")[0]
        self._outer: dict[tuple[str, str], None] = {}
        self._inner: dict[tuple[str, str], None] = {}
        self.discovers: dict[str, None] = {}
        self.stars: dict[str, None] = {}

    def brings(self) -> tuple[tuple[str, str], ...]:
        """Those in functions first: of two under one name, the last is the module's."""
        return tuple(each for each in self._inner if each not in self._outer) + tuple(self._outer)

    def note(self, local: str, absolute: str, inner: bool) -> None:
        """Note one name; ``inner``: that of a function or class."""
        (self._inner if inner else self._outer).setdefault((local, absolute))
        if local == "*":
            self.stars.setdefault(absolute)

    def base(self, node: ast.ImportFrom) -> str | None:
        """The module a ``from … import`` is from; None where it goes above the outermost package."""
        return self._absolute(node.level, node.module or "")

    def called(self, call: ast.Call, name: str) -> None:
        """Note what ``import_module("shop.receivers")`` and its like import, so far as it is written."""
        for argument in call.args[: None if name == "autodiscover_modules" else 1]:
            text = _text(argument)
            if name == "autodiscover_modules":
                if text:
                    self.discovers.setdefault(text)
            elif text and not text.startswith("."):
                self.note("", text, True)
            elif text and (len(call.args) > 1 or call.keywords):
                absolute = self._absolute(len(text) - len(text.lstrip(".")), text.lstrip("."))
                if absolute:
                    self.note("", absolute, True)
            elif tail := _tail(argument):
                # import_module(f"{app}.receivers"), for every app there is
                self.discovers.setdefault(tail)

    def _absolute(self, level: int, module: str) -> str | None:
        if not level:
            return module
        parts = self._package.split(".") if self._package else []
        if level > len(parts):
            return None
        kept = parts[: len(parts) - level + 1]
        return ".".join([*kept, module] if module else kept)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _tail(node: ast.expr) -> str:
    """``receivers`` of ``f"{app}.receivers"``, ``"%s.receivers" % app`` and ``app + ".receivers"``."""
    if isinstance(node, ast.JoinedStr) and node.values:
        found = _text(node.values[-1])
    elif isinstance(node, ast.BinOp):
        found = _text(node.right if isinstance(node.op, ast.Add) else node.left).removeprefix("%s")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        found = _text(node.func.value).removeprefix("{}").removeprefix("{0}")
    else:
        found = ""
    name = found.removeprefix(".")
    return name if found.startswith(".") and all(part.isidentifier() for part in name.split(".")) else ""
