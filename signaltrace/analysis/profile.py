"""Totals per receiver, per signal and per app, stage *analysis*: pstats' columns for receivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from operator import add

from signaltrace.analysis.asked import queries_lost, sums_by_receiver
from signaltrace.analysis.forest import Rules
from signaltrace.analysis.loops import Loop, loops_asked_for
from signaltrace.analysis.matching import closest
from signaltrace.analysis.overlaps import overlap, times_of_receivers
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import call_times, has_failed, went_well
from signaltrace.errors import SignaltraceError
from signaltrace.rows import Row, dispatch_of, is_continuation
from signaltrace.tally import Tally
from signaltrace.totals import Totals
from signaltrace.trace import ReceiverInfo, SignalInfo, Trace


@dataclass(frozen=True, slots=True)
class ReceiverRow:
    """One receiver's totals, in pstats' words; times in ns.

    ``cumtime_ns`` is the time in which at least one call was running, so never above wall time.
    ``busy_ns`` is set for async receivers: the part of the time they ran and did not wait. ``queries``
    are those it ran itself, ``sql_ns`` what the database took for them.
    """

    receiver: ReceiverInfo
    ncalls: int
    primitive: int
    tottime_ns: int
    cumtime_ns: int
    max_ns: int
    errors: int
    busy_ns: int | None = None
    queries: int = 0
    sql_ns: int = 0

    @property
    def percall_ns(self) -> int:
        """Self time per call."""
        return round(self.tottime_ns / self.ncalls)

    @property
    def cumulative_percall_ns(self) -> int:
        """Cumulative time per primitive call."""
        return round(self.cumtime_ns / max(self.primitive, 1))


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal's totals over the calls of its receivers; ``tottime_ns`` sums their self times."""

    signal: SignalInfo
    dispatches: int
    ncalls: int
    tottime_ns: int
    errors: int


@dataclass(frozen=True, slots=True)
class AppRow:
    """The totals of one app's receivers."""

    app: str
    receivers: int
    ncalls: int
    tottime_ns: int
    errors: int


@dataclass(frozen=True, slots=True)
class Profile:
    """The tables, sorted. ``hidden``: receivers a filter left out.

    ``partial``: spans were dropped, and what is shown is of the kept ones alone (the signals
    always, the receivers when filtered by signal, sender or app). ``asked``: some receiver ran a query,
    shown or not; ``loops``: the statements that were run again and again, most often first.
    """

    receivers: tuple[ReceiverRow, ...]
    signals: tuple[SignalRow, ...]
    apps: tuple[AppRow, ...]
    hidden: int
    partial: bool
    asked: bool = False
    loops: tuple[Loop, ...] = ()


COLUMNS: dict[str, Callable[[ReceiverRow], tuple[float | str, ...]]] = {
    "ncalls": lambda row: (-row.ncalls,),
    "tottime": lambda row: (-row.tottime_ns,),
    "percall": lambda row: (-row.percall_ns,),
    "cumtime": lambda row: (-row.cumtime_ns,),
    "max": lambda row: (-row.max_ns,),
    "queries": lambda row: (-row.queries, -row.sql_ns),
    "sqltime": lambda row: (-row.sql_ns, -row.queries),
    "errors": lambda row: (-row.errors, -row.tottime_ns),
    "receiver": lambda row: (),
}


def profile(trace: Trace, selection: Selection) -> Profile:
    """The profile of a trace. Raises SignaltraceError when ``selection.sort`` names no column."""
    order = _order(selection.sort)
    rules = Rules(trace, selection)
    by_route = bool(selection.signals or selection.senders or selection.apps)
    asked = rules if by_route else None
    tally = _tally_of(trace, asked)
    # what was dropped has no intervals any more: with it, the tally's estimate is all there is
    exact = {} if trace.dropped or not overlap(trace) else times_of_receivers(trace, asked)
    kept = sums_by_receiver(trace, asked)
    rows: list[ReceiverRow] = []
    hidden = 0
    for index, totals in sorted(tally.receivers.items()):
        if index < 0:
            continue
        row = _receiver(trace.receivers[index], totals, exact.get(index), kept.get(index, (0, 0)))
        wanted = rules.receivers[index] and (totals.errors or not selection.errors)
        if wanted and row.cumtime_ns >= selection.min_ns:
            rows.append(row)
        else:
            hidden += 1
    rows.sort(
        key=lambda row: (*order(row), row.receiver.name, row.receiver.file or "", row.receiver.line or 0)
    )
    return Profile(
        tuple(rows),
        _signals(trace, rules, selection),
        _apps(rows),
        hidden,
        partial=bool(trace.dropped) and by_route,
        asked=bool(kept) or queries_lost(trace) > 0,
        loops=_loops(trace, rules, {row.receiver for row in rows}),
    )


