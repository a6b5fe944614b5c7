"""A test as it ran, stage *trace*: its phases and what its receivers cost. Standard library only.

Kept beside the spans, and exact also where a limit dropped those. A suite's trace has one entry a
test and run, in the order they began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SETUP, CALL, TEARDOWN, OUTSIDE = "setup", "call", "teardown", "outside"


class Cost(NamedTuple):
    """What one receiver did in a phase: calls, those not inside one of its own, errors, self time in ns."""

    receiver: int
    calls: int
    primitive: int
    errors: int
    self_ns: int


class Failed(NamedTuple):
    """Receiver calls that went wrong in one way: indexes of signal and receiver, outcome, exception."""

    signal: int
    receiver: int
    outcome: str
    type: str
    message: str
    times: int


@dataclass(slots=True)
class Phase:
    """A stretch of a test: ``when`` as in pytest's reports. Times in ns, the start since the trace began.

    ``dispatches`` are those that receivers heard; ``inside_ns`` is the time in which at least one
    receiver was running; ``calls`` holds :class:`Cost` fields in a flat list. ``queries`` are
    those that receivers ran, by the receiver's index: known while the suite runs, and not saved.
    """

    when: str
    start_ns: int
    duration_ns: int = 0
    dispatches: int = 0
    inside_ns: int = 0
    calls: list[int] = field(default_factory=list)
    queries: dict[int, int] = field(default_factory=dict, compare=False)

    def costs(self) -> Iterator[Cost]:
        """What each receiver did."""
        flat = iter(self.calls)
        return map(Cost._make, zip(flat, flat, flat, flat, flat, strict=True))

    def add(self, cost: Sequence[int]) -> None:
        """Count what a receiver did, once more or for the first time."""
        for at in range(0, len(self.calls), 5):
            if self.calls[at] == cost[0]:
                for column in range(1, 5):
                    self.calls[at + column] += cost[column]
                return
        self.calls.extend(cost)

    @property
    def ncalls(self) -> int:
        """Receiver calls."""
        return sum(self.calls[1::5])

    @property
    def errors(self) -> int:
        """Receiver calls that raised or whose exception ``send_robust`` caught."""
        return sum(self.calls[3::5])


@dataclass(slots=True)
class RanTest:
    """One run of a test. ``outcome`` is pytest's word for it (passed, failed, error, skipped, xfailed,
    xpassed, rerun), "" while it is not known; ``worker`` names the process, if there are several.

    The entry with no ``node_id`` holds what ran outside of tests: imports, a session's fixtures.
    """

    node_id: str
    outcome: str = ""
    worker: str = ""
    phases: list[Phase] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)

    __test__ = False  # no class of tests, whatever pytest's pattern makes of the name

    def during(self, *when: str) -> list[Phase]:
        """The phases of these names; without any, all."""
        return [each for each in self.phases if each.when in when or not when]

    @property
    def duration_ns(self) -> int:
        """The time of all its phases."""
        return sum(each.duration_ns for each in self.phases)

    @property
    def inside_ns(self) -> int:
        """Time in which at least one receiver was running."""
        return sum(each.inside_ns for each in self.phases)

    def costs(self, *when: str) -> dict[int, Cost]:
        """What each receiver did in these phases (without any, in all), by its index."""
        summed: dict[int, Cost] = {}
        for phase in self.during(*when):
            for cost in phase.costs():
                before = summed.get(cost.receiver)
                if before is not None:
                    cost = Cost(
                        cost.receiver, *(one + two for one, two in zip(before[1:], cost[1:], strict=True))
                    )
                summed[cost.receiver] = cost
        return summed

    def queries(self, *when: str) -> dict[int, int]:
        """Queries that each receiver ran in these phases, by its index; see :class:`Phase`."""
        summed: dict[int, int] = {}
        for phase in self.during(*when):
            for receiver, queries in phase.queries.items():
                summed[receiver] = summed.get(receiver, 0) + queries
        return summed

    def to_plain(self) -> list[Any]:
        """As JSON holds it."""
        phases = [
            [each.when, each.start_ns, each.duration_ns, each.dispatches, each.inside_ns, list(each.calls)]
            for each in self.phases
        ]
        return [self.node_id, self.outcome, self.worker, phases, [list(each) for each in self.failed]]

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> RanTest:
        """The test :meth:`to_plain` gave. Raises TypeError or ValueError on other data."""
        node_id, outcome, worker, phases, failed = plain
        return cls(
            node_id, outcome, worker, [Phase(*each) for each in phases], [Failed(*each) for each in failed]
        )
