"""The formats of ``doctor`` for other tools: each a module of this folder, found by scanning it.

An export of findings defines ``NAME``, ``SUMMARY`` (a line of help) and
``render_findings(diagnosis, root) -> str``. ``root`` is the folder that files are told relative to.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

import signaltrace.exports as folder


@cache
def formats() -> dict[str, ModuleType]:
    """The exports of findings by name, sorted."""
    modules = (
        import_module(f"{folder.__name__}.{each.name}") for each in pkgutil.iter_modules(folder.__path__)
    )
    found = {module.NAME: module for module in modules if hasattr(module, "render_findings")}
    return dict(sorted(found.items()))
