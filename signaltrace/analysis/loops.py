"""Statements that receivers run again and again, stage *analysis*: what is known as N+1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from signaltrace.analysis.asked import Sums, asking_calls, by_call
from signaltrace.analysis.forest import Rules
from signaltrace.analysis.in_one_go import Go, goes
from signaltrace.analysis.remarks import once
from signaltrace.analysis.sql_words import is_control, is_cut, is_told
from signaltrace.trace import Trace

# A receiver that looks up the two ends of a relation, or the few rows it is about, runs a statement three or
# four times whatever it is given; what comes five times follows the number of rows, and grows with it.
MANY = 5
# A first dispatch may find what the others have to fetch, a cache may serve one now and then: that a receiver
# runs a statement "once per dispatch" is said where nine of ten did.
_NEARLY = 0.9

Fingerprint: TypeAlias = tuple[str, str, int]
"""What makes two queries the same: text, alias; and the line (0 for any) where the text was cut."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A statement that was run ``count`` times: in one receiver call, or over ``dispatches`` sent in one go.

    ``statement`` is the index of the one that ran most often, of those that differ in the line alone;
    ``span`` the call, the first of them. ``sure``: the dispatches are known to belong together.
    """

    receiver: int
    route: int
    statement: int
    count: int
    span: int
    dispatches: int = 0
    sure: bool = True


def fingerprint(trace: Trace, statement: int) -> Fingerprint:
    """What a statement is compared by."""
    text, alias, site = trace.statements[statement]
    return text, alias, site if is_cut(text) else 0


def repeated(trace: Trace, asked: Sums) -> list[tuple[int, int]]:
    """Statements that one call ran ``MANY`` times or more, most often first, with how often."""
    if sum(count for count, _ in asked.values()) < MANY:
        return []
    loopable = once(trace, _loopable)
    together: dict[Fingerprint, Counter[int]] = {}
    for statement, (count, _) in asked.items():
        if loopable[statement]:
            together.setdefault(fingerprint(trace, statement), Counter())[statement] = count
    found = [(each.most_common(1)[0][0], each.total()) for each in together.values() if each.total() >= MANY]
    return sorted(found, key=lambda each: -each[1])


def _loopable(trace: Trace) -> list[bool]:
    """By index, whether a statement is one of which many are too many."""
    return [is_told(each.text) and not is_control(each.text) for each in trace.statements]


def repeated_in(trace: Trace, spans: Iterable[int]) -> list[tuple[int, int, int]]:
    """The same for several calls together: ``(statement, times in all, calls in which it was repeated)``."""
    asked = once(trace, by_call)
    times: dict[Fingerprint, tuple[int, int, int]] = {}
    for span in spans if asked else ():
        for statement, count in repeated(trace, asked[span]) if span in asked else ():
            key = fingerprint(trace, statement)
            first, before, calls = times.get(key, (statement, 0, 0))
            times[key] = (first, before + count, calls + 1)
    return sorted(times.values(), key=lambda each: -each[1])


@dataclass(slots=True)
class _Ran:
    """What a receiver did in one go: its calls, and by statement those that ran it less than ``MANY`` times:
    how many, how often in all, the first."""

    route: int
    go: Go
    calls: int = 0
    statements: dict[int, list[int]] = field(default_factory=dict)


def over_dispatches(trace: Trace) -> dict[int, list[Loop]]:
    """Statements run about once per dispatch over ``MANY`` or more, by the first of the calls; use with
    :func:`~signaltrace.analysis.remarks.once`."""
    found: dict[int, list[Loop]] = {}
    for receiver, ran in _over_goes(trace):
        if ran.calls < MANY:
            continue
        for statement, (calls, count, first) in ran.statements.items():
            if calls >= MANY and calls >= _NEARLY * ran.calls:
                loop = Loop(receiver, ran.route, statement, count, first, calls, ran.go.sure)
                found.setdefault(first, []).append(loop)
    return found


def _over_goes(trace: Trace) -> Iterable[tuple[int, _Ran]]:
    """The receivers that ran anything often enough, with each go they had part in."""
    asked = once(trace, by_call)
    often: Counter[tuple[int, int]] = Counter()
    for _, call, sums in asking_calls(trace):
        often.update((call.receiver, statement) for statement in sums)
    loopable = once(trace, _loopable)
    wanted = {key for key, calls in often.items() if calls >= MANY and loopable[key[1]]}
    receivers = {receiver for receiver, _ in wanted}
    if not receivers:
        return ()
    ran: dict[tuple[int, tuple[object, ...]], _Ran] = {}
    for row, go in goes(trace):
        if receivers.isdisjoint(row[7][::3]) and row[0] not in trace.late_calls:
            continue
        for call in trace.calls(row):
            if call.receiver not in receivers:
                continue
            one = ran.setdefault((call.receiver, go.what), _Ran(row[2], go))
            one.calls += 1
            for statement, (count, _) in asked.get(call.id, {}).items():
                if count < MANY and (call.receiver, statement) in wanted:
                    times = one.statements.setdefault(statement, [0, 0, call.id])
                    times[0] += 1
                    times[1] += count
    return [(receiver, each) for (receiver, _), each in ran.items()]


def loops(trace: Trace) -> Sequence[tuple[Loop, int]]:
    """One for each receiver, route and fingerprint: the worst, in one call where there is one; and how often
    it came to that. Use with :func:`~signaltrace.analysis.remarks.once`."""
    in_one_call = _worst(
        trace,
        (
            Loop(call.receiver, row[2], statement, count, call.id)
            for row, call, asked in asking_calls(trace)
            for statement, count in repeated(trace, asked)
        ),
    )
    over = _worst(trace, (loop for found in once(trace, over_dispatches).values() for loop in found))
    return tuple({**over, **in_one_call}.values())


def loops_asked_for(trace: Trace, rules: Rules) -> dict[tuple[int, int], Loop]:
    """The loops of what a selection asks for, by receiver and statement: of several the one in a single call,
    then the longest."""
    found: dict[tuple[int, int], Loop] = {}
    for loop, _ in once(trace, loops):
        key = (loop.receiver, loop.statement)
        if rules.matches(loop.route, loop.receiver):
            best = found.get(key, loop)
            better = (not loop.dispatches, loop.count) > (not best.dispatches, best.count)
            found[key] = loop if better else best
    return found


_Key: TypeAlias = tuple[int, int, Fingerprint]


def _worst(trace: Trace, found: Iterable[Loop]) -> dict[_Key, tuple[Loop, int]]:
    """Of each receiver, route and fingerprint the one that counts for most, and how many there are."""
    worst: dict[_Key, tuple[Loop, int]] = {}
    for loop in found:
        key = (loop.receiver, loop.route, fingerprint(trace, loop.statement))
        best, times = worst.get(key, (loop, 0))
        better = (loop.sure, loop.count) > (best.sure, best.count)
        worst[key] = (loop if better else best, times + 1)
    return worst
