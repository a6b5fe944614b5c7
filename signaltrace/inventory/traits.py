"""What kind of thing a receiver is, and what Django asks of it, stage *inventory*. Runs none of its code."""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple

from signaltrace.declarations import (
    CLASS,
    FUNCTION,
    LAMBDA,
    LOCAL_FUNCTION,
    METHOD,
    OBJECT,
    PARTIAL,
    UNKNOWN_KIND,
)
from signaltrace.inventory.keywords import accepts_kwargs
from signaltrace.labels.looking import (
    c_text,
    class_attribute,
    class_module,
    class_name,
    exact_text,
    instance_dict,
    own,
)
from signaltrace.labels.receivers import MAX_DEPTH

_partial_func = partial.__dict__["func"].__get__


class Traits(NamedTuple):
    """The fields of a Connection that are its receiver's own."""

    kind: str = ""
    module: str = ""
    qualname: str = ""
    has_qualname: bool = True
    accepts_kwargs: bool = True


def traits_of(receiver: Any) -> Traits:
    """Everything at once. Never raises: of a receiver that can't be read nothing is claimed."""
    try:
        return Traits(kind_of(receiver), *named(receiver), has_qualname(receiver), accepts_kwargs(receiver))
    except Exception:  # noqa: BLE001 - a receiver that can't be read is still connected
        return Traits(UNKNOWN_KIND)


def kind_of(receiver: Any) -> str:
    """One of the kinds in :mod:`signaltrace.declarations`."""
    kind = type(receiver)
    if kind is FunctionType:
        name = exact_text(receiver.__qualname__) or ""
        if name.rpartition(".")[2] == "<lambda>":
            return LAMBDA
        return LOCAL_FUNCTION if "<locals>" in name else FUNCTION
    if kind is MethodType:
        return METHOD
    if issubclass(kind, partial):
        return PARTIAL
    if issubclass(kind, type):
        return CLASS
    return UNKNOWN_KIND if kind is BuiltinFunctionType else OBJECT


def named(receiver: Any, depth: int = 0) -> tuple[str, str]:
    """Module and qualname: the function's for a partial or a method, the class's for an object.

    An object that says it wraps a function (a task, say) goes by that function's.
    """
    kind = type(receiver)
    if depth > MAX_DEPTH:
        return "", ""
    if kind is FunctionType or kind is BuiltinFunctionType:
        # Of a method of a C type the qualname would be asked of the class: its own name does.
        name = receiver.__qualname__ if kind is FunctionType else receiver.__name__
        return exact_text(receiver.__module__) or "", exact_text(name) or ""
    if kind is MethodType or kind is staticmethod or kind is classmethod:
        return named(receiver.__func__, depth + 1)
    if issubclass(kind, partial):
        return named(_partial_func(receiver), depth + 1)
    if not issubclass(kind, type):
        wrapped = own(receiver, "__wrapped__")
        if wrapped is not None and class_attribute(type(wrapped), "__call__") is not None:
            return named(wrapped, depth + 1)
        compiled = c_text(receiver, "__qualname__")
        if compiled:
            return c_text(receiver, "__module__") or class_module(kind), compiled
    cls: type = receiver if issubclass(kind, type) else kind
    module = class_module(cls)
    return module, class_name(cls).removeprefix(f"{module}.")


def has_qualname(receiver: Any, depth: int = 0) -> bool:
    """Whether ``receiver.__qualname__`` is there, as ``send_robust`` asks of one that raises."""
    kind = type(receiver)
    if depth > MAX_DEPTH or kind is FunctionType or kind is BuiltinFunctionType or issubclass(kind, type):
        return True
    if kind is MethodType:
        return has_qualname(receiver.__func__, depth + 1)
    if "__qualname__" in instance_dict(receiver) or class_attribute(kind, "__qualname__") is not None:
        return True
    return _answers_for_itself(kind)


def _answers_for_itself(kind: type) -> bool:
    """Whether only a class's own code could tell which attributes its instances have."""
    asked = class_attribute(kind, "__getattribute__")
    usual = asked is object.__getattribute__ or asked is partial.__getattribute__
    return not usual or class_attribute(kind, "__getattr__") is not None
