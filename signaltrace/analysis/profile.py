"""Totals per receiver, per signal and per app, stage *analysis*: pstats' columns for receivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from signaltrace.analysis.forest import Rules
from signaltrace.analysis.matching import closest
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import call_times, dispatch_of, has_failed
from signaltrace.errors import SignaltraceError
from signaltrace.rows import Row, is_continuation
from signaltrace.tally import Tally
from signaltrace.trace import ReceiverInfo, SignalInfo, Trace


@dataclass(frozen=True, slots=True)
class ReceiverRow:
    """One receiver's totals, in pstats' words; times in ns.

    ``cumtime_ns`` is the time in which at least one call was running, so never above wall time.
    ``busy_ns`` is set for async receivers: the part of the time they ran and did not wait.
    """

    receiver: ReceiverInfo
    ncalls: int
    primitive: int
    tottime_ns: int
    cumtime_ns: int
    max_ns: int
    errors: int
    busy_ns: int | None = None

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
    always, the receivers when filtered by signal, sender or app).
    """

    receivers: tuple[ReceiverRow, ...]
    signals: tuple[SignalRow, ...]
    apps: tuple[AppRow, ...]
    hidden: int
    partial: bool


COLUMNS: dict[str, Callable[[ReceiverRow], tuple[float | str, ...]]] = {
    "ncalls": lambda row: (-row.ncalls,),
    "tottime": lambda row: (-row.tottime_ns,),
    "percall": lambda row: (-row.percall_ns,),
    "cumtime": lambda row: (-row.cumtime_ns,),
    "max": lambda row: (-row.max_ns,),
    "errors": lambda row: (-row.errors, -row.tottime_ns),
    "receiver": lambda row: (),
}


def profile(trace: Trace, selection: Selection) -> Profile:
    """The profile of a trace. Raises SignaltraceError when ``selection.sort`` names no column."""
    order = _order(selection.sort)
    rules = Rules(trace, selection)
    by_route = bool(selection.signals or selection.senders or selection.apps)
    tally = Tally() if by_route else trace.tally.copy()
    tally.add(_masked(trace, rules) if by_route else trace.rows(), trace.pauses)
    rows: list[ReceiverRow] = []
    hidden = 0
    for index, totals in tally.receivers.items():
        if index < 0:
            continue
        info = trace.receivers[index]
        busy = totals.busy_ns if info.is_async else None
        row = ReceiverRow(
            info,
            totals.calls,
            totals.primitive,
            totals.self_ns,
            totals.cumulative_ns,
            totals.max_ns,
            totals.errors,
            busy,
        )
        wanted = rules.receivers[index] and (totals.errors or not selection.errors)
        if wanted and row.cumtime_ns >= selection.min_ns:
            rows.append(row)
        else:
            hidden += 1
    rows.sort(
        key=lambda row: (*order(row), row.receiver.name, row.receiver.file or "", row.receiver.line or 0)
    )
    signals = _signals(trace, rules, selection)
    return Profile(tuple(rows), signals, _apps(rows), hidden, bool(trace.dropped) and by_route)


def _order(sort: str | None) -> Callable[[ReceiverRow], tuple[float | str, ...]]:
    column = sort or "tottime"
    if column not in COLUMNS:
        near = closest(column, COLUMNS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(COLUMNS)}"
        raise SignaltraceError(f"no column called {column[:40]!r} to sort by; {hint}")
    return COLUMNS[column]


def _masked(trace: Trace, rules: Rules) -> Iterator[Row]:
    """The rows with receivers that were not asked for as number -1: their time still counts as theirs."""
    for row in trace.rows():
        flat = list(row[7])
        flat[::3] = [index if rules.matches(row[2], index) else -1 for index in flat[::3]]
        yield (*row[:7], flat, *row[8:])


def _signals(trace: Trace, rules: Rules, selection: Selection) -> tuple[SignalRow, ...]:
    inner = trace.rows_by_parent
    chosen = bool(selection.receivers or selection.apps or selection.errors)
    sending = {dispatch_of(span) for span in inner if span}
    totals: dict[int, list[int]] = {}
    for row in trace.rows():
        if is_continuation(row) or not rules.routes[row[2]]:
            continue
        seen = own = errors = 0
        if not chosen and row[9] is None and row[0] not in sending and not trace.pauses:
            seen, own = len(row[7]) // 3, sum(row[7][2::3])  # the bulk of any trace
        for call in () if seen else trace.calls(row):
            if rules.matches(row[2], call.receiver) and (has_failed(call) or not selection.errors):
                seen += 1
                errors += has_failed(call)
                plain = call.id not in inner and not trace.pauses
                own += call.duration_ns if plain else call_times(trace, call)[1]
        if seen:
            sums = totals.setdefault(trace.routes[row[2]][1], [0, 0, 0, 0])
            for at, value in enumerate((1, seen, own, errors)):
                sums[at] += value
    rows = [SignalRow(trace.signals[signal], *sums) for signal, sums in totals.items()]
    return tuple(sorted(rows, key=lambda row: (-row.tottime_ns, row.signal.name)))


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
