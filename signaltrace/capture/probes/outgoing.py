"""The probe of what goes out of the process inside an uncommitted transaction, stage *capture*.

Mail, a task for Celery or a socket opened by a receiver can't be taken back when the transaction is.
Of nested ways the outermost counts: a mail that opens a socket is a mail. What failed did not go out.
Code that is loaded later is met where it is made: see :func:`signaltrace.outside.later_ways`; a Celery
that is imported after the recording began, when the next thing goes out of a receiver.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from threading import get_ident
from types import CodeType, FrameType, FunctionType
from typing import Any

from signaltrace.capture.cells import CELL, Cell, own_cell
from signaltrace.capture.going import Going, frame_to_tell, only_names_a_peer, open_transaction
from signaltrace.capture.methods import named_after
from signaltrace.capture.recorder import nothing
from signaltrace.capture.swaps import Swaps
from signaltrace.capture.waiting import waiting_site
from signaltrace.event import Event
from signaltrace.labels.looking import class_dict
from signaltrace.outside import (
    ALL_OF_CELERY,
    CELERY,
    MAIL,
    SOCKET,
    Way,
    celery_ways,
    described,
    is_databases,
    is_djangos,
    later_ways,
    mail_way,
    ways,
)

NAME = "outgoing"
SUMMARY = "mail, Celery tasks and sockets that go out of a transaction before it is committed"
DEFAULT = True
KINDS = ("left",)


class Outgoing:
    """The swaps, and what is on its way out in each thread."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder
        self._swaps = Swaps()
        self._lock = threading.RLock()
        self._swapped: set[tuple[int, str]] = set()
        self._watching = False
        self._complete = False
        self._here = threading.local()

    # -- the probe -----------------------------------------------------------------------------

    def install(self) -> None:
        """Swap every way out there is."""
        self._watching = True
        for way in ways():
            self._swap(way, self._going_out(way))
        self._swap_later()

    def uninstall(self) -> None:
        """Put all back. What somebody still holds of ours only passes on."""
        self._watching = False
        with self._lock:
            self._swaps.back()
            self._swapped.clear()
            self._complete = False

    def open_events(self) -> list[Event]:
        """None: what is on its way out has not gone out."""
        return []

    def after_fork(self) -> None:
        """Nothing is on its way out here."""
        self._lock = threading.RLock()
        self._here = threading.local()

    def _swap(self, way: Way, make: Callable[[Any], Any]) -> None:
        with self._lock:
            key = (id(way.owner), way.name)  # the class is held by the swap: its id stays its own
            if self._watching and key not in self._swapped and self._swaps.put(way.owner, way.name, make):
                self._swapped.add(key)

    def _swap_later(self) -> None:
        for way in later_ways():
            self._swap(way, self._of_backends(way.owner) if way.kind == MAIL else self._of_tasks)

    def look(self) -> None:
        """Swap what Celery has meanwhile; never raises."""
        try:
            if self._complete or not self._wanted() or "celery.app.base" not in sys.modules:
                return
            found = celery_ways()
            for way in found:
                self._swap(way, self._going_out(way))
            self._swap_later()
            self._complete = len(found) == ALL_OF_CELERY
        except Exception as fault:
            self._recorder.give_up(NAME, fault)

    def look_at(self, backend: type) -> None:
        """Swap what a class of mail backends that was just made has; never raises."""
        try:
            way = mail_way(backend) if self._wanted() else None
            if way is not None:
                self._swap(way, self._going_out(way))
        except Exception as fault:
            self._recorder.give_up(NAME, fault)

    def _wanted(self) -> bool:
        return self._watching and not self._recorder.off and bool(self._recorder.probes.get(NAME))

    # -- what stands in for the program's methods ----------------------------------------------

    def _going_out(self, way: Way) -> Callable[[Any], Any]:
        return lambda original: _stand_in(self, self._recorder, way, original)

    def _of_tasks(self, original: Any) -> Any:
        @functools.wraps(original)
        def subclass_with_self(self: Any, /, *args: Any, **named: Any) -> Any:
            made = original(self, *args, **named)
            look()
            return made

        look = self.look
        return named_after(subclass_with_self, original)

    def _of_backends(self, owner: type) -> Callable[[Any], Any]:
        below = class_dict(owner).get("__init_subclass__")
        look_at = self.look_at

        def __init_subclass__(cls: type, /, **named: Any) -> None:
            if below is None:
                super(owner, cls).__init_subclass__(**named)  # type: ignore[arg-type]
            else:
                below.__get__(None, cls)(**named)
            look_at(cls)

        return lambda original: classmethod(__init_subclass__)

    # -- what they tell ------------------------------------------------------------------------

    def begins(
        self, way: Way, instance: Any, args: Sequence[Any], named: Mapping[str, Any], frame: FrameType
    ) -> Going | None:
        """What is on its way out now; None outside of receivers and transactions. Never raises."""
        try:
            cell = CELL.get()
            if cell is None or not self._wanted():
                return None
            if cell.thread != get_ident():
                cell, _ = own_cell(cell)
            return self._begun(way, instance, args, named, frame, cell) if cell.current else None
        except Exception as fault:
            self._recorder.give_up(NAME, fault)
            return None

    def _begun(
        self,
        way: Way,
        instance: Any,
        args: Sequence[Any],
        named: Mapping[str, Any],
        frame: FrameType,
        cell: Cell,
    ) -> Going | None:
        outer: Going | None = getattr(self._here, "going", None)
        alias = None
        if outer is None:
            self.look()
            alias = open_transaction()
            if alias is None:
                return None
        if way.kind == SOCKET and (only_names_a_peer(way, instance) or is_databases(frame)):
            return None
        what = described(way.kind, instance, args, named)
        if not what:
            return None
        if self._recorder.summarise is nothing:  # nobody wants arguments: nor a mail's subject
            what = what.partition(": ")[0]
        going = Going(way, outer)
        if outer is None:
            recorder = self._recorder
            site = recorder.call_site(frame_to_tell(frame)) or waiting_site(recorder)
            going.head = (recorder.new_id(), cell.current, cell.index, site, recorder.clock())
            going.data = {"how": way.kind, "what": what, "alias": alias}
        self._here.going = going
        return going

    def ends(self, going: Going, result: Any, error: BaseException | None = None) -> None:
        """It has returned or raised: noted where it went out. Never raises."""
        try:
            self._here.going = outer = going.outer
            if not going.is_out(result, error):
                return
            if outer is not None:
                outer.went = True
                return
            number, span, thread, site, start = going.head
            taken = self._recorder.clock() - start
            self._recorder.note(Event("left", number, 0, span, thread, site, start, taken, (), going.data))
        except Exception as fault:
            self._recorder.give_up(NAME, fault)


def build(recorder: Any) -> Outgoing:
    """The probe."""
    return Outgoing(recorder)


def _stand_in(probe: Outgoing, recorder: Any, way: Way, original: Any) -> Any:
    """What stands in for a way out."""

    @functools.wraps(original)
    def send(self: Any, /, *args: Any, **named: Any) -> Any:
        going = probe.begins(way, self, args, named, sys._getframe(1))
        try:
            result = original(self, *args, **named)
        except BaseException as error:
            if going is not None:
                probe.ends(going, None, error)
            recorder.unlink(error, codes)
            raise
        if going is not None:
            probe.ends(going, result)
        return result

    made: Any = named_after(send, original)
    codes = frozenset({made.__code__, *_replaced(way, original)})
    return made


def _replaced(way: Way, original: Any) -> list[CodeType]:
    """The code whose frame ours stands for in a traceback, so that there are as many as untraced: that of
    Django or Celery. In a backend of the program's it may be the very line that failed."""
    theirs = way.kind == CELERY or (way.kind == MAIL and is_djangos(way.owner))
    return [original.__code__] if theirs and type(original) is FunctionType else []
