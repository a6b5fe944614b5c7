"""Many threads and tasks that dispatch at once, each dispatch numbered so that every parent can be checked.

``outer`` has two receivers; the first sends ``inner`` with the number it was sent itself.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

from django.dispatch import Signal

from signaltrace.analysis.profile import profile
from signaltrace.analysis.selection import Selection
from signaltrace.rows import Row, dispatch_of
from signaltrace.span import arguments_dict
from signaltrace.trace import Trace

PER_WORKER = 1_000_000
"""Dispatch ``i`` of worker ``w`` has the number ``w * PER_WORKER + i``."""

AROUND = -1
"""The number of the dispatch that threads were begun in."""

Fault = str


class Crowd:
    """The signals of one run, and what a trace of them has to hold."""

    def __init__(self) -> None:
        self.outer, self.inner = Signal(), Signal()
        self.aouter, self.ainner = Signal(), Signal()
        self.outer.connect(self.first)
        self.outer.connect(self.second)
        self.inner.connect(self.leaf)
        self.aouter.connect(self.afirst)
        self.aouter.connect(self.second)
        self.ainner.connect(self.aleaf)

    def first(self, number: int, **kwargs: Any) -> None:
        """Sends on."""
        self.inner.send(None, number=number)

    def second(self, **kwargs: Any) -> None:
        """Does nothing."""

    def leaf(self, **kwargs: Any) -> None:
        """The end of a way."""

    async def afirst(self, number: int, **kwargs: Any) -> None:
        """Sends on twice, others running in between."""
        await asyncio.sleep(0)
        self.inner.send(None, number=number)
        await asyncio.sleep(0)
        await self.ainner.asend(None, number=number)

    async def aleaf(self, **kwargs: Any) -> None:
        """The end of a way, others running in between."""
        await asyncio.sleep(0)

    # -- the workers ---------------------------------------------------------------------------------

    def threads(self, workers: int, dispatches: int, meanwhile: Callable[[], None], inside: bool) -> None:
        """Run the threads; ``meanwhile`` is called again and again until all have ended.

        ``inside``: they are begun by a receiver, each in a copy of its context, and so are below it.
        """
        if inside:

            def begin(**kwargs: Any) -> None:
                self._threads(workers, dispatches, meanwhile)

            around = Signal()
            around.connect(begin)
            around.send(None, number=AROUND)
        else:
            self._threads(workers, dispatches, meanwhile)

    def _threads(self, workers: int, dispatches: int, meanwhile: Callable[[], None]) -> None:
        ready = threading.Barrier(workers)

        def work(worker: int) -> None:
            ready.wait()
            for at in range(dispatches):
                self.outer.send(None, number=worker * PER_WORKER + at)

        running = [
            threading.Thread(target=copy_context().run, args=(work, each), name=f"worker {each}")
            for each in range(workers)
        ]
        usual = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)  # as often as can be, in the middle of whatever it is
        try:
            for thread in running:
                thread.start()
            while any(thread.is_alive() for thread in running):
                meanwhile()
            for thread in running:
                thread.join()
        finally:
            sys.setswitchinterval(usual)

    async def tasks(self, workers: int, dispatches: int, meanwhile: Callable[[], None]) -> None:
        """Run the tasks, every other dispatch of theirs sent without await."""

        async def work(worker: int) -> None:
            for at in range(dispatches):
                number = worker * PER_WORKER + at
                if at % 2:
                    self.outer.send(None, number=number)
                    await asyncio.sleep(0)
                else:
                    await self.aouter.asend(None, number=number)

        running = [asyncio.create_task(work(each), name=f"worker {each}") for each in range(workers)]
        while not all(task.done() for task in running):
            meanwhile()
            await asyncio.wait(running, timeout=0.02, return_when=asyncio.FIRST_EXCEPTION)
        await asyncio.gather(*running)


class Watcher:
    """Asks an open recording for its progress and its trace, and checks what it says."""

    def __init__(self, recording: Any, most: int) -> None:
        self._recording = recording
        self._left = most
        self._seen = (0, 0)
        self.snapshots = 0
        self.found: list[Fault] = []

    def __call__(self) -> None:
        """Ask once more."""
        progress = self._recording.progress()
        counts = (progress.dispatches, progress.calls)
        if counts[0] < self._seen[0] or counts[1] < self._seen[1]:
            self.found.append(f"progress went back from {self._seen} to {counts}")
        self._seen = counts
        if self._left:
            self._left -= 1
            self.snapshots += 1
            self.found += wrong_parents(self._recording.trace)


def number_of(row: Row) -> int:
    """The number a dispatch was sent."""
    return int(arguments_dict(row[8])["number"])


def short(label: str) -> str:
    """A receiver's own name."""
    return label.rpartition(".")[2]


