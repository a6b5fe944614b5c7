"""Which Django this is, stage *capture*: the versions whose dispatch loop the fast path may stand for."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import FunctionType
from typing import Any

import django
from django.dispatch import dispatcher

PROVEN = ((5, 2), (6, 0), (6, 1))
"""The versions on which the differential tests ran; on any other the exact path serves."""

run_parallel: Callable[..., Any] | None = getattr(dispatcher, "_run_parallel", None)
"""How 6.1 runs async receivers together; None before it, where they are gathered."""

_HOME = os.path.dirname(os.path.abspath(dispatcher.__file__))


def proven(version: tuple[Any, ...] = django.VERSION) -> bool:
    """Whether the fast path is proven for this Django."""
    return version[:2] in PROVEN


def is_djangos(method: Any) -> bool:
    """Whether a method is Django's own, not another tool's patch of it."""
    return type(method) is FunctionType and os.path.dirname(method.__code__.co_filename) == _HOME
