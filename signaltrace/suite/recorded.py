"""One recording for a suite of tests, stage *suite*: the spans, each test's costs, and what is connected."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

from signaltrace.capture.recorder import Clock
from signaltrace.capture.recording import DEFAULT_LIMIT, record
from signaltrace.inventory.registry import read_inventory
from signaltrace.labels.signals import SignalNames
from signaltrace.ran import RanTest
from signaltrace.suite.ledger import Ledger
from signaltrace.trace import ReceiverInfo, Trace

# What is kept where nobody will look at single spans: totals are exact all the same.
_FEW = 20_000


class SuiteRecording:
    """From :meth:`start` to :meth:`stop`; in between the ledger is told which test runs."""

    def __init__(
        self,
        keep: bool,
        clock: Clock = time.perf_counter_ns,
        *,
        arguments: str = "summary",
        orphaned: bool = False,
        limit: int = DEFAULT_LIMIT,
        probes: Collection[str] | None = None,
        max_depth: int | None = None,
        shuffle: int | None = None,
    ) -> None:
        """``keep``: the spans are wanted, not only the totals; so many of them, and with their arguments
        and those no receiver heard, as for :func:`record`. Unless asked to it changes nothing of a test's
        course: dispatches may nest as deep as they do."""
        self.ledger = Ledger(clock)
        self._recording = record(
            arguments=arguments if keep else "none",
            orphaned=orphaned and keep,
            limit=limit if keep else _FEW,
            probes=probes,
            max_depth=max_depth,
            shuffle=shuffle,
            clock=clock,
        )
        # Looking through all modules is done once, and afterwards for those that changed.
        self.names = SignalNames()
        self._connected: dict[tuple[str, str | None, int | None], ReceiverInfo] = {}

    def start(self) -> None:
        """Begin, outside of any test. Raises SignaltraceError where that cannot be."""
        self._recording.start()
        try:
            self.ledger.start()
        except BaseException:
            self._recording.stop()
            raise

    def note_connected(self, left_out: Collection[str] = ()) -> None:
        """Remember the receivers that are connected now: once before the tests, once after them; but for
        those of files ``left_out``: a test's own receivers are none that tests are to run."""
        for signal in read_inventory(self.names).signals:
            for each in signal.connections:
                if each.alive and each.receiver.file not in left_out:
                    self._connected.setdefault(_key(each.receiver), each.receiver)

    def stop(self) -> Trace:
        """End; the trace has the tests in it."""
        self.ledger.stop()
        trace = self._recording.stop()
        trace.tests = _tests(self.ledger, trace.origin_ns)
        trace.connected = self._indexes(trace.receivers)
        return trace

    def _indexes(self, table: list[ReceiverInfo]) -> list[int]:
        """Where the connected receivers are in a trace's table, added there where they never ran."""
        known = {_key(info): at for at, info in enumerate(table)}
        found = []
        for key, info in self._connected.items():
            if key not in known:
                known[key] = len(table)
                table.append(info)
            found.append(known[key])
        return sorted(set(found))


def _key(info: ReceiverInfo) -> tuple[str, str | None, int | None]:
    return (info.name, info.file, info.line)


def _tests(ledger: Ledger, origin_ns: int) -> list[RanTest]:
    """The ledger's tests with times since the trace began."""
    for test in ledger.tests:
        test.phases = [replace(each, start_ns=max(each.start_ns - origin_ns, 0)) for each in test.phases]
    outside = ledger.outside.phases[0]
    return [ledger.outside, *ledger.tests] if ledger.tests or outside.calls else []
