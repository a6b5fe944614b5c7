"""Methods by their code, stage *capture*: which one asks for receivers, and under which name ours run."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, TypeVar

from signaltrace.capture.versions import is_djangos
from signaltrace.internals import django_signal_class
from signaltrace.labels.looking import class_name

F = TypeVar("F", bound=Callable[..., Any])

# These ask, but do not dispatch.
_LOOKS = frozenset({"has_listeners", "_live_receivers"})
_DISPATCHING = ("send", "send_robust", "asend", "asend_robust")
MAX_CODES = 10_000
MAX_WRAPPERS = 32


class Methods:
    """Code objects of methods that Signal and its subclasses define, by name; None for any other code.

    Made before Signal is patched: Django's own methods are then still there, and a bound one that
    somebody took earlier runs them past the patch.
    """

    def __init__(self) -> None:
        self._names: dict[tuple[int, int], tuple[CodeType, type, str | None]] = {}
        own = vars(django_signal_class())
        self._djangos = {own[name].__code__: name for name in _DISPATCHING if is_djangos(own.get(name))}
        looks = own.get("has_listeners")
        # The code of ``has_listeners``, which asks for receivers and only looks at them.
        self.look = looks.__code__ if type(looks) is FunctionType else None

    def dispatching(self, kind: type, code: CodeType) -> str | None:
        """The name of the method of ``kind`` that ``code`` is, or stands in, where that can dispatch."""
        key = (id(kind), id(code))
        known = self._names.get(key)
        if known is None:
            if len(self._names) >= MAX_CODES:
                self._names.clear()
            known = self._names[key] = (code, kind, self._find(kind, code))
        return known[2]

    def _find(self, kind: type, code: CodeType) -> str | None:
        base = django_signal_class()
        for owner in type.mro(kind):
            if owner is base:
                break
            for name, value in list(vars(owner).items()):
                if _runs(value, code):
                    return None if name in _LOOKS else name
        return self._djangos.get(code)


def _runs(method: Any, code: CodeType) -> bool:
    """Whether a class attribute is a function of this code, has it inside, or wraps one that does."""
    for _ in range(MAX_WRAPPERS):
        if type(method) is staticmethod or type(method) is classmethod:
            method = method.__func__
        if type(method) is not FunctionType:
            return False
        if _contains(method.__code__, code):
            return True
        method = dict.get(method.__dict__, "__wrapped__")
    return False


def _contains(outer: CodeType, code: CodeType) -> bool:
    return outer is code or any(type(each) is CodeType and _contains(each, code) for each in outer.co_consts)


def named_after(method: F, original: Any) -> F:
    """``method``, under the name that ``original`` has in a traceback."""
    if type(original) is FunctionType and type(method) is FunctionType:
        code = original.__code__
        method.__code__ = method.__code__.replace(co_name=code.co_name, co_qualname=code.co_qualname)
    return method


def loops_out_of_sight(kind: type) -> list[str]:
    """Methods of a Signal subclass that read ``self.receivers`` and ask nobody: by their code's names.

    Such a loop passes by everything that is patched. Whether it dispatches can't be known; that it
    may is worth a note.
    """
    found = []
    for name, value in vars(kind).items():
        if type(value) is FunctionType and not name.startswith("__"):
            names = value.__code__.co_names
            if "receivers" in names and not {"_live_receivers", "send", "send_robust"} & {*names}:
                found.append(f"{class_name(kind)}.{name}")
    return found
