"""The rules of ``doctor``, stage *analysis*: one module each, found by scanning this folder.

A rule defines ``ID``, ``NAME``, ``SEVERITY``, ``SUMMARY``, ``WHY``, ``NEEDS_TRACE`` and ``find(facts)``,
which yields findings: see :class:`signaltrace.analysis.finding.Rule`. It fires on evidence; what it infers
it marks as ``possible``.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from signaltrace.analysis.finding import Rule


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule there is, sorted by the number in its id."""
    modules = (import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found = [cast(Rule, module) for module in modules if hasattr(module, "ID")]
    return tuple(sorted(found, key=lambda each: each.ID[-3:]))