def wrong_parents(trace: Trace) -> list[Fault]:
    """Dispatches that are not under a call of ``first`` or ``afirst`` that was sent their number.

    One whose parent has not ended yet cannot be judged; those of the workers have one parent or none.
    """
    return list(_wrong_parents(trace))


def _wrong_parents(trace: Trace) -> Iterator[Fault]:
    rows = {row[0]: row for row in trace.rows()}
    tops = {row[1] for row in rows.values() if is_of_a_worker(trace, row)}
    if len(tops) > 1:
        yield f"the workers' dispatches are under {len(tops)} calls"
    for row in rows.values():
        parent = rows.get(dispatch_of(row[1]))
        if number_of(row) == AROUND or is_of_a_worker(trace, row):
            continue
        if not row[1]:
            yield f"dispatch {number_of(row)} of a receiver has no parent"
        elif parent is not None:
            under = {call.id: short(trace.receivers[call.receiver].name) for call in trace.calls(parent)}
            if number_of(parent) != number_of(row) or under.get(row[1]) not in ("first", "afirst"):
                yield f"dispatch {number_of(row)} is under {number_of(parent)}, {under.get(row[1])}"


def is_of_a_worker(trace: Trace, row: Row) -> bool:
    """Whether a dispatch was sent by a thread or task itself, not by a receiver."""
    called = {short(trace.receivers[index].name) for index in row[7][::3]}
    return bool(called & {"first", "afirst", "second"})


def differences(trace: Trace, expected: dict[str, int], workers: int, dispatches: int) -> list[Fault]:
    """What a trace of all the workers lacks or has too much of, each in a line; nothing where it is exact."""
    found = wrong_parents(trace)
    found += [f"a fault of signaltrace itself in {each.where}: {each.message}" for each in trace.faults]
    if trace.dropped:
        found.append(f"{trace.dropped} spans were dropped")
    names = [short(each.name) for each in trace.receivers]
    calls = Counter(names[call.receiver] for row in trace.rows() for call in trace.calls(row))
    counted = {short(row.receiver.name): row.ncalls for row in profile(trace, Selection()).receivers}
    for each in (calls, counted):
        each.pop("begin", None)
        if each != expected:
            found.append(f"calls per receiver are {dict(each)}, not {expected}")
    own = [row for row in trace.rows() if is_of_a_worker(trace, row)]
    around = [row[0] + 1 for row in trace.rows() if number_of(row) == AROUND] or [0]
    if {row[1] for row in own} != set(around):
        found.append("the workers' dispatches are not under the call that began the workers")
    numbers = sorted(map(number_of, own))
    if numbers != [worker * PER_WORKER + at for worker in range(workers) for at in range(dispatches)]:
        found.append(f"{len(numbers)} dispatches, not {workers} times {dispatches} different ones")
    for row in own:
        where = (row[9] or {}).get("task") or trace.threads[row[4]]
        if where != f"worker {number_of(row) // PER_WORKER}":
            found.append(f"dispatch {number_of(row)} is said to have run in {where}")
    return found


def expected_of_threads(workers: int, dispatches: int) -> dict[str, int]:
    """Calls per receiver."""
    return dict.fromkeys(("first", "second", "leaf"), workers * dispatches)


def expected_of_tasks(workers: int, dispatches: int) -> dict[str, int]:
    """Calls per receiver: half of the dispatches, rounded up, are awaited."""
    every, awaited = workers * dispatches, workers * -(-dispatches // 2)
    return {
        key: count
        for key, count in {
            "first": every - awaited,
            "afirst": awaited,
            "second": every,
            "leaf": every,
            "aleaf": awaited,
        }.items()
        if count
    }
