"""The statements receivers ran, stage *analysis*: how often, how long, on which database, from which line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from signaltrace.analysis.asked import asking_calls, queries_lost
from signaltrace.analysis.forest import Rules
from signaltrace.analysis.loops import Loop, loops_asked_for
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import has_failed
from signaltrace.trace import CallSite, ReceiverInfo, Trace

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement of one receiver: ``calls`` of it ran it ``count`` times. ``loop`` is set where that was
    again and again, from this line the most."""

    text: str
    alias: str
    site: CallSite | None
    count: int
    calls: int
    sql_ns: int
    loop: Loop | None = None


@dataclass(frozen=True, slots=True)
class ReceiverStatements:
    """What one receiver ran itself, in ``calls`` of its calls."""

    receiver: ReceiverInfo
    calls: int
    count: int
    sql_ns: int
    statements: tuple[StatementRow, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """The receivers that ran queries, sorted. ``hidden``: those a filter left out; ``lost``: queries of
    spans that were dropped, which are not among these; ``several``:
    whether there was any other database than the default one."""

    receivers: tuple[ReceiverStatements, ...]
    hidden: int
    lost: int
    several: bool

    @property
    def count(self) -> int:
        """Queries of all receivers shown."""
        return sum(each.count for each in self.receivers)

    @property
    def sql_ns(self) -> int:
        """What the database took for them."""
        return sum(each.sql_ns for each in self.receivers)


_Order = Callable[[ReceiverStatements | StatementRow], tuple[int, ...]]


def statements(trace: Trace, selection: Selection) -> Statements:
    """What receivers ran of what a selection asks for; sorted by time, or as ``selection.sort`` says where
    it names ``queries`` or ``receiver``."""
    rules = Rules(trace, selection)
    sums: dict[int, dict[int, list[int]]] = {}
    calls: dict[int, int] = {}
    everyone: set[int] = set()
    for row, call, asked in asking_calls(trace):
        everyone.add(call.receiver)
        if not rules.matches(row[2], call.receiver) or (selection.errors and not has_failed(call)):
            continue
        calls[call.receiver] = calls.get(call.receiver, 0) + 1
        mine = sums.setdefault(call.receiver, {})
        for statement, (count, taken_ns) in asked.items():
            one = mine.setdefault(statement, [0, 0, 0])
            one[0] += count
            one[1] += 1
            one[2] += taken_ns
    repeated = loops_asked_for(trace, rules)
    order = _by_count if selection.sort == "queries" else _by_time
    found = [_receiver(trace, index, calls[index], mine, repeated, order) for index, mine in sums.items()]
    found = [each for each in found if each.sql_ns >= selection.min_ns]
    if selection.sort == "receiver":
        order = _by_nothing
    found.sort(key=lambda each: (*order(each), each.receiver.name, each.receiver.line or 0))
    return Statements(
        tuple(found),
        len(everyone) - len(found),
        queries_lost(trace),
        len({each.alias for each in trace.statements} - {""} | {_DEFAULT}) > 1,
    )


def _by_time(each: ReceiverStatements | StatementRow) -> tuple[int, ...]:
    return -each.sql_ns, -each.count


def _by_count(each: ReceiverStatements | StatementRow) -> tuple[int, ...]:
    return -each.count, -each.sql_ns


def _by_nothing(each: ReceiverStatements | StatementRow) -> tuple[int, ...]:
    return ()


def _receiver(
    trace: Trace,
    index: int,
    calls: int,
    sums: dict[int, list[int]],
    repeated: dict[tuple[int, int], Loop],
    order: _Order,
) -> ReceiverStatements:
    rows = []
    for statement, (count, ran, taken_ns) in sums.items():
        text, alias, site = trace.statements[statement]
        loop = repeated.get((index, statement))
        rows.append(StatementRow(text, alias, trace.sites[site], count, ran, taken_ns, loop))
    rows.sort(key=lambda each: (*order(each), each.text, each.alias))
    total = sum(each.count for each in rows)
    return ReceiverStatements(
        trace.receivers[index], calls, total, sum(each.sql_ns for each in rows), tuple(rows)
    )
