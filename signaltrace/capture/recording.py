"""A recording, stage *capture*: a window onto what the recorder sees, and the Trace it becomes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from signaltrace.capture.assembly import add_probed, assemble, own_blocks
from signaltrace.capture.blocks import Blocks, Packed
from signaltrace.capture.measures import (
    DEFAULT_MAX_DEPTH,
    checked_max_depth,
    checked_probes,
    checked_shuffle,
)
from signaltrace.capture.patch import install, installed, patch_notes, uninstall
from signaltrace.capture.recorder import Clock, Recorder
from signaltrace.capture.shuffle import shuffle_notes
from signaltrace.errors import SignaltraceError
from signaltrace.event import Event
from signaltrace.trace import Fault, ReceiverInfo, Trace

DEFAULT_LIMIT = 1_000_000


class Progress(NamedTuple):
    """How far a recording is: counts so far and the slowest receiver call."""

    dispatches: int
    calls: int
    slowest: ReceiverInfo | None
    slowest_ns: int


def record(
    *,
    arguments: str = "summary",
    orphaned: bool = False,
    limit: int = DEFAULT_LIMIT,
    probes: Collection[str] | None = None,
    max_depth: int | None = DEFAULT_MAX_DEPTH,
    shuffle: int | None = None,
    clock: Clock = time.perf_counter_ns,
) -> Recording:
    """Record every dispatch in this process until the ``with`` (or ``async with``) block ends.

    ``arguments`` is ``"summary"`` or ``"none"``; ``orphaned`` keeps dispatches no receiver heard as
    spans instead of only counting them; ``limit`` is the number of spans kept, the newest; ``probes``
    are the names of those that watch (see :mod:`signaltrace.capture.probes`), the default ones where it
    is None; ``max_depth`` is how many dispatches may be open inside each other before SignalRecursionError
    is raised in place of the next (0: any number; None: as the recordings around this one have it);
    ``shuffle`` is a seed to run receivers in another order by, see :mod:`signaltrace.capture.shuffle`;
    ``clock`` gives integer nanoseconds. Of recordings that overlap the one begun last says how deep and
    in which order. Raises SignaltraceError on other values. ::

        with signaltrace.record() as recording:
            order.save()
        for depth, span in recording.trace.walk():
            print("  " * depth, span.label, span.duration_ns)
    """
    return Recording(
        arguments=arguments,
        orphaned=orphaned,
        limit=limit,
        probes=probes,
        max_depth=max_depth,
        shuffle=shuffle,
        clock=clock,
    )


class Recording:
    """One recording; see :func:`record`. Recordings nest: each has a trace of its own."""

    def __init__(
        self,
        *,
        arguments: str,
        orphaned: bool,
        limit: int,
        probes: Collection[str] | None,
        max_depth: int | None,
        shuffle: int | None,
        clock: Clock,
    ) -> None:
        if arguments not in ("summary", "none"):
            raise SignaltraceError(f"arguments is 'summary' or 'none', not {arguments!r}.")
        if type(limit) is not int or limit < 1:
            raise SignaltraceError(f"limit is a number of spans, 1 or more, not {limit!r}.")
        self.arguments = arguments
        self.orphaned = orphaned
        self.limit = limit
        self.probes = checked_probes(probes)
        self.max_depth = checked_max_depth(max_depth)
        self.shuffle = checked_shuffle(shuffle)
        self._clock = clock
        self._recorder: Recorder | None = None
        self._final: Trace | None = None
        # By index in a trace's table, and known to be the very object: kept beyond the end.
        self._signals: dict[int, Callable[[], Any]] = {}
        self.shared = False
        self._ending = threading.RLock()
        self._clear()

    def _clear(self, origin_ns: int | None = None) -> None:
        self._blocks = Blocks(self.limit)
        self._origin_ns = self._clock() if origin_ns is None else origin_ns
        # What is noted before this id belongs to others.
        self._first_id = 0 if self._recorder is None else self._recorder.new_id()
        self._started_at = datetime.now(UTC).isoformat()
        self._orphans_before = [] if self._recorder is None else list(self._recorder.orphans)

    # -- beginning and ending ------------------------------------------------------------------

    def start(self) -> Self:
        """Begin. Raises SignaltraceError when it was begun before."""
        if self._recorder is not None or self._final is not None:
            raise SignaltraceError("A recording is begun once: call record() for another.")
        self.shared = installed()  # for others, or by the program: a dispatch may be under way
        # Read before other threads' dispatches can be recorded, lest one begin before it.
        origin_ns = None if self.shared else self._clock()
        recorder = install(self._clock)
        try:
            recorder.attend(self, begins=True)
            if len(recorder.recordings) > 1:
                for each in recorder.recordings:
                    each.shared = True
            self._recorder = recorder
            self._signals = recorder.names.signals
            self._clear(origin_ns)
        except BaseException:  # it did not begin, and leaves nothing behind
            self._recorder = None
            if self in recorder.recordings:
                recorder.recordings.remove(self)
            uninstall()
            raise
        return self

    def stop(self) -> Trace:
        """End, and give the trace; ending again gives it again."""
        with self._ending:  # of two threads the second waits for the first
            if self._recorder is not None:
                self._end(self._recorder)
        if self._final is None:
            raise SignaltraceError("This recording was never begun.")
        return self._final

    def _end(self, recorder: Recorder) -> None:
        try:
            wall_ns = self._clock() - self._origin_ns
            # Asked before its probes cease to watch; what ends until then was noted as well.
            still_open = recorder.probing.open_events(self.probes)
            recorder.attend(self, begins=False)
            self._final = self._build(recorder, wall_ns, still_open)
        except Exception as error:  # ours to show, not the program's to handle
            recorder.fault("making the trace", error)
            self._final = Trace(faults=_told(recorder), started_at=self._started_at)
        finally:
            self._recorder = None
            if self in recorder.recordings:
                recorder.recordings.remove(self)
            self._put_back(recorder)

    def _put_back(self, recorder: Recorder) -> None:
        try:
            uninstall()
        except Exception as error:
            recorder.fault("putting Signal back", error)
        if self._final is not None and recorder.faults:  # some may be as late as this
            self._final.faults = _told(recorder)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    # -- what the recorder calls ---------------------------------------------------------------

    def take(self, packed: Packed) -> None:
        """Keep a block; drop the oldest beyond the limit, their totals excepted."""
        self._blocks.take(packed, self._pauses())

    def _pauses(self) -> dict[int, int]:
        return {} if self._recorder is None else self._recorder.pauses

    def restart(self) -> None:
        """In a forked child: nothing has been recorded yet, and no thread is ending anything."""
        self._ending = threading.RLock()
        self._clear()

    # -- reading -------------------------------------------------------------------------------

    @property
    def trace(self) -> Trace:
        """The trace: what there is so far while the recording is open, all of it afterwards."""
        if self._final is not None:
            return self._final
        if self._recorder is None:
            raise SignaltraceError("This recording was never begun.")
        self._recorder.flush(wait=True)
        still_open = self._recorder.probing.open_events(self.probes)
        return self._build(self._recorder, self._clock() - self._origin_ns, still_open)

    def news(self) -> tuple[object, ...]:
        """What is equal to what it was before only if nothing was recorded, and nothing ended, meanwhile."""
        recorder = self._recorder
        if recorder is None:
            return (self._final,)
        recorder.flush(wait=True)
        return (self._blocks, self._blocks.taken, sum(each.count for each in recorder.fault_list()))

    def signal_index(self, signal: object) -> int | None:
        """Where in the trace's ``signals`` a signal stands; None for one that was not sent."""
        for index, reference in list(self._signals.items()):
            if reference() is signal:
                return index
        return None

    def progress(self) -> Progress:
        """Counts so far; cheap enough to ask twice a second."""
        recorder = self._recorder
        if recorder is None:
            return Progress(*self._blocks.progress()[:2], None, 0)
        recorder.flush()
        with recorder.lock:
            dispatches, calls, slowest_ns, index = self._blocks.progress()
        slowest = recorder.names.receivers.get(index) if slowest_ns else None
        return Progress(dispatches, calls, slowest, slowest_ns)

    def _build(self, recorder: Recorder, wall_ns: int, still_open: list[Event]) -> Trace:
        with recorder.lock:  # no thread brings blocks meanwhile
            self._blocks.trim(recorder.shapes.entries(), recorder.pauses)
            blocks, dropped, tally = list(self._blocks), self._blocks.dropped, self._blocks.tally.copy()
            queries, events = self._blocks.queries(), self._blocks.events()
        trace = assemble(recorder, blocks, self._origin_ns, self._orphans_before)
        if self.shared:
            trace.blocks = own_blocks(
                trace.blocks, trace.shapes, self._origin_ns, self.orphaned, self.arguments != "none"
            )
        by_id = {(each.kind, each.id): each for each in (*still_open, *events)}
        add_probed(trace, recorder, self.probes, self._first_id, queries, list(by_id.values()))
        trace.wall_ns = wall_ns
        trace.started_at = self._started_at
        trace.dropped = dropped
        trace.tally = tally
        trace.notes = self._notes(recorder)
        trace.faults = recorder.fault_list()
        return trace

    def _notes(self, recorder: Recorder) -> list[str]:
        try:
            return [*patch_notes(), *shuffle_notes(self.shuffle, recorder.steering.passed_over)]
        except Exception as error:
            recorder.fault("notes", error)
            return []


def _told(recorder: Recorder) -> list[Fault]:
    """The faults so far, or at least that there were some."""
    try:
        return recorder.fault_list()
    except Exception as error:
        return [Fault("making the trace", type(error).__name__)]
