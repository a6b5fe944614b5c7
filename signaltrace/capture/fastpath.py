"""``Signal.send``, stage *capture*: Django's loop over the original receivers, with a clock around each.

Nearly every dispatch goes through here (or through fastpath_robust.py, which is the same for
``send_robust``), so it is written out for speed: the keywords are built once, no frame stands
between the caller and a receiver, and one row is appended at the end. It holds for the Django
versions the differential tests ran on, and only where Django's own method would have run (see
patch.py); otherwise the exact path serves.
"""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop
from collections.abc import Callable
from sys import _getframe
from threading import get_ident
from typing import Any

from asgiref.sync import async_to_sync

from signaltrace.capture.arguments import build_saved
from signaltrace.capture.cells import CELL, Cell, own_cell, task_name
from signaltrace.capture.depth import is_too_deep, too_deep
from signaltrace.capture.dispatches import LOST, taken_over
from signaltrace.capture.drivers import DRIVER_CODES
from signaltrace.capture.looks import looked_between
from signaltrace.capture.methods import named_after
from signaltrace.capture.mutes import extra_of
from signaltrace.capture.recorder import PACK_AT, Recorder
from signaltrace.capture.shortcuts import POST_SAVE, PRE_SAVE, cut, resolve
from signaltrace.capture.steering import arranged
from signaltrace.capture.tail import async_tail
from signaltrace.internals import NO_RECEIVERS
from signaltrace.rows import MAX_CALLS

Method = Callable[..., Any]


