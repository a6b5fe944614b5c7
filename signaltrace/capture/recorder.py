"""The recorder, stage *capture*: one per process. Takes rows, packs them, hands them to recordings.

Rows are appended once per dispatch and packed a few hundred at a time, so that the garbage
collector has nothing to visit and memory stays near 36 bytes a receiver call. Packing waits until
no receiver is open; where it can't wait it is timed, and the time left out of what was open.
"""

from __future__ import annotations

import threading
import time
from asyncio import _get_running_loop as running_loop
from collections.abc import Callable, Sequence
from itertools import count
from types import CodeType, FrameType
from typing import Any

from signaltrace.capture.arguments import Summarise, build_summary
from signaltrace.capture.blocks import Packed
from signaltrace.capture.callsite import Sites
from signaltrace.capture.cells import CELL, own_cell, task_name
from signaltrace.capture.failures import ErrorFields, describe_error, unlink
from signaltrace.capture.methods import Methods
from signaltrace.capture.names import Names
from signaltrace.capture.noted import Noted
from signaltrace.capture.routes import Routes
from signaltrace.capture.steering import Steering
from signaltrace.capture.table import Table
from signaltrace.capture.window import Window
from signaltrace.event import pack_events, pack_queries
from signaltrace.rows import MAX_CALLS, STEP, Shape, pack_flat
from signaltrace.trace import Fault, ReceiverInfo

Clock = Callable[[], int]

# Counted in atoms of the flat list: a dispatch with five receivers has about 28.
PACK_AT = 12_000
PACK_INSIDE_AT = 240_000
Head = tuple[int, int, int, int, int, int]
UNNAMED = ReceiverInfo("(a receiver that could not be named)")


def nothing(named: dict[str, Any]) -> tuple[()]:
    """The summary of arguments nobody wants."""
    return ()


