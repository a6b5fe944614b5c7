"""Where a ``connect`` was called, and within which ``ready()``, stage *inventory*. Reads no variables."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any

import django
from django.apps import AppConfig
from django.apps.registry import Apps

import signaltrace
from signaltrace.labels.looking import exact_text, is_a, loaded
from signaltrace.trace import CallSite

_MOST_FRAMES = 1_000
_LAZY = "lazy_model_operation"


def _folder(module: object) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(getattr(module, "__file__", None) or "")), "")


_DJANGO = _folder(django)
_OURS = _folder(signaltrace)
_BETWEEN = frozenset(each.__code__.co_filename for each in (functools.wraps, contextlib.contextmanager))
_POPULATE: CodeType = Apps.populate.__code__
_mro = type.__dict__["__mro__"].__get__

# CPython's own table: current_thread() would add to it a thread that threading did not start.
_active: dict[int, threading.Thread] = getattr(threading, "_active", {})


def call_site(
    frame: FrameType | None, passing_on: frozenset[CodeType] = frozenset()
) -> tuple[CallSite | None, str]:
    """The nearest line outside Django and us, at or above ``frame``, and the ``ready()`` it runs within.

    Code that is ``passing_on`` the call is not who calls. What Django connects of itself, as a module of it
    is imported or in a ``ready()`` of its own apps, is at home there, and not with whoever came first.
    """
    site: CallSite | None = None
    within = ""
    for _ in range(_MOST_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        if site is None and _is_site(code) and code not in passing_on:
            site = CallSite(code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_qualname)
        if code.co_name == "ready":
            # The outermost: a config's ready() may call that of the one it inherits from.
            within = _ready_name(frame) or within
        frame = frame.f_back
    return site, within


def is_put_off(frame: FrameType | None) -> bool:
    """Whether this call is one that waited for a model to be loaded, or could have."""
    for _ in range(8):
        if frame is None:
            return False
        if frame.f_code.co_name == _LAZY:
            return True
        frame = frame.f_back
    return False


def thread_name() -> str:
    """The name of the running thread."""
    thread = _active.get(threading.get_ident())
    name = getattr(thread, "_name", None) if thread is not None else None
    return name if type(name) is str else f"thread {threading.get_ident()}"


def caller(depth: int) -> FrameType | None:
    """The frame so many calls above the one that asks; None where there are fewer."""
    try:
        return sys._getframe(depth + 1)
    except ValueError:
        return None


def _is_site(code: CodeType) -> bool:
    path = code.co_filename
    if path.startswith(_DJANGO):
        return code.co_name == "<module>" or code.co_qualname.endswith(".ready")
    return not (path.startswith((_OURS, "<frozen ")) or path in _BETWEEN)


def _ready_name(frame: FrameType) -> str:
    """``shop.apps.ShopConfig.ready`` where that is what runs, "" for any other function of the name."""
    module: Any = dict.get(frame.f_globals, "__name__")
    name = f"{exact_text(module) or '?'}.{frame.f_code.co_qualname}"
    config = loaded(name.rpartition(".")[0])
    if config is not None and is_a(config, type) and any(base is AppConfig for base in _mro(config)):
        return name
    return name if frame.f_back is not None and frame.f_back.f_code is _POPULATE else ""
