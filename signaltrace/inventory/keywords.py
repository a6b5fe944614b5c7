"""Whether a receiver takes any keywords, stage *inventory*: what Django asks of each, under DEBUG alone.

Django's own ``func_accepts_kwargs`` is not called: its cache would keep the receiver alive, and
``inspect.signature`` asks the receiver for attributes. The answer is the same where looking can tell.
"""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from signaltrace.labels.looking import class_attribute, class_dict, instance_dict, is_a, own

_MAX_DEPTH = 32
_partial_func = partial.__dict__["func"].__get__
_mro = type.__dict__["__mro__"].__get__
_parameters = inspect.Signature.__dict__["_parameters"].__get__
_kind = inspect.Parameter.__dict__["_kind"].__get__


def accepts_kwargs(receiver: Any, depth: int = 0) -> bool:
    """Whether its signature has ``**kwargs``; True where it can't be told."""
    kind = type(receiver)
    if depth > _MAX_DEPTH:
        return True
    if kind is MethodType:
        return accepts_kwargs(receiver.__func__, depth + 1)
    if is_a(receiver, type):
        return _class_accepts(receiver, depth)
    attributes = instance_dict(receiver)
    signature = dict.get(attributes, "__signature__")
    if signature is not None:
        return _says(signature)
    wrapped = dict.get(attributes, "__wrapped__")
    if wrapped is not None:
        return accepts_kwargs(wrapped, depth + 1)
    if kind is FunctionType:
        return bool(receiver.__code__.co_flags & inspect.CO_VARKEYWORDS)
    if issubclass(kind, partial):
        return accepts_kwargs(_partial_func(receiver), depth + 1)
    return _object_accepts(receiver, depth)


def _says(signature: Any) -> bool:
    """What a signature that was set by hand says."""
    if type(signature) is not inspect.Signature:
        return True
    found = _parameters(signature)
    each_kind = [
        _kind(each) if is_a(each, inspect.Parameter) else inspect.Parameter.VAR_KEYWORD
        for each in found.values()
    ]
    return inspect.Parameter.VAR_KEYWORD in each_kind


def _class_accepts(cls: type, depth: int) -> bool:
    """Of a class: the first of ``__new__`` and ``__init__`` along its bases."""
    if type(cls) is not type or class_attribute(cls, "__signature__") is not None:
        return True  # a metaclass may call it as it likes
    for base in _mro(cls):
        if base is object:
            return False
        attributes = class_dict(base)
        for name in ("__new__", "__init__"):
            method = attributes.get(name)
            if type(method) is staticmethod:
                method = method.__func__
            if type(method) is FunctionType:
                return accepts_kwargs(method, depth + 1)
            if method is not None:
                return True
    return True


def _object_accepts(receiver: object, depth: int) -> bool:
    """Of a callable object: its class's ``__call__``."""
    kind = type(receiver)
    asked = class_attribute(kind, "__getattribute__")
    if asked is not object.__getattribute__ or class_attribute(kind, "__getattr__") is not None:
        return True
    if any(class_attribute(kind, name) is not None for name in ("__signature__", "__wrapped__")):
        return True
    if own(receiver, "__func__") is not None:
        return True
    call = class_attribute(kind, "__call__")
    if type(call) is staticmethod:
        call = call.__func__
    return accepts_kwargs(call, depth + 1) if type(call) is FunctionType else True
