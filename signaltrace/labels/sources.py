"""Which module's source assigns a name, stage *labels*. Reads source files; imports and runs nothing."""

from __future__ import annotations

import ast
import os
import re
import tokenize
from collections.abc import Iterator

MAX_SOURCE = 1_000_000
_MAX_KNOWN = 20_000

CREATES = 2
ASSIGNS = 1
NOT = 0

_known: dict[tuple[str, str], int] = {}


def assignment(file: str | None, name: str) -> int:
    """How a source file comes by a global ``name``.

    CREATES: ``name = …Signal(…)``; ASSIGNS: from another call; NOT: imported, an alias of another
    name, or the file can't be read.
    """
    if file is None or not file.endswith((".py", ".pyw")):
        return NOT
    key = (file, name)
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MAX_KNOWN:
            _known.clear()
        found = _known[key] = _read(file, name)
    return found


def _read(file: str, name: str) -> int:
    try:
        if not os.path.isfile(file) or os.path.getsize(file) > MAX_SOURCE:
            return NOT
        with tokenize.open(file) as source:
            text = source.read()
        # Parsing is slow, and most modules that have the name only import it.
        if re.search(rf"(?m)^[^\n#()]*\b{re.escape(name)}\b[^\n()=]*=(?!=)", text) is None:
            return NOT
        return max((_weigh(value) for value in _values(ast.parse(text).body, name)), default=NOT)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return NOT


def _values(body: list[ast.stmt], name: str) -> Iterator[ast.expr]:
    """What a module's own statements, those under ``if`` and ``try`` included, assign to ``name``."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _matched(target, statement.value, name)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from _matched(statement.target, statement.value, name)
        elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ("body", "orelse", "finalbody"):
                yield from _values(getattr(statement, part, []), name)
            for handler in getattr(statement, "handlers", []):
                yield from _values(handler.body, name)


def _matched(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        for inner, part in zip(target.elts, value.elts, strict=False):
            yield from _matched(inner, part, name)


def _weigh(value: ast.expr) -> int:
    if not isinstance(value, ast.Call):
        return NOT
    function = value.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return CREATES if called.endswith("Signal") else ASSIGNS
