"""Looking at a model instance between two receivers, stage *capture*: what the one changed.

No frame comes between Django and a receiver: the loop over them asks an iterator of ours for the next,
and that is when there is time to look. Of the instance its own ``__dict__`` is copied, no more: no SQL,
no ``repr``, no descriptor. Nothing is kept when the dispatch is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from signaltrace.capture.field_names import FieldNames
from signaltrace.capture.field_values import ABSENT, same, told
from signaltrace.capture.reads import reads_of
from signaltrace.event import Event
from signaltrace.labels.looking import instance_dict, is_a

PROBE = "fields"
# What a model keeps there for itself.
_LEFT_OUT = frozenset({"_state", "_prefetched_objects_cache"})
_MAX_CHANGES = 100
_NO_ROUTE = -1


class Watcher:
    """Says which dispatches to watch: those with a model instance."""

    def __init__(self, recorder: Any) -> None:
        from django.db.models import Model

        self.recorder = recorder
        self.names = FieldNames()
        self._model = Model

    def watch(self, named: dict[str, Any], dispatch: int) -> Watch | None:
        """Who watches a dispatch, given its keywords and id; None for nobody."""
        instance = named.get("instance")
        if not is_a(instance, self._model) or not self.recorder.probes.get(PROBE):
            return None
        return Watch(self, instance, dispatch)


class Watch:
    """One dispatch that is watched."""

    __slots__ = ("_dispatch", "_instance", "_watcher", "recorder")

    def __init__(self, watcher: Watcher, instance: Any, dispatch: int) -> None:
        self.recorder = watcher.recorder
        self._watcher = watcher
        self._instance = instance
        self._dispatch = dispatch

    def look(self, receiver: Any, position: int) -> Look | None:
        """The look at one receiver call, not begun yet; None after a fault of ours."""
        try:
            return Look(self._watcher, self._instance, receiver, self._dispatch + 1 + position)
        except Exception as fault:
            self.recorder.give_up(PROBE, fault)
            return None


class Look:
    """The look at one receiver call. An async one is entered and left at each of its steps, lest it be
    charged with what others do meanwhile."""

    __slots__ = ("_before", "_changes", "_instance", "_receiver", "_span", "_watcher")

    def __init__(self, watcher: Watcher, instance: Any, receiver: Any, span: int) -> None:
        self._watcher = watcher
        self._instance = instance
        self._receiver = receiver
        self._span = span
        self._before: dict[Any, Any] | None = None
        # name -> what it was at first, what it is now
        self._changes: dict[str, tuple[Any, Any]] = {}

    def enter(self) -> None:
        """The receiver is about to run."""
        try:
            self._before = dict.copy(instance_dict(self._instance))
        except Exception as fault:
            self._watcher.recorder.give_up(PROBE, fault)

    def leave(self) -> None:
        """It has stopped, for now or for good."""
        try:
            before, self._before = self._before, None
            if before is not None:
                self._compare(before, dict.copy(instance_dict(self._instance)))
        except Exception as fault:
            self._watcher.recorder.give_up(PROBE, fault)

    def _compare(self, before: dict[Any, Any], after: dict[Any, Any]) -> None:
        for name in [*after, *(each for each in before if type(each) is str and each not in after)]:
            if type(name) is not str or name in _LEFT_OUT:
                continue
            was, now = before.get(name, ABSENT), after.get(name, ABSENT)
            if same(was, now):
                continue
            was = self._changes.pop(name, (was, None))[0]
            if not same(was, now):
                self._changes[name] = (was, now)

    def over(self, thread: int) -> None:
        """The call is over: note what it changed and what its code reads. ``thread`` is where it ran."""
        try:
            self.leave()
            recorder = self._watcher.recorder
            kind = type(self._instance)
            fields = self._watcher.names.of(kind)
            own = instance_dict(self._instance)
            reads = {fields.get(each, each) for each in reads_of(self._receiver)}
            data = {
                "changes": [
                    [name, told(name, was), told(name, now)]
                    for name, (was, now) in [*self._changes.items()][:_MAX_CHANGES]
                ],
                "reads": sorted(each for each in reads if each in fields or dict.__contains__(own, each)),
                "attributes": sorted(each for each in self._changes if each not in fields),
                "automatic": sorted(self._changes.keys() & self._watcher.names.automatic(kind)),
            }
            if data["changes"] or data["reads"]:
                now = recorder.clock()
                recorder.note(Event(PROBE, recorder.new_id(), 0, self._span, thread, 0, now, 0, (), data))
        except Exception as fault:
            self._watcher.recorder.give_up(PROBE, fault)
        finally:
            self._instance = self._receiver = self._before = None
            self._changes = {}


class Looking:
    """Gives one receiver after the other to a loop, and looks in between."""

    __slots__ = ("_look", "_position", "_receivers", "_thread", "_watch")

    def __init__(self, receivers: Iterable[Any], watch: Watch, thread: int) -> None:
        self._receivers: Iterator[Any] = iter(receivers)
        self._watch = watch
        self._thread = thread
        self._position = -1
        self._look: Look | None = None

    def __iter__(self) -> Looking:
        return self

    def __next__(self) -> Any:
        self.over()
        receiver = next(self._receivers)
        self._position += 1
        self._look = self._watch.look(receiver, self._position)
        if self._look is not None:
            self._look.enter()
        return receiver

    def over(self) -> None:
        """The receiver given last is done, or raised."""
        try:
            look, self._look = self._look, None
            if look is not None:
                look.over(self._thread)
        except Exception as fault:
            self._watch.recorder.give_up(PROBE, fault)


def watch_of(recorder: Any, named: dict[str, Any], dispatch: int) -> Watch | None:
    """Who watches a dispatch; None for nobody, and after a fault of ours."""
    try:
        watcher: Watcher | None = recorder.steering.watcher
        return None if watcher is None else watcher.watch(named, dispatch)
    except Exception as fault:
        recorder.give_up(PROBE, fault)
        return None


def looked_between(recorder: Any, named: dict[str, Any], row: list[Any], receivers: Any) -> Any:
    """What a fast loop goes through: an iterator that looks where the dispatch is watched, else the
    receivers themselves. ``row`` begins as the dispatch's; one that is lost is not watched."""
    try:
        watch = None if row[2] == _NO_ROUTE else watch_of(recorder, named, row[0])
        return receivers if watch is None else Looking(receivers, watch, row[4])
    except Exception as fault:
        recorder.give_up(PROBE, fault)
        return receivers
