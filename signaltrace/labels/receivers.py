"""What a receiver is called and where it is written, stage *labels*. Runs none of its code.

Callable objects are named by their class with ``()``, as they are connected: ``shop.audit.Recorder()``.
A decorated function is the function it wraps; a bound method belongs to its object's class.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from signaltrace.labels.apps import app_of
from signaltrace.labels.looking import (
    c_text,
    class_attribute,
    class_dict,
    class_module,
    class_name,
    cut,
    dotted,
    exact_text,
    instance_dict,
    is_a,
    module_file,
    own,
)
from signaltrace.labels.places import is_mine, short_path
from signaltrace.trace import ReceiverInfo

# As deep as decorators and partials are followed: one that wraps itself ends here.
MAX_DEPTH = 32

_partial_func = partial.__dict__["func"].__get__
# Set by inspect.markcoroutinefunction (3.12), asyncio and asgiref, for what is no `async def` itself.
_ASYNC_MARKS = ("_is_coroutine_marker", "_is_coroutine")


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking at a receiver gave: its name, its module, its own short name, its place."""

    name: str
    module: str = ""
    own_name: str = ""
    file: str | None = None
    line: int | None = None


def describe_receiver(receiver: Any) -> ReceiverInfo:
    """Name, place, app and kind of a receiver. Never raises: the worst there is is a type's name."""
    try:
        seen = look(receiver)
        return ReceiverInfo(
            name=cut(seen.name),
            file=seen.file,
            line=seen.line,
            app=app_of(seen.module),
            mine=is_mine(seen.file),
            is_async=_is_async(receiver),
        )
    except Exception:  # noqa: BLE001 - a receiver nobody can describe must still be traced
        return ReceiverInfo(class_name(type(receiver)))


def look(receiver: Any, depth: int = 0) -> Seen:
    """What can be told of any callable by looking at it."""
    kind = type(receiver)
    if kind is FunctionType:
        return _function(receiver, depth)
    if kind is MethodType:
        return _method(receiver, depth)
    if kind is staticmethod or kind is classmethod:
        return look(receiver.__func__, depth + 1) if depth < MAX_DEPTH else Seen(kind.__name__)
    if issubclass(kind, partial):
        return _partial(receiver, depth)
    if kind is BuiltinFunctionType:
        return _builtin(receiver)
    if issubclass(kind, type):
        return _class(receiver)
    return _object(receiver, depth)


def _function(function: FunctionType, depth: int) -> Seen:
    wrapped = dict.get(function.__dict__, "__wrapped__")
    if wrapped is not None:
        inner = _wrapped(wrapped, depth)
        if inner is not None:
            return inner
    module = exact_text(function.__module__) or ""
    name = exact_text(function.__qualname__) or "function"
    file, line = _code_place(function.__code__)
    own_name = name.rpartition(".")[2]
    if own_name == "<lambda>":
        return Seen(f"<lambda> at {short_path(file or '?')}:{line}", module, own_name, file, line)
    return Seen(dotted(module, name), module, own_name, file, line)


def _wrapped(wrapped: Any, depth: int) -> Seen | None:
    """What a decorator wraps; None when there are so many that they must run in a circle."""
    if depth >= MAX_DEPTH:
        return None
    # Anything may sit in an attribute: only what could be called is believed.
    return look(wrapped, depth + 1) if class_attribute(type(wrapped), "__call__") is not None else None


def _method(method: MethodType, depth: int) -> Seen:
    owner = method.__self__
    cls: type = owner if is_a(owner, type) else type(owner)  # type: ignore[assignment]
    inner = look(method.__func__, depth + 1) if depth < MAX_DEPTH else Seen("method")
    if inner.own_name in ("", "<lambda>"):
        return inner
    return Seen(
        cut(f"{class_name(cls)}.{inner.own_name}"), class_module(cls), inner.own_name, inner.file, inner.line
    )


def _partial(receiver: Any, depth: int) -> Seen:
    inner = look(_partial_func(receiver), depth + 1) if depth < MAX_DEPTH else Seen("…")
    return Seen(f"partial({inner.name})", inner.module, "", inner.file, inner.line)


def _builtin(function: BuiltinFunctionType) -> Seen:
    # Not __qualname__: for a method of a C type it asks the class, whose metaclass may be a stranger's.
    name = exact_text(function.__name__) or "builtin"
    owner = function.__self__
    if owner is None or is_a(owner, ModuleType):
        module = exact_text(function.__module__) or ""
        return Seen(dotted(module, name), module, name)
    cls: type = owner if is_a(owner, type) else type(owner)  # type: ignore[assignment]
    return Seen(cut(f"{class_name(cls)}.{name}"), class_module(cls), name)


def _class(cls: type) -> Seen:
    module = class_module(cls)
    file, line = module_file(module), None
    for method in ("__init__", "__new__"):
        function = class_dict(cls).get(method)
        if type(function) is staticmethod:
            function = function.__func__
        if type(function) is FunctionType:
            file, line = _code_place(function.__code__)
            break
    first = class_dict(cls).get("__firstlineno__")  # Python 3.13 and later
    return Seen(class_name(cls), module, "", file, first if type(first) is int else line)


def _object(receiver: object, depth: int) -> Seen:
    wrapped = own(receiver, "__wrapped__")
    if wrapped is not None:
        inner = _wrapped(wrapped, depth)
        if inner is not None:
            return inner
    kind = type(receiver)
    compiled = c_text(receiver, "__qualname__") or c_text(receiver, "__name__")
    if compiled:
        module = c_text(receiver, "__module__") or class_module(kind)
        return Seen(dotted(module, compiled), module, compiled.rpartition(".")[2])
    file, line = None, None
    call = class_attribute(kind, "__call__")
    if type(call) is FunctionType and depth < MAX_DEPTH:
        inner = look(call, depth + 1)
        file, line = inner.file, inner.line
    return Seen(f"{class_name(kind)}()", class_module(kind), "", file, line)


def _code_place(code: CodeType) -> tuple[str | None, int | None]:
    return exact_text(code.co_filename), code.co_firstlineno


def _is_async(receiver: Any) -> bool:
    """As Django asks it: the function itself, not what a decorator wraps, through partials and methods."""
    for _ in range(MAX_DEPTH):
        if is_a(receiver, partial):
            receiver = _partial_func(receiver)
        elif type(receiver) is MethodType:
            receiver = receiver.__func__
        else:
            break
    if type(receiver) is FunctionType and receiver.__code__.co_flags & inspect.CO_COROUTINE:
        return True
    attributes = receiver.__dict__ if type(receiver) is FunctionType else instance_dict(receiver)
    return any(dict.get(attributes, mark) is not None for mark in _ASYNC_MARKS)
