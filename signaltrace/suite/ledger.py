"""What each test's receivers did, stage *suite*: exact totals a test and phase, kept up while the suite runs.

Beside the recording, which may drop its oldest spans: the ledger reads each block once, when the
test it belongs to is over, and keeps sums. A row belongs to the phase in which its dispatch began.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from signaltrace.capture.blocks import Packed
from signaltrace.capture.patch import install, uninstall
from signaltrace.capture.recorder import Clock, Recorder
from signaltrace.event import queries_in
from signaltrace.ran import OUTSIDE, Failed, Phase, RanTest
from signaltrace.rows import calls_of, split, unflatten
from signaltrace.tally import Tally
from signaltrace.trace import ReceiverInfo

# Phases a late row can still be told to belong to: of the last thousand tests or so.
_REMEMBERED = 4_096
# Blocks are read before a test is over where it makes so many.
_MOST_BLOCKS = 64
# Different failures of one test that are kept apart.
_MOST_FAILURES = 100


class Ledger:
    """The tests of one process. Begun with :meth:`start`, it has to be ended with :meth:`stop`."""

    arguments = "none"
    orphaned = False
    probes = frozenset({"queries"})
    max_depth: int | None = None
    shuffle: int | None = None

    def __init__(self, clock: Clock) -> None:
        self.shared = False
        self._clock = clock
        self._recorder: Recorder | None = None
        # Reading is done under it: blocks may come from any thread.
        self._reading = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self.tests: list[RanTest] = []
        self.outside = RanTest("", phases=[Phase(OUTSIDE, 0)])
        self._blocks: list[Packed] = []
        self._tally = Tally()
        self._test = self.outside
        self._begun = self._clock()
        # Where each stretch of time began, and what it counts for.
        self._starts = [self._begun]
        self._stretches = [(self.outside, self.outside.phases[0])]

    def start(self) -> None:
        """Begin, outside of any test."""
        self._recorder = install(self._clock)
        self._recorder.attend(self, begins=True)
        self._clear()

    def stop(self) -> None:
        """Read what is left, and end."""
        if self._recorder is None:
            return
        self.enter(OUTSIDE)
        self._recorder.attend(self, begins=False)
        self._read(self._recorder)
        self._recorder = None
        uninstall()

    # -- the course of the suite -----------------------------------------------------------------

    def begin(self, node_id: str) -> RanTest:
        """A test begins; its phases are to be entered."""
        self._test = RanTest(node_id)
        self.tests.append(self._test)
        return self._test

    def enter(self, when: str) -> None:
        """A phase of the test begins, or goes on; ``outside`` for what is no test's own."""
        now = self._clock()
        self._stretches[-1][1].duration_ns += now - self._begun
        self._begun = now
        test, phase = self.outside, self.outside.phases[0]
        if when != OUTSIDE:
            test, phase = self._test, Phase(when, now)
            test.phases.append(phase)
        with self._reading:
            self._starts.append(now)
            self._stretches.append((test, phase))

    @property
    def current(self) -> RanTest:
        """The test that runs, or ran last."""
        return self._test

    def receiver(self, index: int) -> ReceiverInfo | None:
        """The receiver that an index in the costs of a test means."""
        return None if self._recorder is None else self._recorder.names.receivers.get(index)

    def settle(self) -> RanTest:
        """Read all that was recorded so far; gives the test with what its receivers have done."""
        if self._recorder is not None:
            self._recorder.flush(wait=True)
            self._read(self._recorder)
        return self._test

    def end(self) -> RanTest:
        """The test is over."""
        self.enter(OUTSIDE)
        return self.settle()

    # -- what the recorder calls -----------------------------------------------------------------

    def take(self, packed: Packed) -> None:
        """Keep a packed block until it is read."""
        with self._reading:
            self._blocks.append(packed)
            if len(self._blocks) >= _MOST_BLOCKS and self._recorder is not None:
                self._read(self._recorder)

    def restart(self) -> None:
        """In a forked child: it has run no test yet."""
        self._reading = threading.RLock()
        self._clear()

    # -- reading ---------------------------------------------------------------------------------

    def _read(self, recorder: Recorder) -> None:
        with self._reading:
            blocks, self._blocks = self._blocks, []
            try:
                self._tally.note_queries(queries_in(block.queries for block in blocks))
                rows = (row for block in blocks for row in split(block.rows))
                for at, some in groupby(rows, self._stretch_of):
                    self._count(recorder, at, list(some))
            except Exception as error:  # noqa: BLE001 - ours to show, not the suite's to handle
                recorder.fault("tests", error)
            self._forget()

    def _stretch_of(self, row: list[Any]) -> int:
        return max(bisect_right(self._starts, row[5]) - 1, 0)

    def _count(self, recorder: Recorder, at: int, rows: list[list[Any]]) -> None:
        test, phase = self._stretches[at]
        self._tally.add_split(rows, recorder.pauses)
        receivers, inside_ns = self._tally.harvest()
        phase.inside_ns += inside_ns
        for receiver, totals in receivers.items():
            phase.add((receiver, totals.calls, totals.primitive, totals.errors, totals.self_ns))
            if totals.queries:
                phase.queries[receiver] = phase.queries.get(receiver, 0) + totals.queries
        for row in rows:
            extra = row[7]
            if row[8]:  # somebody heard it; and a row of late calls is no dispatch of its own
                phase.dispatches += extra is None or "late" not in extra
            if type(extra) is dict and "outcomes" in extra:
                self._failed(recorder, test, row)

    def _failed(self, recorder: Recorder, test: RanTest, row: list[Any]) -> None:
        route = recorder.routing.table.get(row[2])
        if route is None:
            return
        for call in calls_of(unflatten(row)):
            if call.outcome in ("raised", "returned_error"):
                kind, message = call.error[:2] if call.error else ("", "")
                _note(test, (route[1], call.receiver, call.outcome, kind, message))

    def _forget(self) -> None:
        if len(self._starts) > 2 * _REMEMBERED:
            del self._starts[:-_REMEMBERED]
            del self._stretches[:-_REMEMBERED]


def _note(test: RanTest, key: Iterable[Any]) -> None:
    fresh = Failed._make((*key, 1))
    for at, each in enumerate(test.failed):
        if each[:5] == fresh[:5]:
            test.failed[at] = each._replace(times=each.times + 1)
            return
    if len(test.failed) < _MOST_FAILURES:
        test.failed.append(fresh)
