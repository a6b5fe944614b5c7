"""The objects behind ids, stage *inventory*: Django 5.2 keeps of a sender nothing else."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any

from django.apps import apps

from signaltrace.labels.looking import class_dict, class_module, is_a, module_dict


def find_senders(keys: Iterable[Any]) -> dict[Any, Any]:
    """The live object of each key; a key no live object has is absent.

    Keys are ids, or pairs of ids for a bound method. Two live objects never share an id, and
    Django itself compares ids: what is found is what a dispatch would have to be sent by.
    """
    keys = set(keys)
    wanted: set[int] = {each for key in keys for each in (key if type(key) is tuple else (key,))}
    found: dict[int, Any] = {}
    for source in (_registered, _in_modules, _elsewhere):
        missing = wanted - found.keys()
        if not missing:
            break
        for each in source():
            if id(each) in missing:
                found[id(each)] = each
    objects: dict[Any, Any] = {key: found[key] for key in keys if type(key) is int and key in found}
    for key in keys - objects.keys():
        if type(key) is tuple and len(key) == 2 and key[0] in found and key[1] in found:
            objects[key] = MethodType(found[key[1]], found[key[0]])
    return objects


def _registered() -> Iterator[Any]:
    """Models and app configurations: nearly all senders there are."""
    yield from registered_models()
    yield from list(apps.app_configs.values())


def registered_models() -> Iterator[Any]:
    """Every model of the registry, also automatic and swapped ones."""
    for models in list(apps.all_models.values()):
        yield from list(models.values())


def _in_modules() -> Iterator[Any]:
    """Modules and their globals: texts are senders too, and the garbage collector does not know them."""
    for module in list(sys.modules.values()):
        yield module
        namespace = module_dict(module)
        for value in list(dict.values(namespace)):
            yield value
            if is_a(value, type):
                yield from class_dict(value).copy().values()


def _elsewhere() -> Iterator[Any]:
    """Instances of Python classes, not ours: a passing list or frame may sit where a dead sender was."""
    for each in gc.get_objects():
        kind = type(each)
        python = _class_flags(kind) & _MADE_IN_PYTHON and not class_module(kind).startswith("signaltrace.")
        if python or kind is FunctionType or is_a(each, type):
            yield each


_class_flags = vars(type)["__flags__"].__get__
_MADE_IN_PYTHON = 1 << 9  # Py_TPFLAGS_HEAPTYPE
