"""The house rules a reader would otherwise have to trust: import direction, cycles, sizes, docstrings."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import signaltrace

ROOT = Path(signaltrace.__file__).parent
MODULES = {
    ".".join(("signaltrace", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
# What code reaches outside of the process by, for probes and rehearsals.
OUTSIDE = "outside"
FRONT = {"apps", "checks", "commands", "management", "pytest_plugin", "__main__"}
TRACE_STAGE = {
    "trace", "rows", "plain", "span", "ran", "tally", "totals", "intervals", "shape", "connections", "merge",
    "errors", "declarations", "history", "model_map", "facts", "event", "probed",
}  # fmt: skip
NAMED = TRACE_STAGE | {"labels", "internals", "inventory", "targets", "analysis"}
# What each part of the package may import of the others.
ALLOWED = {
    **dict.fromkeys(TRACE_STAGE, TRACE_STAGE),
    "labels": TRACE_STAGE,
    "internals": {"labels"},
    OUTSIDE: TRACE_STAGE | {"labels"},
    "capture": TRACE_STAGE | {"labels", "internals", OUTSIDE},
    "inventory": TRACE_STAGE | {"labels", "internals"},
    "analysis": TRACE_STAGE,
    "storage": TRACE_STAGE,
    "views": TRACE_STAGE | {"analysis"},
    "exports": TRACE_STAGE | {"analysis", "storage"},
    "testing": TRACE_STAGE | {"asserting"},
    # What uses the record from a program or a suite of tests: above capture and the inventory.
    "targets": TRACE_STAGE | {"labels", "internals", "inventory", "analysis"},
    "muting": NAMED | {"capture"},
    "asserting": NAMED | {"capture", "views"},
    "suite": NAMED | {"capture", "storage", "muting"},
    "rehearsal": NAMED | {"capture", "muting", OUTSIDE},
}
WITHOUT_DJANGO = TRACE_STAGE | {"analysis", "storage", "views", "exports", "testing"}
PRIVATE = {"_live_receivers", "_dead_receivers", "sender_receivers_cache"}


def part_of(module: str) -> str:
    """The stage a module belongs to: `capture` for `signaltrace.capture.patch`, "" for the package."""
    return [*module.split("."), ""][1]


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports_of(module: str, *, at_import: bool = False) -> set[str]:
    """Every module a file imports, submodules named as such; what only type checkers import left out."""
    found: set[str] = set()
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]

    def visit(statement: ast.AST) -> None:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            return
        if at_import and isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return
        if isinstance(statement, ast.Import):
            found.update(alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - statement.level + 1]
            base = ".".join([*up, *filter(None, [statement.module])]) if statement.level else statement.module
            for alias in statement.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in MODULES else str(base))
        for child in ast.iter_child_nodes(statement):
            visit(child)

    visit(tree_of(module))
    return found


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    """capture → trace ← analysis ← views, exports; only the front doors see everything."""
    part = part_of(module)
    if part in FRONT or module == "signaltrace":
        return
    assert part in ALLOWED, f"say in ALLOWED which stage signaltrace.{part} is"
    ours = {each for each in imports_of(module) if each.startswith("signaltrace.")}
    assert {each for each in ours if part_of(each) not in ALLOWED[part] | {part}} == set()


@pytest.mark.parametrize("module", [each for each in MODULES if part_of(each) in WITHOUT_DJANGO])
def test_right_of_the_trace_nothing_imports_django(module: str) -> None:
    """A saved trace renders anywhere, also where there is no Django project."""
    assert [each for each in imports_of(module) if each.split(".")[0] in ("django", "asgiref")] == []


def test_there_are_no_cycles() -> None:
    """Modules can be understood, and imported, in one order."""
    graph = {
        module: {each for each in imports_of(module, at_import=True) if each in MODULES} for module in MODULES
    }
    left = dict(graph)
    while ready := [module for module, needs in left.items() if not (needs - {module}) & left.keys()]:
        for module in ready:
            del left[module]
    assert sorted(left) == []


@pytest.mark.parametrize("module", MODULES)
def test_only_internals_and_capture_touch_private_attributes_of_signals(module: str) -> None:
    """A change in Django's Signal is answered in one place; the fast path inlines it for speed."""
    if module == "signaltrace.internals" or part_of(module) == "capture":
        return
    tree = tree_of(module)
    attributes = {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
    texts = {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)}
    assert (attributes | texts) & PRIVATE == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_and_says_what_it_is(module: str) -> None:
    """Whoever opens a file learns its role from its first sentence, and can read it to the end."""
    text = MODULES[module].read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring
    assert docstring.split("\n", maxsplit=1)[0].strip()
    assert len(text.splitlines()) <= 280


def test_importing_the_package_imports_no_django() -> None:
    """`signaltrace` can be imported before settings are configured, and where there is no Django."""
    loaded = "import sys, signaltrace; print([m for m in sys.modules if m.split('.')[0] == 'django'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    command = [sys.executable, "-c", loaded]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert result.stdout.strip() == "[]"


def test_modules_right_of_the_trace_load_without_django() -> None:
    """What the imports say holds when they are run: views and exports come up with Django forbidden."""
    modules = [each for each in MODULES if part_of(each) in WITHOUT_DJANGO]
    program = (
        "import sys; sys.modules['django'] = None\n"
        f"for each in {modules!r}: __import__(each)\n"
        "print(sorted(m for m in sys.modules if m.startswith('django.')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert result.stdout.strip() == "[]"