def build_send(
    recorder: Recorder, exact: Method, original: Method, live: Method, patched_live: Method | None
) -> Method:
    """``Signal.send``. ``exact`` serves what this loop does not, ``original`` is Django's own;
    ``live`` is ``_live_receivers`` as it was before the patch, ``patched_live`` as it is now (None
    where the first is not Django's, and no shortcut may be taken)."""
    orphans, orphan_routes = recorder.orphans, recorder.orphan_ids["send"]
    # One variable of the closure instead of a dozen: each costs every call, orphans' too.
    hot = (
        recorder.clock, recorder.new_id, recorder.pending, recorder.names.receiver_ids.get,
        recorder.sites.known, recorder.route_ids["send"], recorder, live, patched_live,
        recorder.summary, build_saved(recorder.shapes),
    )  # fmt: skip
    odd_codes = frozenset({exact.__code__, original.__code__})

    def send(self: Any, sender: Any, **named: Any) -> list[tuple[Any, Any]]:
        if not self.receivers or (cached := self.sender_receivers_cache.get(sender)) is NO_RECEIVERS:
            try:
                orphans[orphan_routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder = hot[6]
                if not recorder.off:
                    recorder.orphan("send", self, sender, named, _getframe(1))
            return []
        clock, new_id, pending, index_of, codes, routes, recorder, live, patched_live, summary, saved = hot
        muted: list[Any] | None = None
        if recorder.detour or "signal" in named:
            if recorder.off or "signal" in named:
                try:
                    return (original if recorder.off else exact)(self, sender, **named)  # type: ignore[no-any-return]
                except BaseException as error:
                    recorder.unlink(error, odd_codes)
                    raise
            muted = []
        start = end = began = clock()
        dispatch = inner = None
        if type(self)._live_receivers is not patched_live or "_live_receivers" in self.__dict__:
            receivers, async_receivers = self._live_receivers(sender)
        elif cached is None or self._dead_receivers or not self.use_caching:
            receivers, async_receivers = live(self, sender)
        else:
            receivers, async_receivers = resolve(cached)
        if muted is not None:
            both = (receivers, async_receivers)
            (receivers, async_receivers), muted = arranged(recorder, self, sender, both)
        if not receivers and not async_receivers and not muted:
            recorder.orphan("send", self, sender, named, _getframe(1))
            return []
        names = [*named]
        if names == POST_SAVE:
            form = 1
            instance, created, update_fields, raw, using = named.values()
        elif names == PRE_SAVE:
            form = 2
            instance, raw, using, update_fields = named.values()
            created = None
        else:
            form = 0
            keywords = {"signal": self, "sender": sender, **named}
        try:
            cell = outer = CELL.get()
            if cell is None or cell.thread != get_ident():
                cell, outer = own_cell(cell)
            parent = cell.current
            nested = cell.nested + 1 if parent else 0
            try:
                route = routes[id(self)][id(sender)]
            except KeyError:
                route = recorder.route("send", self, sender)
            first = span = new_id()
            frame = _getframe(1)
            lines = codes.get(id(frame.f_code))
            site = None if lines is None else lines.get(frame.f_lasti)
            if site is None:
                site = recorder.call_site(frame)
            try:
                arguments = None
                if form and recorder.summarise is summary:
                    arguments = saved(form, instance, created, update_fields, raw, using)
                if arguments is None:
                    arguments = recorder.summarise(named)
            except Exception as fault:
                arguments = recorder.lost_arguments(fault)
            task = None if running_loop() is None else task_name() or ""
        except Exception as fault:
            recorder.fault("send", fault)
            dispatch = recorder.nowhere
            first = span = dispatch.id
            cell, parent, nested, route, site, arguments, task = LOST
        responses: list[tuple[Any, Any]] = []
        row = [first, parent, route, site, cell.index, start, None, task or None, 0, len(arguments),
               *arguments]  # fmt: skip
        calls = receivers
        if muted is not None:
            calls = looked_between(recorder, named, row, receivers)
            if muted:
                row[7] = extra_of(recorder, muted, task)
        try:
            if nested:
                if nested >= recorder.steering.deepest and is_too_deep(recorder, cell):
                    head = (first, parent, route, site, cell.index, start)
                    dispatch = taken_over(recorder, head, arguments, task, row)
                    dispatch.refuse((receivers, async_receivers))
                    raise too_deep(recorder, self, sender, cell)
                if task is None:
                    cell.nested = nested
            for receiver in calls:
                span += 1
                if task is None:
                    cell.current = span
                else:
                    if inner is not None:
                        inner.nested = 0
                    try:
                        inner = Cell(cell.thread, span, None, cell.index, nested)
                        CELL.set(inner)
                    except Exception as fault:
                        recorder.fault("send", fault)
                began = clock()
                if form == 0:
                    response = receiver(**keywords)
                elif form == 2:
                    response = receiver(
                        signal=self, sender=sender, instance=instance, raw=raw, using=using,
                        update_fields=update_fields,
                    )  # fmt: skip
                else:
                    response = receiver(
                        signal=self, sender=sender, instance=instance, created=created,
                        update_fields=update_fields, raw=raw, using=using,
                    )  # fmt: skip
                end = clock()
                responses.append((receiver, response))
                index = index_of(id(receiver))
                row.append(recorder.receiver_index(receiver) if index is None else index)
                row.append(began)
                row.append(end)
            if async_receivers:
                cell.current = parent
                cell.nested = nested - 1 if nested else 0
                head = (first, parent, route, site, cell.index, start)
                dispatch = taken_over(recorder, head, arguments, task, row, nested=nested)
                tail = async_tail(dispatch, self, sender, named, async_receivers)
                responses.extend(async_to_sync(tail)())
        except BaseException as error:
            if calls is not receivers:
                calls.over()
            if dispatch is None:
                end = clock()
                head = (first, parent, route, site, cell.index, start)
                dispatch = taken_over(recorder, head, arguments, task, row)
                dispatch.broken(receivers, async_receivers, began, end, error)
            recorder.unlink(error, DRIVER_CODES)
            dispatch.finish(error)
            raise
        finally:
            if task is None:
                cell.current = parent
                if nested:
                    cell.nested = nested - 1
            else:
                if inner is not None:
                    inner.nested = 0  # a task that is left over is inside nothing that is open
                CELL.set(outer)
        if dispatch is not None:
            dispatch.finish()
            return responses
        row[8] = 3 * len(responses)
        pending += row if len(responses) <= MAX_CALLS else cut(recorder, row, end)
        if len(pending) >= PACK_AT:
            recorder.settle(parent)
        return responses

    return named_after(send, original)
