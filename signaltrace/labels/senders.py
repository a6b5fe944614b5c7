"""What a sender is called, stage *labels*. Runs none of its code."""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from django.apps import AppConfig
from django.db.models.options import Options

from signaltrace.labels.apps import app_label, app_of
from signaltrace.labels.looking import (
    class_attribute,
    class_module,
    class_name,
    cut,
    exact_text,
    is_a,
    is_exactly,
    module_dict,
    own,
)
from signaltrace.labels.receivers import look
from signaltrace.trace import SenderInfo

ANY_SENDER = SenderInfo("any sender")
MAX_TEXT = 80

_CALLABLES = (FunctionType, MethodType, BuiltinFunctionType)


def describe_sender(sender: Any) -> SenderInfo:
    """Name and app of a sender. Never raises: the worst there is is a type's name.

    ``shop.Order`` for a model, the dotted name of another class or a function, a str itself,
    ``app shop`` for an AppConfig, ``module shop.apps``, else ``instance of shop.cart.Cart``.
    """
    try:
        return _describe(sender)
    except Exception:  # noqa: BLE001 - a sender nobody can describe must still be traced
        return SenderInfo(f"instance of {class_name(type(sender))}")


def _describe(sender: Any) -> SenderInfo:
    if sender is None:
        return ANY_SENDER
    kind = type(sender)
    if issubclass(kind, type):
        return describe_class(sender)
    if kind is str:
        return SenderInfo(cut(sender, MAX_TEXT))
    if issubclass(kind, AppConfig):
        label = app_label(sender)
        return SenderInfo(f"app {label or class_name(kind)}", label)
    if issubclass(kind, ModuleType):
        name = exact_text(dict.get(module_dict(sender), "__name__")) or "?"
        return SenderInfo(cut(f"module {name}"), app_of(name))
    if is_exactly(sender, *_CALLABLES) or issubclass(kind, partial):
        seen = look(sender)
        return SenderInfo(cut(seen.name), app_of(seen.module))
    described = describe_class(kind)
    return SenderInfo(cut(f"instance of {described.name}"), described.app)


def described_by_class(kind: type) -> bool:
    """Whether all instances of ``kind`` are described alike, as ``instance of`` it."""
    if kind is type(None) or kind is str or issubclass(kind, (type, AppConfig, ModuleType, partial)):
        return False
    return not any(kind is each for each in _CALLABLES)


def describe_class(cls: type) -> SenderInfo:
    """A class by its model label where it is a model, else by its dotted name."""
    meta = class_attribute(cls, "_meta")
    if meta is not None and is_a(meta, Options):
        app, name = exact_text(own(meta, "app_label")), exact_text(own(meta, "object_name"))
        if app and name:
            return SenderInfo(cut(f"{app}.{name}"), app)
    return SenderInfo(class_name(cls), app_of(class_module(cls)))