class Recorder:
    """Everything the patched methods write to. Its methods are not called where nothing is recorded."""

    def __init__(self, clock: Clock = time.perf_counter_ns) -> None:
        self.clock = clock
        self.names = Names()
        self.sites = Sites()
        self.shapes: Table[Shape] = Table(())
        self.summary = build_summary(self.shapes)
        # Flattened rows (see rows.py) that are not packed yet.
        self.pending: list[Any] = []
        # What probes noted that is not packed yet, and the two ways to note.
        self.noted = Noted(self.settle)
        self.note, self.asked = self.noted.note, self.noted.asked
        self.new_id: Callable[[], int] = count(STEP, STEP).__next__
        self.routing = Routes(self.names)
        # For the hot path, which looks into them itself.
        self.route_ids, self.orphan_ids = self.routing.ids, self.routing.orphan_ids
        self.orphans = self.routing.orphans
        self.methods = Methods()
        self.pauses: dict[int, int] = {}
        # Those of calls that may be over already: with when they began.
        self.paused: list[tuple[int, int, int]] = []
        self.recordings: list[Window] = []
        self.faults: dict[tuple[str, str], int] = {}
        self.probes = {"arguments": True, "call site": True}
        self.summarise: Summarise = self.summary
        self.wants_orphans = False
        # Set by the patch: which probes watch; the dispatch that stands for those lost to a fault.
        self.probing: Any = None
        self.nowhere: Any = None
        # What recordings ask for besides being told.
        self.steering = Steering()
        # Set when another tool holds on to our methods after uninstall(): they only pass on then.
        self.off = False
        # Asked on the hot path in place of several questions: off, a mute is in force, or steering detours.
        self.detour = False
        # Held while blocks are packed, given out or looked at.
        self.lock = threading.Lock()

    # -- names ---------------------------------------------------------------------------------

    def route(self, method: str, signal: Any, sender: Any) -> int:
        """The index of (method, signal, sender)."""
        return self.routing.find(method, signal, sender)

    # -- facts that may fail -------------------------------------------------------------------

    def receiver_index(self, receiver: Any) -> int:
        """The index of a receiver; never raises."""
        try:
            return self.names.receiver(receiver)
        except Exception as error:
            self.fault("receiver name", error)
            return self._unnamed()

    def _unnamed(self) -> int:
        """The index of what stands for receivers that could not be named; see ``receiver_entries``."""
        try:
            return self.names.receivers.add(UNNAMED)
        except Exception as error:
            self.fault("receiver name", error)
            return 0

    def receiver_entries(self) -> list[ReceiverInfo]:
        """All receivers by index: where there were faults even index 0 has to mean one."""
        return self.names.receivers.entries() or ([UNNAMED] if self.faults else [])

    def call_site(self, frame: FrameType | None) -> int:
        """The index of the site above ``frame``; 0 and switched off after a fault of ours."""
        try:
            return self.sites.find(frame) if self.probes["call site"] else 0
        except Exception as error:
            self.give_up("call site", error)
            return 0

    def arguments(self, named: dict[str, Any]) -> Sequence[Any]:
        """The summary of keywords; () after a fault of ours."""
        try:
            return self.summarise(named)
        except Exception as error:
            return self.lost_arguments(error)

    def lost_arguments(self, error: Exception) -> tuple[()]:
        """Arguments are no longer summarised after a fault of ours, the end of the stack excepted."""
        self.give_up("arguments", error)
        if not self.probes["arguments"]:
            self.summarise = nothing
        return ()

    def give_up(self, probe: str, error: Exception) -> None:
        """A probe failed: it is off from now on, and the fault told; never raises."""
        try:
            self.probes[probe] = isinstance(error, RecursionError)  # at the end of the stack none is to blame
            self.fault(probe if self.probes[probe] else f"{probe} (switched off)", error)
        except Exception as fault:
            self.fault(probe, fault)

    def error(self, error: BaseException) -> ErrorFields:
        """An exception of the program's as text; never raises."""
        try:
            return describe_error(error)
        except Exception as fault:
            self.fault("error text", fault)
            return ("(an exception that could not be described)", "", None, None)

    def unlink(self, error: BaseException, codes: frozenset[CodeType]) -> None:
        """Take the frames of ``codes`` out of an exception's traceback; never raises."""
        try:
            unlink(error, codes)
        except Exception as fault:
            self.fault("traceback", fault)

    def fault(self, where: str, error: BaseException) -> None:
        """Count a failure of our own; shown at the end, never raised into the program."""
        try:
            message = f"{type(error).__name__}: {error}"[:300]
        except Exception:  # an exception that cannot even say what it is
            message = type(error).__name__
        key = (where, message)
        if key in self.faults or len(self.faults) < 100:
            self.faults[key] = self.faults.get(key, 0) + 1

    def fault_list(self) -> list[Fault]:
        """The faults so far."""
        return [Fault(where, message, times) for (where, message), times in dict(self.faults).items()]

    def overflow(self, calls: list[int]) -> None:
        """Cut a dispatch's calls down to what a row has ids for."""
        self.fault("receiver calls", OverflowError(f"{len(calls) // 3} receivers on one dispatch"))
        del calls[3 * MAX_CALLS :]

    # -- orphans -------------------------------------------------------------------------------

    def orphan(
        self, method: str, signal: Any, sender: Any, named: dict[str, Any], frame: FrameType | None
    ) -> None:
        """Count a dispatch that no receiver heard; keep it as a span where a recording asks for that."""
        try:
            route = self.route(method, signal, sender)
            self.orphans[route] += 1
            if self.wants_orphans:
                cell, _ = own_cell(CELL.get())
                now = self.clock()
                head = (self.new_id(), cell.current, route, self.call_site(frame), cell.index, now)
                task = None if running_loop() is None else task_name()
                self.add(head, 0, task, (), self.arguments(named))
        except Exception as error:
            self.fault("orphaned dispatch", error)

    # -- rows ----------------------------------------------------------------------------------

    def add(
        self, head: Head, duration: int, extra: Any, calls: Sequence[int], arguments: Sequence[Any]
    ) -> None:
        """Append one row, packing when there are enough. ``head``: id, parent, route, site, thread, start."""
        self.pending.extend((*head, duration, extra, len(calls), len(arguments), *calls, *arguments))
        if len(self.pending) >= PACK_AT:
            self.settle(head[1])

    def settle(self, parent: int = 0) -> None:
        """Pack what is pending unless a receiver is open and there is room to wait; never raises."""
        try:
            if not parent:
                self.flush()
            elif len(self.pending) >= PACK_INSIDE_AT or self.noted.is_full():
                began = self.clock()
                self.flush()
                self.pauses[parent] = self.pauses.get(parent, 0) + self.clock() - began
        except Exception as error:
            self.fault("packing", error)

    def flush(self, wait: bool = False) -> None:
        """Pack the pending rows now. Whoever finds another thread at it goes on, unless told to wait."""
        if not self.lock.acquire(blocking=wait):
            return
        try:
            taken = len(self.pending)
            flat = self.pending[:taken]
            del self.pending[:taken]
            queries, events = self.noted.take()
            if flat or queries or events:
                room = len(events) + len(queries) // 30
                packed = (pack_flat(flat), taken // 3, pack_queries(queries), pack_events(events), room)
                self._give(Packed(*packed))
        except Exception as error:
            self.fault("packing", error)
        finally:
            self.lock.release()

    def _give(self, packed: Packed) -> None:
        for recording in self.recordings:
            try:
                recording.take(packed)
            except Exception as error:  # the others are to have it all the same
                self.fault("packing", error)

    def attend(self, recording: Window, begins: bool) -> None:
        """A recording begins or ends: what is pending belongs to those that were there."""
        self.flush(wait=True)
        if begins:
            self.recordings.append(recording)
        elif recording in self.recordings:
            self.recordings.remove(recording)
        wanted = any(each.arguments != "none" for each in self.recordings)
        self.summarise = self.summary if wanted and self.probes["arguments"] else nothing
        self.wants_orphans = any(each.orphaned for each in self.recordings)
        self.routing.count_orphans = not self.wants_orphans
        if self.wants_orphans:
            self.routing.stop_counting()
        if self.probing is not None:
            self.probing.want({name for each in self.recordings for name in each.probes})
        self.steering.follow(self.recordings)

    def after_fork(self) -> None:
        """In a forked child: its recordings begin anew, the parent's rows are not its own."""
        self.lock = threading.Lock()
        self.pending.clear()
        self.noted.take()
        if self.probing is not None:
            self.probing.after_fork()
        self.pauses.clear()
        self.paused.clear()
        self.faults.clear()
        for recording in self.recordings:
            try:
                recording.restart()
            except Exception as error:
                self.fault("fork", error)
