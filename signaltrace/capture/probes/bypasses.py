"""Writes that bypass receivers, stage *capture*: bulk methods, fast deletes and raw loads of fixtures.

A write is noted after it was done, with the receivers and overridden methods that the ordinary way,
``save()`` or ``delete()`` of each object, would have run. One that touched no row bypassed nothing and
is not noted; nor is what a bulk method does by means of another, nor a many-to-many field's own rows,
for which ``m2m_changed`` is sent.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from functools import partial
from threading import get_ident
from types import FrameType
from typing import Any

from django.db.models import Model
from django.db.models.deletion import Collector
from django.db.models.fields import related_descriptors
from django.db.models.query import QuerySet
from django.db.models.sql.subqueries import DeleteQuery, UpdateQuery

from signaltrace.capture.cells import CELL, own_cell
from signaltrace.capture.probes.bypass_loads import Loads
from signaltrace.capture.probes.bypass_methods import Loaded, build_async, build_deciding, build_writing
from signaltrace.capture.probes.bypass_missed import DELETING, SAVING, KnownModel, Missed, missed_methods
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.swaps import Swaps
from signaltrace.capture.waiting import waiting_site
from signaltrace.event import Event
from signaltrace.labels.looking import is_a, own

NAME = "bypasses"
SUMMARY = "bulk writes, fast deletes and raw loads, with the receivers that did not run"
DEFAULT = True
KINDS = frozenset({"bypass"})

FAST_DELETE, RAW_DELETE = "fast delete", "_raw_delete"
_DELETE_BATCH, _UPDATE_BATCH = "delete_batch", "update_batch"

_WRITING = (
    *((QuerySet, each, each) for each in ("bulk_create", "bulk_update", "update", RAW_DELETE)),
    (DeleteQuery, _DELETE_BATCH, _DELETE_BATCH),
    (UpdateQuery, _UPDATE_BATCH, _UPDATE_BATCH),
)
_ASYNC = (
    *((QuerySet, each) for each in ("abulk_create", "abulk_update", "aupdate", "adelete")),
    (Model, "adelete"),
)

_QUERY = QuerySet.__init__.__code__.co_filename
_DELETION = Collector.__init__.__code__.co_filename
_RELATED = related_descriptors.create_forward_many_to_many_manager.__code__.co_filename

# Where the async method was called whose sync one runs now, maybe in another thread; 0 for none.
_CALLED_AT: ContextVar[int] = ContextVar("signaltrace_bypass_site", default=0)


def build(recorder: Recorder) -> Bypasses:
    """The probe."""
    return Bypasses(recorder)


class Bypasses:
    """Watches Django's own methods: what overrides them and calls ``super()`` is seen, too."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._watching = False
        self._swaps = Swaps()
        self._loaded = Loaded(self)
        # By thread: the id of the frame of Collector.delete that is to delete one object without signals.
        self._alone: dict[int, int] = {}
        self._loads = Loads(recorder)
        self._missed = Missed(recorder)

    def install(self) -> None:
        """Stand in for the methods."""
        self._watching = True
        for owner, name, how in _WRITING:
            self._swaps.put(owner, name, partial(build_writing, self, how))
        self._swaps.put(Collector, "can_fast_delete", partial(build_deciding, self))
        for owner, name in _ASYNC:
            self._swaps.put(owner, name, partial(build_async, self))
        self._loaded.install()

    def uninstall(self) -> None:
        """Put them back."""
        self._watching = False
        try:
            self._loaded.uninstall()
        finally:
            self._swaps.back()

    def open_events(self) -> list[Event]:
        """What loops have saved raw that may go on doing so."""
        return self._loads.events()

    def after_fork(self) -> None:
        """The parent's loads are its own."""
        self._alone.clear()
        self._loads.forget()

    # -- what the methods tell -----------------------------------------------------------------

    def wrote(
        self,
        how: str,
        what: Any,
        call: tuple[tuple[Any, ...], dict[str, Any]],
        result: Any,
        frame: FrameType,
        begun: tuple[int, int],
    ) -> None:
        """``what`` wrote, as ``how`` says, when ``frame`` called it so; ``begun`` is an id and the time."""
        try:
            if not self._is_on():
                return
            told, undone = self._told(how, frame)
            args = call[0]
            rows = _rows(args[0] if how == _UPDATE_BATCH and args else result)
            model = own(what, "model")
            if told and rows > 0 and is_a(model, type):
                known = self._missed.model(model)
                if not _is_of_relation(known, told, frame):
                    at_most = how == "bulk_create" and _ignores_conflicts(*call)
                    self._note(told, undone, model, (rows, at_most), frame, begun)
        except Exception as fault:
            self.recorder.give_up(NAME, fault)

    def decided(self, result: Any, frame: FrameType) -> None:
        """Whether ``Collector.delete``, if that is the frame, goes on without signals."""
        try:
            if frame.f_code.co_name == "delete" and frame.f_code.co_filename == _DELETION:
                self._alone[get_ident()] = id(frame) if result is True else 0
        except Exception as fault:
            self.recorder.give_up(NAME, fault)

    def failed(self) -> None:
        """A method raised: nothing was written, or nothing to speak of."""
        try:
            self._alone.pop(get_ident(), None)
        except Exception as fault:
            self.recorder.give_up(NAME, fault)

    def loaded(self, item: Any, frame: FrameType) -> None:
        """A deserialized object was saved raw, by ``frame``."""
        try:
            model = type(own(item, "object"))
            if self._is_on() and issubclass(model, Model):
                self._loads.add(model, frame, self._site)
        except Exception as fault:
            self.recorder.give_up(NAME, fault)

    def enter(self, frame: FrameType) -> Token[int] | None:
        """An async method was called."""
        try:
            return _CALLED_AT.set(self.recorder.call_site(frame)) if self._is_on() else None
        except Exception as fault:
            self.recorder.give_up(NAME, fault)
            return None

    def leave(self, token: Token[int] | None) -> None:
        """It is over."""
        try:
            if token is not None:
                _CALLED_AT.reset(token)
        except ValueError:  # closed in another context than it ran in: that one has no such value
            pass
        except Exception as fault:
            self.recorder.give_up(NAME, fault)

    # -- noting --------------------------------------------------------------------------------

    def _is_on(self) -> bool:
        return self._watching and bool(self.recorder.probes.get(NAME))

    def _site(self, frame: FrameType) -> int:
        return self.recorder.call_site(frame) or _CALLED_AT.get() or waiting_site(self.recorder)

    def _told(self, how: str, frame: FrameType) -> tuple[str, str]:
        """How it is told, "" for what is another write's business or an ordinary delete's; and what the
        ordinary way would have done to each object, "" where it is just what was done."""
        if how == _UPDATE_BATCH:
            return "update", SAVING
        if how == _DELETE_BATCH:
            alone = self._alone.pop(get_ident(), 0) == id(frame)
            return FAST_DELETE if alone else "", ""
        caller: FrameType | None = frame
        while caller is not None and caller.f_code.co_name == how:  # an override that called super()
            caller = caller.f_back
        name, file = ("", "") if caller is None else (caller.f_code.co_name, caller.f_code.co_filename)
        if how == RAW_DELETE:
            return FAST_DELETE if file == _DELETION else how, DELETING
        if how == "update" and name == "bulk_update" and file == _QUERY:
            return "", ""
        return how, SAVING

    def _note(
        self,
        how: str,
        undone: str,
        model: type,
        written: tuple[int, bool],
        frame: FrameType,
        begun: tuple[int, int],
    ) -> None:
        recorder = self.recorder
        taken = recorder.clock() - begun[1]
        cell, _ = own_cell(CELL.get())
        site = self._site(frame)
        receivers = self._missed.receivers(model, undone) if undone else ()
        overrides = missed_methods(model, undone) if undone else []
        rows, at_most = written
        data = {"how": how, "model": self._missed.model(model).name, "rows": rows, "overrides": overrides}
        if at_most:
            data["at_most"] = True
        number, began = begun
        recorder.note(
            Event("bypass", number, 0, cell.current, cell.index, site, began, taken, receivers, data)
        )


def _ignores_conflicts(args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Whether ``bulk_create`` was told to leave out rows that are there: how many were it does not say."""
    return named.get("ignore_conflicts", args[2] if len(args) > 2 else False) is True


def _rows(told: Any) -> int:
    """How many rows a method wrote, by their number or by the objects or keys themselves."""
    if type(told) is int:
        return told
    return len(told) if type(told) is list else 0


def _is_of_relation(model: KnownModel, how: str, frame: FrameType) -> bool:
    """Whether a many-to-many field wrote its own rows, or a delete took them along."""
    return model.auto_created and (how == FAST_DELETE or frame.f_code.co_filename == _RELATED)
