"""Where a class is written, stage *inventory*: its file and its line. Imports and runs nothing."""

from __future__ import annotations

import ast
import os
import sys
import tokenize

from signaltrace.labels.looking import class_dict, class_module, exact_text, module_file

MAX_SOURCE = 1_000_000
_MAX_KNOWN = 2_000

_class_qualname = type.__dict__["__qualname__"].__get__

# By file, for as long as the file is the same: (mtime, size), lines by qualname.
_known: dict[str, tuple[tuple[int, int], dict[str, int]]] = {}


def class_place(cls: type) -> tuple[str | None, int | None]:
    """File and first line (of its first decorator) of a class; the line is None for one made by a call."""
    file = module_file(class_module(cls))
    if file is None or not file.endswith((".py", ".pyw")):
        return file, None
    first = class_dict(cls).get("__firstlineno__")  # Python 3.13 and later
    if type(first) is int:
        return file, first
    if sys.version_info >= (3, 13):
        return file, None
    return file, _lines(file).get(exact_text(_class_qualname(cls)) or "")


def _lines(file: str) -> dict[str, int]:
    """The first lines of all classes of a file by qualname; of two of one name the later one's."""
    try:
        state = os.stat(file)
        key = (state.st_mtime_ns, state.st_size)
        if file in _known and _known[file][0] == key:
            return _known[file][1]
        found: dict[str, int] = {}
        if state.st_size <= MAX_SOURCE:
            with tokenize.open(file) as source:
                _gather(ast.parse(source.read()).body, "", found)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    _known[file] = (key, found)
    return found


def _gather(body: list[ast.stmt], prefix: str, found: dict[str, int]) -> None:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            name = prefix + statement.name
            found[name] = min([statement.lineno, *(each.lineno for each in statement.decorator_list)])
            _gather(statement.body, f"{name}.", found)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            _gather(statement.body, f"{prefix}{statement.name}.<locals>.", found)
        else:
            for part in ("body", "orelse", "finalbody"):
                _gather(getattr(statement, part, []), prefix, found)
            for clause in getattr(statement, "handlers", []):
                _gather(clause.body, prefix, found)
