"""A recording, stage *capture*: a window onto what the recorder sees, and the Trace it becomes."""

from __future__ import annotations

import time
from collections import deque
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from signaltrace.capture.assembly import assemble, own_blocks
from signaltrace.capture.patch import install, patch_notes, uninstall
from signaltrace.capture.recorder import Clock, Recorder
from signaltrace.errors import SignaltraceError
from signaltrace.rows import Row, Shape, is_continuation, pack, unpack
from signaltrace.tally import Tally
from signaltrace.trace import ReceiverInfo, Trace

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
    clock: Clock = time.perf_counter_ns,
) -> Recording:
    """Record every dispatch in this process until the ``with`` (or ``async with``) block ends.

    ``arguments`` is ``"summary"`` or ``"none"``; ``orphaned`` keeps dispatches no receiver heard as
    spans instead of only counting them; ``limit`` is the number of spans kept, the newest; ``clock``
    gives integer nanoseconds. Raises SignaltraceError on other values. ::

        with signaltrace.record() as recording:
            order.save()
        for depth, span in recording.trace.walk():
            print("  " * depth, span.label, span.duration_ns)
    """
    return Recording(arguments=arguments, orphaned=orphaned, limit=limit, clock=clock)


class Recording:
    """One recording; see :func:`record`. Recordings nest: each has a trace of its own."""

    def __init__(self, *, arguments: str, orphaned: bool, limit: int, clock: Clock) -> None:
        if arguments not in ("summary", "none"):
            raise SignaltraceError(f"arguments is 'summary' or 'none', not {arguments!r}.")
        if type(limit) is not int or limit < 1:
            raise SignaltraceError(f"limit is a number of spans, 1 or more, not {limit!r}.")
        self.arguments = arguments
        self.orphaned = orphaned
        self.limit = limit
        self._clock = clock
        self._recorder: Recorder | None = None
        self._final: Trace | None = None
        self.shared = False
        self._clear()

    def _clear(self) -> None:
        # A block and how many spans it holds: at most, until they have to be counted.
        self._blocks: deque[list[Any]] = deque()
        self._fresh: list[bytes] = []
        self._spans = 0
        self._dropped = 0
        self._tally = Tally()
        self._progress = Progress(0, 0, None, 0)
        self._origin_ns = self._clock()
        self._started_at = datetime.now(UTC).isoformat()
        self._orphans_before = [] if self._recorder is None else list(self._recorder.orphans)

    # -- beginning and ending ------------------------------------------------------------------

    def start(self) -> Self:
        """Begin. Raises SignaltraceError when it was begun before."""
        if self._recorder is not None or self._final is not None:
            raise SignaltraceError("A recording is begun once: call record() for another.")
        self._recorder = install(self._clock)
        self._recorder.attend(self, begins=True)
        if len(self._recorder.recordings) > 1:
            for each in self._recorder.recordings:
                each.shared = True
        self._clear()
        return self

    def stop(self) -> Trace:
        """End, and give the trace; ending again gives it again."""
        if self._recorder is not None:
            recorder = self._recorder
            wall_ns = self._clock() - self._origin_ns
            try:
                recorder.attend(self, begins=False)
                self._final = self._build(recorder, wall_ns)
            except Exception as error:  # ours to show, not the program's to handle
                recorder.fault("making the trace", error)
                self._final = Trace(faults=recorder.fault_list(), started_at=self._started_at)
            finally:
                self._recorder = None
                uninstall()
        if self._final is None:
            raise SignaltraceError("This recording was never begun.")
        return self._final

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

    def take(self, block: bytes, at_most: int) -> None:
        """Keep a block; drop the oldest beyond the limit, their totals excepted."""
        self._blocks.append([block, at_most, False])
        self._spans += at_most
        if len(self._fresh) < 10_000:
            self._fresh.append(block)
        if self._spans > self.limit:
            self._count()
            # One block more than the limit stays, to be cut down to it row by row in the end.
            while self._spans - self._blocks[0][1] >= self.limit:
                oldest, spans, _ = self._blocks.popleft()
                self._drop(unpack(oldest), spans)

    def _count(self) -> None:
        """Replace the bounds by counts, where that has not been done."""
        for entry in self._blocks:
            if not entry[2]:
                spans = sum(len(row[7]) // 3 + 1 for row in unpack(entry[0]))
                self._spans += spans - entry[1]
                entry[1:] = (spans, True)

    def _drop(self, rows: list[Row], spans: int) -> None:
        self._spans -= spans
        self._dropped += spans
        self._tally.add(rows, {} if self._recorder is None else self._recorder.pauses)

    def restart(self) -> None:
        """In a forked child: nothing has been recorded yet."""
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
        return self._build(self._recorder, self._clock() - self._origin_ns)

    def progress(self) -> Progress:
        """Counts so far; cheap enough to ask twice a second."""
        if self._recorder is not None:
            self._recorder.flush()
        fresh, self._fresh = self._fresh, []
        dispatches, calls, slowest, slowest_ns = self._progress
        recorder = self._recorder
        for block in fresh:
            for row in unpack(block):
                dispatches += not is_continuation(row)
                calls += len(row[7]) // 3
                for at in range(2, len(row[7]), 3):
                    if row[7][at] > slowest_ns and recorder is not None:
                        slowest_ns = row[7][at]
                        slowest = recorder.names.receivers.get(row[7][at - 2])
        self._progress = Progress(dispatches, calls, slowest, slowest_ns)
        return self._progress

    def _build(self, recorder: Recorder, wall_ns: int) -> Trace:
        self._trim(recorder.shapes.entries())
        blocks = [entry[0] for entry in self._blocks]
        trace = assemble(recorder, blocks, self._origin_ns, self._orphans_before)
        if self.shared:
            trace.blocks = own_blocks(
                trace.blocks, trace.shapes, self._origin_ns, self.orphaned, self.arguments != "none"
            )
        trace.wall_ns = wall_ns
        trace.started_at = self._started_at
        trace.dropped = self._dropped
        trace.tally = self._tally.copy()
        trace.notes = patch_notes()
        return trace

    def _trim(self, shapes: list[Shape]) -> None:
        """Bring what is kept down to the limit itself, by rows of the oldest block."""
        if self._spans > self.limit:
            self._count()
        while self._spans > self.limit and self._blocks:
            rows = unpack(self._blocks.popleft()[0], shapes)
            gone = 0
            while gone < len(rows) and self._spans > self.limit:
                self._drop(rows[gone : gone + 1], len(rows[gone][7]) // 3 + 1)
                gone += 1
            kept = rows[gone:]
            if kept:
                self._blocks.appendleft([pack(kept), sum(len(row[7]) // 3 + 1 for row in kept), True])
