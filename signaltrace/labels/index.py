"""Where signals are found in the loaded modules, stage *labels*: globals, class attributes, containers.

Nothing found is held: signals are remembered by weak reference, modules by their addresses.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from django.dispatch import Signal

from signaltrace.labels.looking import (
    class_dict,
    class_module,
    class_name,
    exact_text,
    is_a,
    module_dict,
)

IMPORTABLE = 0
CLASS_ATTRIBUTE = 1
CONTAINED = 2

MAX_ITEMS = 500  # of a container that are looked at
MAX_CLASS_DEPTH = 2  # a class within a class

# By id: to ask whether a type is in a tuple may ask its metaclass, who may be a stranger.
_PLAIN = frozenset(
    map(id, (str, FunctionType, ModuleType, int, bool, BuiltinFunctionType, type(None), float, bytes))
)
_CONTAINERS = frozenset(map(id, (dict, list, tuple, set, frozenset)))


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """One place a signal was found at. ``attribute`` is the module's attribute that leads to it."""

    kind: int
    module: str
    attribute: str
    name: str
    signal: weakref.ref[Any]


@dataclass(frozen=True, slots=True)
class ScannedModule:
    """What one module held when it looked like ``fingerprint``."""

    fingerprint: tuple[int, int]
    spots: tuple[Spot, ...]


def scan(before: dict[str, ScannedModule]) -> dict[str, ScannedModule]:
    """Every loaded module, those read anew that changed since ``before``.

    Returns ``before`` itself when none did. A module still being executed is read again later.
    """
    after: dict[str, ScannedModule] = {}
    changed = False
    for name, module in dict.copy(sys.modules).items():
        if type(name) is not str:
            continue
        namespace = module_dict(module)
        known = before.get(name)
        try:
            fingerprint = (id(module), hash(tuple(map(id, dict.values(namespace)))))
            if known is not None and known.fingerprint == fingerprint:
                after[name] = known
                continue
            spots = tuple(_module_spots(name, dict.copy(namespace)))
        except RuntimeError:  # another thread changed it as it was read
            fingerprint, spots = (0, 0), known.spots if known else ()
        after[name] = ScannedModule(fingerprint, spots)
        changed = True
    return after if changed or len(after) != len(before) else before


def _module_spots(module: str, namespace: dict[Any, Any]) -> Iterator[Spot]:
    importable = all(part.isidentifier() for part in module.split("."))
    for attribute, value in namespace.items():
        kind = type(value)
        if id(kind) in _PLAIN or type(attribute) is not str:
            continue
        if issubclass(kind, Signal):
            rank = IMPORTABLE if importable and attribute.isidentifier() else CONTAINED
            yield Spot(rank, module, attribute, f"{module}.{attribute}", weakref.ref(value))
        elif issubclass(kind, type):
            if _at_home(value, module):
                yield from _class_spots(value, module, attribute, f"{module}.{attribute}", 1)
        elif id(kind) in _CONTAINERS and not attribute.startswith("__"):
            yield from _contained(value, module, attribute, f"{module}.{attribute}")


def _at_home(cls: type, module: str) -> bool:
    """Whether to look into a class here: once, in the module it is from, however many import it."""
    home = class_module(cls)
    return home == module or home not in sys.modules


def _class_spots(cls: type, module: str, attribute: str, path: str, depth: int) -> Iterator[Spot]:
    for name, value in class_dict(cls).copy().items():
        kind = type(value)
        if id(kind) in _PLAIN or type(name) is not str:
            continue
        if issubclass(kind, Signal):
            yield Spot(CLASS_ATTRIBUTE, module, attribute, f"{path}.{name}", weakref.ref(value))
        elif issubclass(kind, type):
            # Only what is written inside it; a class it merely points at is looked into at its home.
            if depth < MAX_CLASS_DEPTH and class_name(value) == f"{class_name(cls)}.{name}":
                yield from _class_spots(value, module, attribute, f"{path}.{name}", depth + 1)
        elif id(kind) in _CONTAINERS and not name.startswith("__"):
            yield from _contained(value, module, attribute, f"{path}.{name}")


def _contained(container: Any, module: str, attribute: str, path: str) -> Iterator[Spot]:
    if type(container) is dict:
        items = list(islice(container.items(), MAX_ITEMS))
    elif type(container) is list or type(container) is tuple:
        items = list(enumerate(container[:MAX_ITEMS]))
    else:
        items = [(None, each) for each in islice(container, MAX_ITEMS)]
    for key, value in items:
        if issubclass(type(value), Signal):
            name = f"member of {path}" if key is None else f"{path}[{_key(key)}]"
            yield Spot(CONTAINED, module, attribute, name, weakref.ref(value))


def _key(key: object) -> str:
    if type(key) is str or type(key) is int:
        return repr(key)
    if is_a(key, type):
        return class_name(key)  # type: ignore[arg-type]
    return exact_text(key) or f"<{class_name(type(key))}>"
