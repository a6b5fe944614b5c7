"""Traces of several processes as one, stage *trace*: a suite's workers, say. Standard library only.

The parts are laid end to end in time. Clocks of processes need not agree, and calls of different
processes that ran at the same time are no overlap: so every total is the sum of the parts'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from signaltrace.event import Event, pack_queries, unpack_queries
from signaltrace.ran import OUTSIDE, Phase, RanTest
from signaltrace.rows import Row, dispatch_of, pack
from signaltrace.span import Fault
from signaltrace.trace import Trace

T = TypeVar("T")

_ROWS_A_BLOCK = 512


def merge(parts: Sequence[tuple[str, Trace]]) -> Trace:
    """One trace of all; each part comes with the name of its process, which its threads and tests carry.

    Starting time, arguments and versions are the first part's.
    """
    merged = Trace()
    if parts:
        first = parts[0][1]
        merged.started_at = min(part.started_at for _, part in parts)
        merged.argv, merged.versions = list(first.argv), dict(first.versions)
    merged.tests = [RanTest("", phases=[Phase(OUTSIDE, 0)])]
    highest = 0
    for name, part in parts:
        highest = _Joined(merged, name, part, highest).join()
    merged.tests = _with_outside(merged.tests)
    return merged


class _Joined:
    """A part on its way into the merged trace: where its tables' entries are there, and its moments."""

    def __init__(self, merged: Trace, name: str, part: Trace, ids_from: int) -> None:
        self.merged, self.name, self.part, self.ids_from = merged, name, part, ids_from
        self.shift_ns = merged.wall_ns - part.origin_ns
        self.signals = _into(merged.signals, part.signals)
        self.senders = _into(merged.senders, part.senders)
        self.receivers = _into(merged.receivers, part.receivers)
        routes = [(how, self.signals[signal], self.senders[sender]) for how, signal, sender in part.routes]
        self.routes = _into(merged.routes, routes)
        self.sites = _into(merged.sites, part.sites)
        self.threads = _into(merged.threads, [f"{name} {each}".strip() for each in part.threads])

    def join(self) -> int:
        """Add everything; gives the highest id now in use."""
        merged, part = self.merged, self.part
        highest = self._rows()
        for span, paused in part.pauses.items():
            merged.pauses[span + self.ids_from] = paused
            highest = max(highest, dispatch_of(span + self.ids_from))
        highest = max(highest, self._tally(), self._probed())
        self._orphaned()
        merged.connected = sorted({*merged.connected, *(self.receivers[each] for each in part.connected)})
        merged.dropped += part.dropped
        merged.faults = _summed(merged.faults, part.faults)
        merged.notes += [note for note in part.notes if note not in merged.notes]
        self._tests()
        merged.wall_ns += part.wall_ns
        return highest

    def _rows(self) -> int:
        highest = self.ids_from
        rows = self._moved()
        while some := list(islice(rows, _ROWS_A_BLOCK)):
            self.merged.blocks.append(pack(some))
            highest = max(highest, *(row[0] for row in some))
        return highest

    def _moved(self) -> Iterator[Row]:
        for row in self.part.rows():
            calls = list(row[7])
            calls[::3] = [self.receivers[each] for each in calls[::3]]
            yield (
                row[0] + self.ids_from,
                row[1] + self.ids_from if row[1] else 0,
                self.routes[row[2]],
                self.sites[row[3]],
                self.threads[row[4]],
                row[5] + self.shift_ns,
                row[6],
                calls,
                row[8],
                self._extra(row[9]),
            )

    def _extra(self, extra: dict[str, Any] | None) -> dict[str, Any] | None:
        if extra is None:
            return None
        moved = dict(extra)
        for key in ("not_called", "muted"):
            if key in moved:
                moved[key] = [self.receivers[each] for each in moved[key]]
        if "threads" in moved:
            moved["threads"] = [[call, self.threads[thread]] for call, thread in moved["threads"]]
        return moved

    def _tally(self) -> int:
        return self.merged.tally.absorb(
            self.part.tally, self.receivers, self.routes, self.shift_ns, self.ids_from
        )

    def _probed(self) -> int:
        """What probes noted; gives the highest id among it."""
        merged, ids_from = self.merged, self.ids_from
        texts = [each._replace(site=self.sites[each.site]) for each in self.part.statements]
        statements = _into(merged.statements, texts)
        for block in self.part.queries:
            flat = unpack_queries(block)
            flat[::3] = [span + ids_from for span in flat[::3]]
            flat[1::3] = [statements[each] for each in flat[1::3]]
            merged.queries.append(pack_queries(flat))
        moved = [self._event(each) for each in self.part.events]
        merged.events += moved
        return max((dispatch_of(max(each.id, each.last)) for each in moved), default=ids_from)

    def _event(self, event: Event) -> Event:
        return event._replace(
            id=event.id + self.ids_from,
            last=event.last + self.ids_from if event.last else 0,
            span=event.span + self.ids_from if event.span else 0,
            thread=self.threads[event.thread],
            site=self.sites[event.site],
            start_ns=event.start_ns + self.shift_ns,
            receivers=tuple(self.receivers[each] for each in event.receivers),
        )

    def _orphaned(self) -> None:
        counts = {(signal, sender): count for signal, sender, count in self.merged.orphaned}
        for signal, sender, count in self.part.orphaned:
            key = (self.signals[signal], self.senders[sender])
            counts[key] = counts.get(key, 0) + count
        self.merged.orphaned = [(signal, sender, count) for (signal, sender), count in counts.items()]

    def _tests(self) -> None:
        for test in self.part.tests:
            moved = RanTest(
                test.node_id,
                test.outcome,
                test.worker or self.name,
                [self._phase(each) for each in test.phases],
                [
                    each._replace(signal=self.signals[each.signal], receiver=self.receivers[each.receiver])
                    for each in test.failed
                ],
            )
            self.merged.tests.append(moved)

    def _phase(self, phase: Phase) -> Phase:
        calls = list(phase.calls)
        calls[::5] = [self.receivers[each] for each in calls[::5]]
        return replace(phase, start_ns=phase.start_ns + self.merged.wall_ns, calls=calls)


def _into(table: list[T], entries: Iterable[T]) -> list[int]:
    """Where each entry is in the table, added there if need be."""
    known = {entry: at for at, entry in enumerate(table)}
    found = []
    for entry in entries:
        if entry not in known:
            known[entry] = len(table)
            table.append(entry)
        found.append(known[entry])
    return found


def _summed(faults: Iterable[Fault], more: Iterable[Fault]) -> list[Fault]:
    counts: dict[tuple[str, str], int] = {}
    for each in (*faults, *more):
        counts[each.where, each.message] = counts.get((each.where, each.message), 0) + each.count
    return [Fault(where, message, count) for (where, message), count in counts.items()]


def _with_outside(tests: Sequence[RanTest]) -> list[RanTest]:
    """The tests with one entry for all that ran outside of them, first; none where there was none."""
    outside = [each for each in tests if not each.node_id]
    ran = [each for each in tests if each.node_id]
    if not ran and len(outside) == 1:
        return []
    together = Phase(OUTSIDE, 0)
    whole = RanTest("", phases=[together])
    for each in outside:
        whole.failed += each.failed
        for phase in each.phases:
            together.duration_ns += phase.duration_ns
            together.dispatches += phase.dispatches
            together.inside_ns += phase.inside_ns
            for cost in phase.costs():
                together.add(cost)
    return [whole, *ran]
