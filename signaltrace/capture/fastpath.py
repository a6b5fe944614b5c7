"""Sync sends, stage *capture*: Django's loop over the original receivers, with a clock around each.

Nearly every dispatch goes through here, so the two functions are written out for speed: the
keywords are built once, no frame stands between the caller and a receiver, and one row is
appended at the end. They hold for the Django versions the differential tests ran on, and only
where Django's own methods would have run (see patch.py); otherwise the exact path serves.
"""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop
from collections.abc import Callable
from sys import _getframe
from threading import get_ident
from typing import Any

from asgiref.sync import async_to_sync

from signaltrace.capture.cells import CELL, Cell, own_cell
from signaltrace.capture.dispatches import LOST, Dispatch, lost, task_name
from signaltrace.capture.drivers import DRIVER_CODES
from signaltrace.capture.failures import unlink
from signaltrace.capture.methods import named_after
from signaltrace.capture.recorder import PACK_AT, Recorder
from signaltrace.capture.tail import async_tail, robust_async_tail
from signaltrace.internals import NO_RECEIVERS
from signaltrace.rows import MAX_CALLS

Method = Callable[..., Any]
MAX_ATOMS = 3 * MAX_CALLS


def build_send(recorder: Recorder, exact: Method, original: Method, live: Method, patched_live: Method) -> Method:
    """``Signal.send``. ``exact`` serves what this loop does not, ``original`` is Django's own;
    ``live`` is ``_live_receivers`` as it was before the patch, ``patched_live`` as it is now."""
    clock, new_id, pending, ids = recorder.clock, recorder.new_id, recorder.pending, recorder.names.receiver_ids
    routes, orphans, orphan_routes = recorder.route_ids["send"], recorder.orphans, recorder.orphan_ids["send"]
    codes, find_site = recorder.sites.known, recorder.call_site
    odd_codes = frozenset({exact.__code__, original.__code__})

    def send(self: Any, sender: Any, **named: Any) -> list[tuple[Any, Any]]:
        if recorder.off or "signal" in named:
            try:
                return (original if recorder.off else exact)(self, sender, **named)  # type: ignore[no-any-return]
            except BaseException as error:
                unlink(error, odd_codes)
                raise
        if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
            try:
                orphans[orphan_routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder.orphan("send", self, sender, named, _getframe(1))
            return []
        start = end = began = clock()
        dispatch = None
        if type(self)._live_receivers is patched_live and "_live_receivers" not in self.__dict__:
            receivers, async_receivers = live(self, sender)
        else:
            receivers, async_receivers = self._live_receivers(sender)
        if not receivers and not async_receivers:
            recorder.orphan("send", self, sender, named, _getframe(1))
            return []
        try:
            cell = CELL.get()
            if cell is None or cell.thread != get_ident():
                cell = own_cell(cell)
            parent = cell.current
            try:
                route = routes[id(self)][id(sender)]
            except KeyError:
                route = recorder.route("send", self, sender)
            first = span = new_id()
            frame = _getframe(1)
            lines = codes.get(id(frame.f_code))
            site = None if lines is None else lines.get(frame.f_lasti)
            if site is None:
                site = find_site(frame)
            try:
                arguments = recorder.summarise(named)
            except Exception as fault:
                arguments = recorder.lost_arguments(fault)
            task = None if running_loop() is None else task_name() or ""
        except Exception as fault:
            recorder.fault("send", fault)
            dispatch = lost(recorder)
            first = span = dispatch.id
            cell, parent, route, site, arguments, task = LOST
        keywords = {"signal": self, "sender": sender, **named}
        responses: list[tuple[Any, Any]] = []
        calls: list[int] = []
        try:
            for receiver in receivers:
                span += 1
                if task is None:
                    cell.current = span
                else:
                    CELL.set(Cell(cell.thread, span, None, cell.index))
                began = clock()
                response = receiver(**keywords)
                end = clock()
                responses.append((receiver, response))
                index = ids.get(id(receiver))
                if index is None:
                    index = recorder.receiver_index(receiver)
                calls += (index, began - start, end - began)
            if async_receivers:
                cell.current = parent
                dispatch = Dispatch(recorder, (first, parent, route, site, cell.index, start), arguments, task)
                dispatch.adopt(calls)
                responses.extend(async_to_sync(async_tail(dispatch, self, sender, named, async_receivers))())
        except BaseException as error:
            if dispatch is None:
                end = clock()
                dispatch = Dispatch(recorder, (first, parent, route, site, cell.index, start), arguments, task)
                dispatch.adopt(calls)
                dispatch.broken(receivers, async_receivers, began, end, error)
            unlink(error, DRIVER_CODES)
            dispatch.finish(error)
            raise
        finally:
            if task is None:
                cell.current = parent
            else:
                CELL.set(cell)
        if dispatch is not None:
            dispatch.finish()
            return responses
        if len(calls) > MAX_ATOMS:
            recorder.overflow(calls)
        pending.extend(
            (first, parent, route, site, cell.index, start, end - start, task or None, len(calls), len(arguments),
             *calls, *arguments)
        )  # fmt: skip
        if len(pending) >= PACK_AT:
            recorder.settle(parent)
        return responses

    return named_after(send, original)  # type: ignore[no-any-return]


def build_send_robust(recorder: Recorder, exact: Method, original: Method, live: Method, patched_live: Method) -> Method:
    """``Signal.send_robust``; see :func:`build_send`. An exception of a receiver becomes its response."""
    clock, new_id, pending, ids = recorder.clock, recorder.new_id, recorder.pending, recorder.names.receiver_ids
    routes, orphans, orphan_routes = recorder.route_ids["send_robust"], recorder.orphans, recorder.orphan_ids["send_robust"]
    codes, find_site = recorder.sites.known, recorder.call_site
    odd_codes = frozenset({exact.__code__, original.__code__})

    def send_robust(self: Any, sender: Any, **named: Any) -> list[tuple[Any, Any]]:
        if recorder.off or "signal" in named:
            try:
                return (original if recorder.off else exact)(self, sender, **named)  # type: ignore[no-any-return]
            except BaseException as error:
                unlink(error, odd_codes)
                raise
        if not self.receivers or self.sender_receivers_cache.get(sender) is NO_RECEIVERS:
            try:
                orphans[orphan_routes[id(self)][id(sender)]] += 1
            except KeyError:
                recorder.orphan("send_robust", self, sender, named, _getframe(1))
            return []
        start = end = began = clock()
        dispatch = None
        if type(self)._live_receivers is patched_live and "_live_receivers" not in self.__dict__:
            receivers, async_receivers = live(self, sender)
        else:
            receivers, async_receivers = self._live_receivers(sender)
        if not receivers and not async_receivers:
            recorder.orphan("send_robust", self, sender, named, _getframe(1))
            return []
        try:
            cell = CELL.get()
            if cell is None or cell.thread != get_ident():
                cell = own_cell(cell)
            parent = cell.current
            try:
                route = routes[id(self)][id(sender)]
            except KeyError:
                route = recorder.route("send_robust", self, sender)
            first = span = new_id()
            frame = _getframe(1)
            lines = codes.get(id(frame.f_code))
            site = None if lines is None else lines.get(frame.f_lasti)
            if site is None:
                site = find_site(frame)
            try:
                arguments = recorder.summarise(named)
            except Exception as fault:
                arguments = recorder.lost_arguments(fault)
            task = None if running_loop() is None else task_name() or ""
        except Exception as fault:
            recorder.fault("send_robust", fault)
            dispatch = lost(recorder)
            first = span = dispatch.id
            cell, parent, route, site, arguments, task = LOST
        keywords = {"signal": self, "sender": sender, **named}
        responses: list[tuple[Any, Any]] = []
        calls: list[int] = []
        failed: list[Any] = []
        try:
            for receiver in receivers:
                span += 1
                if task is None:
                    cell.current = span
                else:
                    CELL.set(Cell(cell.thread, span, None, cell.index))
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
                index = ids.get(id(receiver))
                if index is None:
                    index = recorder.receiver_index(receiver)
                calls += (index, began - start, end - began)
            if async_receivers:
                cell.current = parent
                dispatch = Dispatch(recorder, (first, parent, route, site, cell.index, start), arguments, task)
                dispatch.adopt(calls, failed)
                responses.extend(async_to_sync(robust_async_tail(dispatch, self, sender, named, async_receivers))())
        except BaseException as error:
            if dispatch is None:
                end = clock()
                dispatch = Dispatch(recorder, (first, parent, route, site, cell.index, start), arguments, task)
                dispatch.adopt(calls, failed)
                dispatch.broken(receivers, async_receivers, began, end, error)
            unlink(error, DRIVER_CODES)
            dispatch.finish(error)
            raise
        finally:
            if task is None:
                cell.current = parent
            else:
                CELL.set(cell)
        if dispatch is not None:
            dispatch.finish()
            return responses
        if len(calls) > MAX_ATOMS:
            recorder.overflow(calls)
        extra: Any = task or None
        if failed:
            extra = {"task": task, "outcomes": failed} if task else {"outcomes": failed}
        pending.extend(
            (first, parent, route, site, cell.index, start, end - start, extra, len(calls), len(arguments),
             *calls, *arguments)
        )  # fmt: skip
        if len(pending) >= PACK_AT:
            recorder.settle(parent)
        return responses

    return named_after(send_robust, original)  # type: ignore[no-any-return]
