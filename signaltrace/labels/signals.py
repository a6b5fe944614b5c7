"""What a signal is called, stage *labels*. Signals have no name; one is found where they are kept.

A name that can be imported wins over a class attribute, and that over a place in a container.
Among several, the module whose source creates the signal wins, then one called ``signals``, then
the shortest. A signal that is kept nowhere is called by where it was made, if `tracemalloc`
knows, else by the order of asking.
"""

from __future__ import annotations

import sys
import tracemalloc
import weakref
from itertools import count
from typing import Any

from django.dispatch import dispatcher

from signaltrace.labels.apps import app_of
from signaltrace.labels.index import CONTAINED, IMPORTABLE, ScannedModule, Spot, scan
from signaltrace.labels.looking import cut, module_file, own
from signaltrace.labels.places import is_mine, short_path
from signaltrace.labels.sources import NOT, assignment
from signaltrace.trace import SignalInfo

# How many signals may be looked for in vain before only new modules are a reason to search again.
PATIENCE = 16


class _Entry:
    """A signal that was found, where, and once asked for, which place gives its name."""

    __slots__ = ("best", "ref", "spots")

    def __init__(self, ref: weakref.ref[Any]) -> None:
        self.ref = ref
        self.spots: list[Spot] = []
        self.best: Spot | None = None


class SignalNames:
    """An index of the signals in the loaded modules. Holds no signal, module or class alive.

    No lock: a search builds its result aside and puts it in place at once, so searching twice
    at the same time costs time and nothing else.
    """

    def __init__(self) -> None:
        self._modules: dict[str, ScannedModule] = {}
        self._index: dict[int, _Entry] = {}
        self._fruitless = 0
        self._module_count = 0

    def refresh(self) -> bool:
        """Read the modules that changed since the last time; gives whether any did."""
        self._module_count = len(sys.modules)
        modules = scan(self._modules)
        if modules is self._modules:
            return False
        index: dict[int, _Entry] = {}
        for module in modules.values():
            for spot in module.spots:
                signal = spot.signal()
                if signal is not None:
                    index.setdefault(id(signal), _Entry(spot.signal)).spots.append(spot)
        self._modules, self._index = modules, index
        return True

    def name(self, signal: Any) -> SignalInfo:
        """The signal's name, app and owner. Searches the modules where it is not known yet."""
        entry = self._find(signal)
        if entry is None:
            return _nameless(signal)
        spot = self._best(entry)
        name = cut(spot.name)
        if spot.kind == CONTAINED and name.startswith("member of "):
            name = _numbered(signal, name)
        return SignalInfo(name, app_of(spot.module), is_mine(module_file(spot.module)))

    def aliases(self, signal: Any) -> tuple[str, ...]:
        """The other names it can be imported by, sorted."""
        entry = self._find(signal)
        if entry is None:
            return ()
        best = self._best(entry)
        others = (each for each in entry.spots if each.kind == IMPORTABLE and each is not best)
        return tuple(sorted(cut(each.name) for each in others))

    def signals(self) -> list[Any]:
        """The live signals found, in no particular order. The list holds them."""
        found = [entry.ref() for entry in self._index.values()]
        return [signal for signal in found if signal is not None]

    def _find(self, signal: Any) -> _Entry | None:
        entry = self._known(signal)
        if entry is not None:
            return entry
        if self._fruitless >= PATIENCE and len(sys.modules) == self._module_count:
            return None
        self.refresh()
        entry = self._known(signal)
        self._fruitless = self._fruitless + 1 if entry is None else 0
        return entry

    def _known(self, signal: Any) -> _Entry | None:
        # An id is given to another object once its first owner is gone.
        entry = self._index.get(id(signal))
        return entry if entry is not None and entry.ref() is signal else None

    def _best(self, entry: _Entry) -> Spot:
        if entry.best is None:
            kind = min(spot.kind for spot in entry.spots)
            spots = [spot for spot in entry.spots if spot.kind == kind]
            entry.best = spots[0] if len(spots) == 1 else min(spots, key=_preference)
        return entry.best


def _preference(spot: Spot) -> tuple[int, bool, int, str]:
    """What comes first is the better name; no two spots are equal."""
    made = assignment(module_file(spot.module), spot.attribute) if spot.kind == IMPORTABLE else NOT
    return (-made, spot.module.rpartition(".")[2] != "signals", len(spot.name), spot.name)


# Names that nothing but their number makes unique: what was given to which signal, in this process.
_given: dict[int, tuple[weakref.ref[Any], str, str]] = {}
_counters: dict[str, count[int]] = {}
_MAX_COUNTERS = 10_000
_UNNAMED = "unnamed Signal"


def _nameless(signal: Any) -> SignalInfo:
    known = _given.get(id(signal))
    if known is not None and known[0]() is signal and known[1] == _UNNAMED:
        return SignalInfo(known[2])
    place = _created_at(signal)
    if place is None:
        return SignalInfo(_numbered(signal, _UNNAMED))
    file, line = place
    return SignalInfo(_numbered(signal, f"Signal created at {short_path(file)}:{line}"), "", is_mine(file))


def _created_at(signal: Any) -> tuple[str, int] | None:
    if not tracemalloc.is_tracing():
        return None
    # Python 3.11 loses track of the object itself, but not of the lock its constructor gives it.
    for each in (signal, own(signal, "lock")):
        for frame in reversed(tracemalloc.get_object_traceback(each) or ()):
            if frame.filename != dispatcher.__file__:
                return frame.filename, frame.lineno
    return None


def _numbered(signal: Any, text: str) -> str:
    """``text`` for the first signal called so, ``text #2`` for the next; the unnamed begin at #1."""
    number = id(signal)
    known = _given.get(number)
    if known is not None and known[0]() is signal and known[1] == text:
        return known[2]
    if len(_counters) >= _MAX_COUNTERS:
        return text
    order = next(_counters.setdefault(text, count(1)))
    name = text if order == 1 and text != _UNNAMED else f"{text} #{order}"

    def forget(reference: weakref.ref[Any]) -> None:
        held = _given.get(number)
        if held is not None and held[0] is reference:
            del _given[number]

    _given[number] = (weakref.ref(signal, forget), text, name)
    return name
