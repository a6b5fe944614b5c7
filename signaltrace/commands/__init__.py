"""Commands: one typer subcommand a file, found by scanning this folder: parse, call, print.

A subcommand is a module that defines ``NAME``, ``SUMMARY`` (its help), ``PANEL`` (where the help
lists it) and ``command(...)``, whose parameters are its options and arguments and which returns
an *action*: what to do with the door it was called through. The action runs after parsing is
over: typer's own machinery around a running command swallows exceptions, and the program that
is traced must keep its own. The other modules here are what subcommands share.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType


def subcommands() -> list[ModuleType]:
    """The modules of the subcommands, sorted by name."""
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    return [module for module in modules if hasattr(module, "NAME")]
