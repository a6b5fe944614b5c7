"""Objects that were saved raw, stage *capture*: one event for those of one model that one loop saved.

A fixture has thousands of them. Which loop it is tells the place in the program that has each saved.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from threading import get_ident
from types import FrameType

from signaltrace.capture.cells import CELL, own_cell
from signaltrace.capture.probes.bypass_missed import SAVING, missed_methods
from signaltrace.capture.recorder import Recorder
from signaltrace.event import Event
from signaltrace.labels.senders import describe_class

# Methods that save one object, and are called for each: Django's loaddata has such a one.
_OF_ONE = ("save", "save_obj")
# So many frames above a loop tell it from another.
_MOST_CALLERS = 12


@dataclass(slots=True)
class _Load:
    """The objects of one model that one loop saved raw."""

    model: weakref.ref[type]
    name: str
    overrides: list[str]
    number: int
    span: int
    thread: int
    site: int
    began: int
    ended: int
    rows: int = 0

    def event(self) -> Event:
        """As it is now. No receiver was bypassed: they ran, and were told ``raw=True``."""
        data = {"how": "raw", "model": self.name, "rows": self.rows, "overrides": self.overrides}
        taken = self.ended - self.began
        return Event("bypass", self.number, 0, self.span, self.thread, self.site, self.began, taken, (), data)


class Loads:
    """What the loops that are running have saved so far. A loop is over when its thread begins another."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        # By thread: the loop, as its place and the receiver call it runs in, and its models by id.
        self._loops: dict[int, tuple[tuple[tuple[int, ...], int], dict[int, _Load]]] = {}

    def add(self, model: type, frame: FrameType, site: Callable[[FrameType], int]) -> None:
        """An object of ``model`` was saved by ``frame``, which the loop called."""
        recorder = self._recorder
        thread, now = get_ident(), recorder.clock()
        cell, _ = own_cell(CELL.get())
        loop = (_loop(frame), cell.current)
        if thread not in self._loops or self._loops[thread][0] != loop:
            self._end(thread)
            self._loops[thread] = (loop, {})
        loads = self._loops[thread][1]
        load = loads.get(id(model))
        if load is None or load.model() is not model:
            loads[id(model)] = load = _Load(
                weakref.ref(model), describe_class(model).name, missed_methods(model, SAVING),
                recorder.new_id(), cell.current, cell.index, site(frame), now, now,
            )  # fmt: skip
        load.rows += 1
        load.ended = now

    def events(self) -> list[Event]:
        """What has not been noted yet, as it is now."""
        loops = list(self._loops.values())
        return [each.event() for _, loads in loops for each in list(loads.values())]

    def forget(self) -> None:
        """Drop everything."""
        self._loops.clear()

    def _end(self, thread: int) -> None:
        _, loads = self._loops.pop(thread, (None, {}))
        for load in loads.values():
            self._recorder.note(load.event())


def _loop(frame: FrameType) -> tuple[int, ...]:
    """Where the loop that goes from object to object stands: its code and instruction, and its callers'.

    Not the frame's id: another loop's frame may get it, when that is over.
    """
    caller: FrameType | None = frame
    while caller is not None and caller.f_code.co_name in _OF_ONE:
        caller = caller.f_back
    place: list[int] = []
    while caller is not None and len(place) < 2 * _MOST_CALLERS:
        place += (id(caller.f_code), caller.f_lasti)
        caller = caller.f_back
    return tuple(place)
