"""A suite's trace in numbers, stage *analysis*: what its receivers cost, which tests pay, which never ran."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from signaltrace.analysis.profile import ReceiverRow, profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import Orphaned, orphaned_dispatches
from signaltrace.ran import Phase, RanTest
from signaltrace.trace import RETURNED_ERROR, ReceiverInfo, SignalInfo, Trace


@dataclass(frozen=True, slots=True)
class SuiteReceiver:
    """One receiver's columns, and how many different tests ran it."""

    row: ReceiverRow
    tests: int


@dataclass(frozen=True, slots=True)
class SlowPhase:
    """A phase of a test with time in receivers; ``most`` is the receiver with the greatest self time."""

    node_id: str
    worker: str
    when: str
    inside_ns: int
    duration_ns: int
    ncalls: int
    most: ReceiverInfo | None


@dataclass(frozen=True, slots=True)
class Swallowed:
    """Exceptions of one kind that ``send_robust`` or ``asend_robust`` caught from one receiver."""

    receiver: ReceiverInfo
    signal: SignalInfo
    type: str
    message: str
    times: int
    tests: int


@dataclass(frozen=True, slots=True)
class Suite:
    """The totals of a suite. Times in ns; ``wall_ns`` sums those of its processes.

    ``receivers`` by self time, ``hidden`` those a filter left out; ``slowest`` phases by time in
    receivers; ``never`` the project's own receivers that were connected and not called, of ``own`` in
    all; ``foreign`` as many of others. ``asked``: some receiver ran a query.
    """

    wall_ns: int
    inside_ns: int
    dispatches: int
    ncalls: int
    errors: int
    tests: int
    workers: tuple[str, ...]
    outside: Phase | None
    receivers: tuple[SuiteReceiver, ...]
    hidden: int
    slowest: tuple[SlowPhase, ...]
    never: tuple[ReceiverInfo, ...]
    own: int
    foreign: int
    orphaned: tuple[Orphaned, ...]
    swallowed: tuple[Swallowed, ...]
    asked: bool = False

    @property
    def share(self) -> float:
        """The part of the suite's time spent in receivers, 0 to 1."""
        return min(self.inside_ns / self.wall_ns, 1.0) if self.wall_ns > 0 else 0.0


def read_suite(trace: Trace, selection: Selection) -> Suite:
    """What a trace with tests tells about them; ``selection`` narrows the receivers alone, and
    leaves none out for being quick."""
    everyone = [test for test in trace.tests if test.node_id]
    phases = [phase for test in trace.tests for phase in test.phases]
    outside = next((test.phases[0] for test in trace.tests if not test.node_id and test.phases), None)
    ran = {cost.receiver for phase in phases for cost in phase.costs()}
    by_receiver = _tests_by_receiver(everyone)
    at = {info: index for index, info in enumerate(trace.receivers)}
    profiled = profile(trace, replace(selection, min_ns=0))
    never, own, foreign = _coverage(trace, ran)
    return Suite(
        wall_ns=trace.wall_ns,
        inside_ns=sum(phase.inside_ns for phase in phases),
        dispatches=sum(phase.dispatches for phase in phases),
        ncalls=sum(phase.ncalls for phase in phases),
        errors=sum(phase.errors for phase in phases),
        tests=len({test.node_id for test in everyone}),
        workers=tuple(sorted({test.worker for test in everyone if test.worker})),
        outside=outside,
        receivers=tuple(SuiteReceiver(row, by_receiver[at[row.receiver]]) for row in profiled.receivers),
        hidden=profiled.hidden,
        slowest=_slowest(trace, everyone),
        never=never,
        own=own,
        foreign=foreign,
        orphaned=orphaned_dispatches(trace, {}),
        swallowed=_swallowed(trace),
        asked=profiled.asked,
    )


def _tests_by_receiver(tests: Iterable[RanTest]) -> Counter[int]:
    """How many different tests ran each receiver: one that was run again is one test."""
    ran: dict[str, set[int]] = {}
    for test in tests:
        ran.setdefault(test.node_id, set()).update(test.costs())
    return Counter(receiver for receivers in ran.values() for receiver in receivers)


def _coverage(trace: Trace, ran: set[int]) -> tuple[tuple[ReceiverInfo, ...], int, int]:
    """The project's receivers that never ran, how many it has, and how many of others never ran."""
    known = {*trace.connected, *ran}
    own = [index for index in known if trace.receivers[index].mine]
    never = [trace.receivers[index] for index in own if index not in ran]
    foreign = sum(not trace.receivers[index].mine and index not in ran for index in known)
    ordered = sorted(never, key=lambda info: (info.app, info.file or "", info.line or 0, info.name))
    return tuple(ordered), len(own), foreign


def _slowest(trace: Trace, tests: Iterable[RanTest]) -> tuple[SlowPhase, ...]:
    found = []
    for test in tests:
        for phase in _by_name(test):
            if phase.inside_ns:
                most = max(phase.costs(), key=lambda cost: (cost.self_ns, -cost.receiver), default=None)
                found.append(
                    SlowPhase(
                        test.node_id,
                        test.worker,
                        phase.when,
                        phase.inside_ns,
                        phase.duration_ns,
                        phase.ncalls,
                        None if most is None else trace.receivers[most.receiver],
                    )
                )
    return tuple(sorted(found, key=lambda each: (-each.inside_ns, each.node_id, each.when)))


def _by_name(test: RanTest) -> list[Phase]:
    """The phases with the parts of one name together: a session's fixture interrupts a set-up, say."""
    together: dict[str, Phase] = {}
    for phase in test.phases:
        whole = together.setdefault(phase.when, Phase(phase.when, phase.start_ns))
        whole.duration_ns += phase.duration_ns
        whole.dispatches += phase.dispatches
        whole.inside_ns += phase.inside_ns
        for cost in phase.costs():
            whole.add(cost)
    return list(together.values())


def _swallowed(trace: Trace) -> tuple[Swallowed, ...]:
    times: Counter[tuple[int, int, str]] = Counter()
    tests: dict[tuple[int, int, str], set[str]] = {}
    messages: dict[tuple[int, int, str], str] = {}
    for test in trace.tests:
        for each in test.failed:
            if each.outcome == RETURNED_ERROR:
                key = (each.receiver, each.signal, each.type)
                times[key] += each.times
                messages.setdefault(key, each.message)
                tests.setdefault(key, set()).update({test.node_id} - {""})
    found = [
        Swallowed(
            trace.receivers[key[0]], trace.signals[key[1]], key[2], messages[key], count, len(tests[key])
        )
        for key, count in times.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.times, each.receiver.name, each.type)))
