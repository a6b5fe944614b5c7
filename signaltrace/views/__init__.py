"""Views: results of analysis as rich renderables. A trace view is a module here that defines NAME."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from signaltrace.analysis.matching import closest
from signaltrace.errors import SignaltraceError


@cache
def _found() -> dict[str, ModuleType]:
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    return {module.NAME: module for module in modules if hasattr(module, "NAME")}


def names() -> list[str]:
    """The names of the trace views, sorted."""
    return sorted(_found())


def load(name: str) -> ModuleType:
    """The module of a trace view: ``NAME``, ``SUMMARY``, ``render(trace, selection)``.

    Raises SignaltraceError for a name no view has.
    """
    found = _found()
    if name not in found:
        near = closest(name, found)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(names())}"
        raise SignaltraceError(f"no view called {name[:40]!r}; {hint}")
    return found[name]
