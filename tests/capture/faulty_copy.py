"""A second copy of signaltrace.capture in which every function asks first whether it is to fail.

The question is put into the source of every function, method, lambda and closure as the copy is
loaded, so that a function added tomorrow is in it by itself. It comes first; in a function that opens
with ``try`` and catches all, it is the first thing tried: what that function calls fails there. The
copy has a patch, tables and a context variable of its own; all else it shares with the package.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import mmap
import os
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

import signaltrace
from signaltrace import capture

PACKAGE = capture.__name__
FOLDER = os.path.dirname(os.path.abspath(capture.__file__))
_QUESTION = "__shall_i_fail__"


@dataclass
class Faults:
    """Which function fails, at which of its calls, and with what; and what was called."""

    functions: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    called_from_outside: set[str] = field(default_factory=set)
    raised: int = 0
    failed: set[str] = field(default_factory=set)
    # Whether one did in this process or in a forked child: memory that they have in common.
    anywhere: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 1))
    _names: tuple[str, ...] = ()
    _at: Callable[[int], bool] = bool
    _make: Callable[[], Exception] = Exception

    def ask(self, name: str) -> None:
        """What every function of the copy calls first."""
        self.calls[name] += 1
        caller = sys._getframe(1).f_back
        if caller is None or not caller.f_code.co_filename.startswith(FOLDER):
            self.called_from_outside.add(name)
        if name in self._names and self._at(self.calls[name]):
            self.raised += 1
            self.failed.add(name)
            self.anywhere[0] = 1
            raise self._make()

    @contextlib.contextmanager
    def armed(
        self, names: tuple[str, ...], at: Callable[[int], bool], make: Callable[[], Exception]
    ) -> Iterator[None]:
        """Let functions fail at those of their calls, counted from 1, for which ``at`` is true."""
        self.calls.clear()
        self.raised = 0
        self._names, self._at, self._make = names, at, make
        try:
            yield
        finally:
            self._names = ()


class _Asking(ast.NodeTransformer):
    """Puts the question into every function of a module."""

    def __init__(self, module: str, functions: list[str]) -> None:
        self._place = [module]
        self._functions = functions
        self._bare = {"Protocol"}

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if any(isinstance(base, ast.Name) and base.id in self._bare for base in node.bases):
            return node  # what it declares is never run
        self._place.append(node.name)
        self.generic_visit(node)
        self._place.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._inside(node, node.name)
        at = 1 if ast.get_docstring(node, clean=False) is not None else 0
        guard = node.body[at] if len(node.body) > at else None
        body = guard.body if isinstance(guard, ast.Try) and _catches_all(guard) else node.body[at:]
        body.insert(0, ast.copy_location(ast.Expr(self._question(node, node.name)), node))
        if body is not getattr(guard, "body", None):
            node.body[at:] = body
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._inside(node, "<lambda>")
        # None, so that what follows is what the lambda gives
        asked = [self._question(node, "<lambda>"), node.body]
        node.body = ast.copy_location(ast.BoolOp(ast.Or(), asked), node)
        return node

    def _inside(self, node: Any, name: str) -> None:
        self._place += [name, "<locals>"]
        self.generic_visit(node)
        del self._place[-2:]

    def _question(self, node: Any, name: str) -> ast.expr:
        qualified = ".".join([*self._place, name])
        while qualified in self._functions:
            qualified += "'"
        self._functions.append(qualified)
        question = ast.Call(ast.Name(_QUESTION, ast.Load()), [ast.Constant(qualified)], [])
        return ast.copy_location(question, node)


def _catches_all(guard: ast.Try) -> bool:
    return any(isinstance(each.type, ast.Name) and each.type.id == "Exception" for each in guard.handlers)


class _Loader(SourceFileLoader):
    """Loads one module of the copy."""

    def __init__(self, name: str, path: str, faults: Faults) -> None:
        super().__init__(name, path)
        self._faults = faults

    def get_code(self, name: str) -> CodeType:
        """Compiled from source each time: a cached file has no questions in it."""
        tree = ast.parse(self.get_data(self.path), self.path)
        short = name.removeprefix(PACKAGE).removeprefix(".")
        tree = ast.fix_missing_locations(_Asking(short, self._faults.functions).visit(tree))
        code: CodeType = compile(tree, self.path, "exec", dont_inherit=True)
        return code

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[_QUESTION] = self._faults.ask
        super().exec_module(module)


class _Finder:
    """Finds modules of the copy while it is being loaded."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """For the package and what is in it, nothing else."""
        if name != PACKAGE and not name.startswith(f"{PACKAGE}."):
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        if found is None or found.origin is None:
            return None
        loader = _Loader(name, found.origin, self._faults)
        return importlib.util.spec_from_file_location(
            name, found.origin, loader=loader, submodule_search_locations=found.submodule_search_locations
        )


class Copy:
    """The loaded copy: its modules by short name, and the faults to be asked for."""

    def __init__(self) -> None:
        self.faults = Faults()
        ours = {name: each for name, each in sys.modules.items() if _is_ours(name)}
        finder = _Finder(self.faults)
        sys.meta_path.insert(0, finder)  # type: ignore[arg-type]
        for name in ours:
            del sys.modules[name]
        try:
            top = importlib.import_module(PACKAGE)
            names = [each.name for each in pkgutil.walk_packages(top.__path__, f"{PACKAGE}.")]
            self.modules = {name.removeprefix(f"{PACKAGE}."): importlib.import_module(name) for name in names}
            self.modules["probes"].probes()  # kept from now on: the copy's own
        finally:
            sys.meta_path.remove(finder)  # type: ignore[arg-type]
            for name in [name for name in sys.modules if _is_ours(name)]:
                del sys.modules[name]
            sys.modules.update(ours)
            signaltrace.capture = capture

    def __getattr__(self, name: str) -> ModuleType:
        return self.modules[name]


def function_names() -> list[str]:
    """Every function of the package by module and qualified name, from its sources."""
    found: list[str] = []
    for each in pkgutil.walk_packages(capture.__path__, f"{PACKAGE}."):
        name = each.name.removeprefix(f"{PACKAGE}.")
        path = os.path.join(FOLDER, *name.split("."), *(["__init__"] if each.ispkg else []))
        with open(f"{path}.py", encoding="utf-8") as file:
            _Asking(name, found).visit(ast.parse(file.read()))
    return found


def _is_ours(name: str) -> bool:
    return name == PACKAGE or name.startswith(f"{PACKAGE}.")
