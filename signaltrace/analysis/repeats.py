"""The same dispatch sent again and again in one request or command, stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from signaltrace.analysis.spans import by_dispatch
from signaltrace.analysis.traced import identity
from signaltrace.rows import Row
from signaltrace.trace import ReceiverInfo, Trace

LEAST = 3
REQUEST, COMMAND = "request", "command"

_STARTED = "django.core.signals.request_started"
_FINISHED = "django.core.signals.request_finished"

_Unit = tuple[str, Any]
_Kind = tuple[int, int]
_Same = tuple[_Unit, tuple[Any, ...]]


@dataclass(slots=True)
class Repeat:
    """A signal and a sender (indexes) of which one dispatch was sent ``count`` times within a ``unit``.

    ``about`` names the instance, ``others`` counts the instances and units besides it that had theirs
    ``LEAST`` times; ``sites`` are the places it was sent from with their counts, ``receivers`` what ran.
    """

    signal: int
    sender: int
    unit: str
    about: str
    count: int
    others: int = 0
    sites: dict[int, int] = field(default_factory=dict)
    receivers: dict[int, ReceiverInfo] = field(default_factory=dict)


def repeats(trace: Trace) -> list[Repeat]:
    """One for each signal and sender: the dispatch that was sent most often."""
    counts: dict[_Kind, dict[_Same, int]] = {}
    for kind, same, _, _ in _heard(trace):
        of_kind = counts.setdefault(kind, {})
        of_kind[same] = of_kind.get(same, 0) + 1
    worst: dict[_Kind, _Same] = {}
    found: dict[_Kind, Repeat] = {}
    for kind, of_kind in counts.items():
        same = max(of_kind, key=of_kind.__getitem__)
        if of_kind[same] >= LEAST:
            worst[kind] = same
            others = sum(count >= LEAST for count in of_kind.values()) - 1
            found[kind] = Repeat(*kind, same[0][0], "", of_kind[same], others)
    for kind, same, about, row in _heard(trace) if found else ():
        if worst.get(kind) == same:
            repeat = found[kind]
            repeat.about = about
            repeat.sites[row[3]] = repeat.sites.get(row[3], 0) + 1
            repeat.receivers.update((index, trace.receivers[index]) for index in row[7][::3])
    return list(found.values())


def _heard(trace: Trace) -> Iterator[tuple[_Kind, _Same, str, Row]]:
    """The dispatches that reached a receiver and are about an instance: of what kind, and which."""
    names = [each.name for each in trace.signals]
    for row, unit in _in_units(trace):
        if unit is not None and row[7] and row[8]:
            _, signal, sender = trace.routes[row[2]]
            what = identity(names[signal], row[8])
            if what is not None:
                yield (signal, sender), (unit, what[1]), what[0], row


def _in_units(trace: Trace) -> Iterator[tuple[Row, _Unit | None]]:
    """Every dispatch with the request or command it was sent in; None where that can't be told."""
    children = trace.rows_by_parent
    within = by_dispatch(children)
    units = _Units(trace)
    for root in children.get(0, ()):
        unit = units.of(root)
        stack = [root]
        while stack:
            row = stack.pop()
            yield row, unit
            for span in within.get(row[0], ()):
                stack.extend(children[span])


class _Units:
    """Tells requests apart by the signals Django sends at their beginning and end, on their thread.

    What a test does by itself, between the requests it makes, is neither: it saves one instance again and
    again to see what comes of it, and begins with the same keys as the test before.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._open: dict[int, _Unit] = {}
        self._requests = 0

    def of(self, row: Row) -> _Unit | None:
        """The unit of a root; roots are given by start."""
        trace = self._trace
        name = trace.signals[trace.routes[row[2]][1]].name
        if name == _STARTED:
            self._requests += 1
            self._open[row[4]] = (REQUEST, (self._requests, self._test(row)))
        unit = self._current(row[4])
        if trace.tests and unit is not None and (unit[0] == COMMAND or unit[1][1] != self._test(row)):
            unit = None
        if name == _FINISHED and unit is not None:
            self._open = {thread: each for thread, each in self._open.items() if each != unit}
        return unit

    def _test(self, row: Row) -> str:
        """The test that ran when a dispatch began: a request that never finished ends with its own."""
        trace = self._trace
        return trace.test_at(row[5] - trace.origin_ns)[0] if trace.tests else ""

    def _current(self, thread: int) -> _Unit | None:
        """That of the thread; an async request works in threads that are not its own."""
        if thread in self._open:
            return self._open[thread]
        if len(self._open) > 1:
            return None
        return next(iter(self._open.values()), (COMMAND, 0))
