"""Receivers that only DEBUG keeps alive, stage *inventory*.

Under ``DEBUG`` each ``connect`` asks for the receiver's signature, and Django's cache of signatures holds
what it was asked of: a local function that is connected weakly runs in development, gone in production.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import _lru_cache_wrapper, partial
from types import FrameType, FunctionType, ModuleType
from typing import Any

from django.utils import inspect as django_inspect

from signaltrace.declarations import FUNCTION
from signaltrace.internals import weak_targets
from signaltrace.inventory.traits import kind_of
from signaltrace.labels.looking import class_dict, is_a, module_dict

# A receiver that more than so many objects lead to has a holder somewhere; a search looks at all there is.
_MOST_HOLDERS = 16
_MOST_STEPS = 24

_Target = Callable[[], Any]


def kept_by_debug(signals: Iterable[Any]) -> set[int]:
    """The ids of those receivers, held weakly, that nothing but Django's caches of signatures holds.

    For a bound method it is the id of its object. To be asked while nobody else has the receivers at
    hand: a variable is a holder, too.
    """
    cached = _cached()
    if not cached:
        return set()
    base = _counted_for_nothing()
    found: set[int] = set()
    doubtful: dict[int, _Target] = {}
    for give in [give for signal in signals for give in weak_targets(signal)]:
        number = _candidate(give, cached)
        if number is None:
            continue
        if _references(give) - base <= cached[number]:
            found.add(number)
        else:
            doubtful[number] = give
    if doubtful:
        found |= _only_held_in_circles(doubtful, base)
    return found


def _cached() -> Counter[int]:
    """How often Django's caches hold an object, by its id."""
    held: Counter[int] = Counter()
    for cache in _caches():
        for key in gc.get_referents(cache):
            if type(key) is tuple:
                held.update(map(id, key))
    return held


def _caches() -> list[Any]:
    return [each for each in vars(django_inspect).values() if type(each) is _lru_cache_wrapper]


def _candidate(give: _Target, cached: Counter[int]) -> int | None:
    """The id of what is in a cache and could be temporary; a function its module still has is not."""
    target = give()
    if target is None or id(target) not in cached or _is_at_home(target):
        return None
    return id(target)


def _is_at_home(target: Any) -> bool:
    if kind_of(target) != FUNCTION:
        return False
    # A second definition, or the next turn of a loop, may have taken its name.
    return type(target) is not FunctionType or dict.get(target.__globals__, target.__name__) is target


def _references(give: _Target) -> int:
    target = give()
    return sys.getrefcount(target)


class _Sample:
    """Something that is held once."""


def _counted_for_nothing() -> int:
    """What :func:`_references` counts for itself: no two versions of Python agree."""
    held = [_Sample()]
    return _references(lambda: held[0]) - 1


def _only_held_in_circles(doubtful: dict[int, _Target], base: int) -> set[int]:
    """Those held by nothing but what they hold themselves: the next collection would take them."""
    public = _in_namespaces()
    search = _Search(base)
    return {number for number, give in doubtful.items() if number not in public and search.is_circle(give)}


def _in_namespaces() -> set[int]:
    """Ids of what modules and their classes hold under a name: the quick answer for nearly all."""
    found: set[int] = set()
    for module in list(sys.modules.values()):
        for value in list(dict.values(module_dict(module))):
            found.add(id(value))
            if is_a(value, type):
                found.update(map(id, class_dict(value).copy().values()))
    return found


class _Search:
    """Goes from what is held to all that holds it. Each step looks at every object there is: they are few."""

    def __init__(self, base: int) -> None:
        self._base = base
        self._steps = _MOST_STEPS
        # Their own: what a cache is asked of, it holds through these.
        self._keys = [key for cache in _caches() for key in gc.get_referents(cache) if type(key) is tuple]
        self._passed = {id(each) for each in (self._keys, *self._keys, *_caches())}

    def is_circle(self, give: _Target) -> bool:
        """Whether all that leads to it, but for the caches, is led to by itself."""
        holders = [give()]
        if holders[0] is None:
            return False
        self._passed.add(id(holders))
        known = {id(holders[0])}
        begin = 0
        try:
            while begin < len(holders):
                end = len(holders)
                if end > _MOST_HOLDERS or self._steps == 0 or not self._step(holders, begin, known):
                    return False
                begin = end
            return self._are_accounted_for(holders)
        finally:
            self._passed.discard(id(holders))

    def _step(self, holders: list[Any], begin: int, known: set[int]) -> bool:
        """Add what holds those from ``begin`` on; False where that is a root."""
        self._steps -= 1
        level = tuple(holders[begin:])
        for each in gc.get_referrers(*level):
            number, kind = id(each), type(each)
            if number in self._passed or number in known or each is level:
                continue
            if kind is FrameType:
                if each.f_code.co_filename == __file__:
                    continue
                return False
            if issubclass(kind, ModuleType) or issubclass(kind, type):
                return False
            known.add(number)
            holders.append(each)
        return True

    def _are_accounted_for(self, holders: list[Any]) -> bool:
        """Whether the counts agree: a variable of a function that runs is in nobody's sight otherwise."""
        held: Counter[int] = Counter()
        for each in (*holders, *self._keys):
            held.update(map(id, gc.get_referents(each)))
        for at in range(len(holders)):
            # once by the list itself
            if _references(partial(holders.__getitem__, at)) - self._base - 1 > held[id(holders[at])]:
                return False
        return True
