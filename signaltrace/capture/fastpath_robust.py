"""``Signal.send_robust``, stage *capture*: fastpath.py's loop, where an exception becomes a response."""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop
from collections.abc import Callable
from sys import _getframe
from threading import get_ident
from typing import Any

from asgiref.sync import async_to_sync

from signaltrace.capture.cells import CELL, Cell, own_cell, task_name
from signaltrace.capture.depth import is_too_deep, too_deep
from signaltrace.capture.dispatches import LOST, taken_over
from signaltrace.capture.drivers import DRIVER_CODES
from signaltrace.capture.looks import looked_between
from signaltrace.capture.methods import named_after
from signaltrace.capture.mutes import extra_of
from signaltrace.capture.recorder import PACK_AT, Recorder
from signaltrace.capture.shortcuts import cut, resolve
from signaltrace.capture.steering import arranged
from signaltrace.capture.tail import robust_async_tail
from signaltrace.internals import NO_RECEIVERS
from signaltrace.rows import MAX_CALLS

Method = Callable[..., Any]


def build_send_robust(
    recorder: Recorder, exact: Method, original: Method, live: Method, patched_live: Method | None
) -> Method:
    """``Signal.send_robust``; the parameters are those of :func:`signaltrace.capture.fastpath.build_send`."""
    orphans, orphan_routes = recorder.orphans, recorder.orphan_ids["send_robust"]
    # One variable of the closure instead of a dozen: each costs every call, orphans' too.
    hot = (
        recorder.clock, recorder.new_id, recorder.pending, recorder.names.receiver_ids.get,
        recorder.sites.known, recorder.route_ids["send_robust"], recorder, live, patched_live,
    )  # fmt: skip
    odd_codes = frozenset({exact.__code__, original.__code__})

    def send_robust(self: Any, sender: Any, **named: Any) -> list[tuple[Any, Any]]:
        if not self.receivers or (cached := self.sender_receivers_cache.get(sender)) is NO_RECEIVERS:
            try:
                orphans[orphan_routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder = hot[6]
                if not recorder.off:
                    recorder.orphan("send_robust", self, sender, named, _getframe(1))
            return []
        clock, new_id, pending, index_of, codes, routes, recorder, live, patched_live = hot
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
            recorder.orphan("send_robust", self, sender, named, _getframe(1))
            return []
        try:
            cell = outer = CELL.get()
            if cell is None or cell.thread != get_ident():
                cell, outer = own_cell(cell)
            parent = cell.current
            nested = cell.nested + 1 if parent else 0
            try:
                route = routes[id(self)][id(sender)]
            except KeyError:
                route = recorder.route("send_robust", self, sender)
            first = span = new_id()
            frame = _getframe(1)
            lines = codes.get(id(frame.f_code))
            site = None if lines is None else lines.get(frame.f_lasti)
            if site is None:
                site = recorder.call_site(frame)
            try:
                arguments = recorder.summarise(named)
            except Exception as fault:
                arguments = recorder.lost_arguments(fault)
            task = None if running_loop() is None else task_name() or ""
        except Exception as fault:
            recorder.fault("send_robust", fault)
            dispatch = recorder.nowhere
            first = span = dispatch.id
            cell, parent, nested, route, site, arguments, task = LOST
        keywords = {"signal": self, "sender": sender, **named}
        responses: list[tuple[Any, Any]] = []
        row = [first, parent, route, site, cell.index, start, None, task or None, 0, len(arguments),
               *arguments]  # fmt: skip
        calls = receivers
        if muted is not None:
            calls = looked_between(recorder, named, row, receivers)
            if muted:
                row[7] = extra_of(recorder, muted, task)
        failed: list[Any] = []
        try:
            if nested:
                if nested >= recorder.steering.deepest and is_too_deep(recorder, cell):
                    head = (first, parent, route, site, cell.index, start)
                    dispatch = taken_over(recorder, head, arguments, task, row, failed)
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
                        recorder.fault("send_robust", fault)
                began = clock()
                try:
                    response = receiver(**keywords)
                except Exception as err:
                    end = clock()
                    self._log_robust_failure(receiver, err)
                    responses.append((receiver, err))
                    failed.append((len(responses) - 1, "returned_error", recorder.error(err)))
                else:
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
                dispatch = taken_over(recorder, head, arguments, task, row, failed, nested)
                tail = robust_async_tail(dispatch, self, sender, named, async_receivers)
                responses.extend(async_to_sync(tail)())
        except BaseException as error:
            if calls is not receivers:
                calls.over()
            if dispatch is None:
                end = clock()
                head = (first, parent, route, site, cell.index, start)
                dispatch = taken_over(recorder, head, arguments, task, row, failed)
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
        if failed:
            row[7] = extra_of(recorder, muted or (), task, failed)
        row[8] = 3 * len(responses)
        pending += row if len(responses) <= MAX_CALLS else cut(recorder, row, end)
        if len(pending) >= PACK_AT:
            recorder.settle(parent)
        return responses

    return named_after(send_robust, original)
