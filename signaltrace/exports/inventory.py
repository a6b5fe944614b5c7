"""The formats of ``receivers`` for other tools: each a module of this folder, found by scanning it.

An export of the inventory defines ``NAME``, ``SUMMARY`` (a line of help) and ``render_inventory(inventory)``,
which gives an :class:`Exported`. All of them are ASCII, whatever names there are: what else a name has
is written as the format's own escapes, so that no terminal, pipe or editor can spoil it.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

import signaltrace.exports as folder


@dataclass(frozen=True, slots=True)
class Exported:
    """The text, which ends in one line end, and sentences for the user that do not belong into it."""

    text: str
    notes: tuple[str, ...] = ()


@cache
def formats() -> dict[str, ModuleType]:
    """The exports of the inventory by name, sorted."""
    modules = (
        import_module(f"{folder.__name__}.{each.name}") for each in pkgutil.iter_modules(folder.__path__)
    )
    found = {module.NAME: module for module in modules if hasattr(module, "render_inventory")}
    return dict(sorted(found.items()))
