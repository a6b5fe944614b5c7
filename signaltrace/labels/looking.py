"""Looking at strangers' objects without running their code, stage *labels*.

A lazy object wakes up when ``isinstance`` or ``getattr`` touches it: it may raise, or query the
database. Everything here reads through C descriptors of `type`, `object` and the classes of the
standard library, which no class, metaclass or module can override.
"""

from __future__ import annotations

import sys
from types import GetSetDescriptorType, MappingProxyType, MemberDescriptorType, ModuleType
from typing import Any

MAX_NAME = 200

_class_dict = type.__dict__["__dict__"].__get__
_class_mro = type.__dict__["__mro__"].__get__
_class_module = type.__dict__["__module__"].__get__
_class_qualname = type.__dict__["__qualname__"].__get__
_module_dict: Any = vars(ModuleType)["__dict__"].__get__


def is_a(value: object, kind: type) -> bool:
    """Whether the true type of ``value`` is ``kind`` or below it. ``kind`` must be a plain class."""
    return issubclass(type(value), kind)


def is_exactly(value: object, *kinds: type) -> bool:
    """Whether the type of ``value`` is one of ``kinds``: unlike ``in``, this asks no metaclass."""
    found = type(value)
    return any(found is kind for kind in kinds)


def exact_text(value: object) -> str | None:
    """``value`` as an exact str if it is one or a subclass of it, else None."""
    if type(value) is str:
        return value
    return str.__str__(value) if is_a(value, str) else None


def cut(text: str, limit: int = MAX_NAME) -> str:
    """``text``, with its middle left out where it is longer than ``limit`` characters."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"


def class_dict(cls: type) -> MappingProxyType[str, Any]:
    """The class's own attributes."""
    attributes: MappingProxyType[str, Any] = _class_dict(cls)
    return attributes


def class_attribute(cls: type, name: str) -> Any:
    """The attribute as it stands in the class or its bases, no descriptor asked; None if absent."""
    for base in _class_mro(cls) or (cls,):
        attributes = class_dict(base)
        if name in attributes:
            return attributes[name]
    return None


def class_module(cls: type) -> str:
    """The name of the module a class says it is from; "" where it says nothing of use."""
    return exact_text(_class_module(cls)) or ""


def class_name(cls: type) -> str:
    """``module.qualname`` of a class, without the module for builtins."""
    return dotted(class_module(cls), exact_text(_class_qualname(cls)) or "type")


def dotted(module: str, name: str) -> str:
    """``module.name``, cut to a reasonable length; builtins go by their bare name."""
    return cut(name if module in ("", "builtins") else f"{module}.{name}")


def instance_dict(value: object) -> dict[Any, Any]:
    """The attributes an instance carries itself; empty where only its own code could tell."""
    descriptor = class_attribute(type(value), "__dict__")
    if not is_exactly(descriptor, GetSetDescriptorType, MemberDescriptorType):
        return {}
    attributes = descriptor.__get__(value, type(value))
    return attributes if is_a(attributes, dict) else {}


def own(value: object, name: str) -> Any:
    """An attribute from the instance's own dict, None if absent."""
    return dict.get(instance_dict(value), name)


def c_text(value: object, name: str) -> str | None:
    """A text attribute that C code provides (compiled functions, say), else None."""
    descriptor = class_attribute(type(value), name)
    if not is_exactly(descriptor, GetSetDescriptorType, MemberDescriptorType):
        return None
    return exact_text(descriptor.__get__(value, type(value)))


def module_dict(module: object) -> dict[str, Any]:
    """The globals of a module, or the attributes of whatever stands in its place in `sys.modules`."""
    if is_a(module, type):
        return class_dict(module).copy()  # type: ignore[arg-type]
    attributes = _module_dict(module) if is_a(module, ModuleType) else instance_dict(module)
    return attributes if is_a(attributes, dict) else {}


def loaded(name: str) -> Any:
    """What a loaded module has under a dotted name, in its globals or in a class; None for nothing."""
    parts = name.split(".")
    for at in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:at]))
        if found is None:
            continue
        for number, part in enumerate(parts[at:]):
            if number == 0:
                found = dict.get(module_dict(found), part)
            else:
                found = class_attribute(found, part) if is_a(found, type) else own(found, part)
            if found is None:
                break
        return found
    return None


def module_file(name: str) -> str | None:
    """The source file of a loaded module by its name, None where there is none."""
    module = sys.modules.get(name)
    return None if module is None else exact_text(dict.get(module_dict(module), "__file__"))