def _loops(trace: Trace, rules: Rules, shown: Set[ReceiverInfo]) -> tuple[Loop, ...]:
    found = loops_asked_for(trace, rules).values() if trace.queries else ()
    mine = [each for each in found if trace.receivers[each.receiver] in shown]
    return tuple(sorted(mine, key=lambda each: (-each.count, each.receiver, each.statement)))


def _receiver(
    info: ReceiverInfo, totals: Totals, exact: tuple[int, int] | None, kept: tuple[int, int]
) -> ReceiverRow:
    """One receiver's columns; ``exact``: its times where the tally only estimates them, ``kept``: queries and
    their ns besides those the tally knows."""
    own_ns, running_ns = exact or (totals.self_ns, totals.cumulative_ns)
    return ReceiverRow(
        receiver=info,
        ncalls=totals.calls,
        primitive=totals.primitive,
        tottime_ns=own_ns,
        cumtime_ns=running_ns,
        max_ns=totals.max_ns,
        errors=totals.errors,
        busy_ns=totals.busy_ns if info.is_async else None,
        queries=totals.queries + kept[0],
        sql_ns=totals.sql_ns + kept[1],
    )


def _order(sort: str | None) -> Callable[[ReceiverRow], tuple[float | str, ...]]:
    column = sort or "tottime"
    if column not in COLUMNS:
        near = closest(column, COLUMNS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(COLUMNS)}"
        raise SignaltraceError(f"no column called {column[:40]!r} to sort by; {hint}")
    return COLUMNS[column]


def _tally_of(trace: Trace, rules: Rules | None) -> Tally:
    """The totals per receiver, dropped spans included; with ``rules``, of what they ask for alone.

    Of queries it has those of dropped spans: the kept ones are counted by receiver call elsewhere.
    """
    if rules is not None:
        tally = Tally()
        tally.add(_masked(trace, rules), trace.pauses)
        return tally
    tally = trace.tally.copy()
    for block in trace.blocks:
        tally.add_block(block, trace.pauses)
    return tally


def _masked(trace: Trace, rules: Rules) -> Iterator[Row]:
    """The rows with receivers that were not asked for as number -1: their time still counts as theirs."""
    for row in trace.rows():
        flat = list(row[7])
        flat[::3] = [index if rules.matches(row[2], index) else -1 for index in flat[::3]]
        yield (*row[:7], flat, *row[8:])


def _signals(trace: Trace, rules: Rules, selection: Selection) -> tuple[SignalRow, ...]:
    sending = {dispatch_of(span) for span in trace.rows_by_parent if span}
    simple = not (selection.receivers or selection.apps or selection.errors or trace.pauses)
    by_route: dict[int, list[int]] = {}
    for row in trace.rows():
        if not rules.routes[row[2]]:
            continue
        if simple and row[0] not in sending and went_well(trace, row):
            flat = row[7]
            seen, own, errors = len(flat) // 3, sum(flat[2::3]), 0
        elif row[9] is not None and is_continuation(row):
            continue
        else:
            seen, own, errors = _signal_sums(trace, row, rules, selection)
        if seen:
            sums = by_route.setdefault(row[2], [0, 0, 0, 0])
            sums[0] += 1
            sums[1] += seen
            sums[2] += own
            sums[3] += errors
    totals: dict[int, list[int]] = {}
    for route, sums in by_route.items():
        before = totals.get(trace.routes[route][1], (0, 0, 0, 0))
        totals[trace.routes[route][1]] = [*map(add, before, sums)]
    rows = [SignalRow(trace.signals[signal], *sums) for signal, sums in totals.items()]
    return tuple(sorted(rows, key=lambda row: (-row.tottime_ns, row.signal.name)))


def _signal_sums(trace: Trace, row: Row, rules: Rules, selection: Selection) -> tuple[int, int, int]:
    """Calls of a dispatch that were asked for, their self times, their errors."""
    seen = own = errors = 0
    for call in trace.calls(row):
        if rules.matches(row[2], call.receiver) and (has_failed(call) or not selection.errors):
            seen += 1
            own += call_times(trace, call)[1]
            errors += has_failed(call)
    return seen, own, errors


def _apps(rows: list[ReceiverRow]) -> tuple[AppRow, ...]:
    apps: dict[str, list[ReceiverRow]] = {}
    for row in rows:
        apps.setdefault(row.receiver.app, []).append(row)
    totals = [
        AppRow(
            app,
            len(members),
            sum(row.ncalls for row in members),
            sum(row.tottime_ns for row in members),
            sum(row.errors for row in members),
        )
        for app, members in apps.items()
    ]
    return tuple(sorted(totals, key=lambda row: (-row.tottime_ns, row.app)))
