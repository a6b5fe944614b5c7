"""Budgets, stage *suite*: the most that a test's receivers may take, as it was written, and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from signaltrace.analysis.matching import closest
from signaltrace.analysis.times import format_ns, parse_duration
from signaltrace.errors import SignaltraceError
from signaltrace.ran import CALL, Cost, RanTest
from signaltrace.targets import Target, fits, receiver_target
from signaltrace.trace import ReceiverInfo


@dataclass(frozen=True, slots=True)
class Budget:
    """The most of each that is allowed, None for no limit. Times in ns.

    ``sources`` tells of each limit where it was set, for the message of a test that goes over it.
    """

    max_ns: int | None = None
    max_calls: int | None = None
    max_dispatches: int | None = None
    max_queries: int | None = None
    no_errors: bool = False
    sources: tuple[tuple[str, str], ...] = ()

    def under(self, other: Budget) -> Budget:
        """This budget with what ``other``, set closer to the test, says."""
        said = {name: getattr(other, _FIELDS[name]) for name, _ in other.sources}
        changed = replace(self, **{_FIELDS[name]: value for name, value in said.items()})
        return replace(changed, sources=(*dict((*self.sources, *other.sources)).items(),))

    def source(self, name: str) -> str:
        """Where a limit was set."""
        return dict(self.sources).get(name, "")


_FIELDS = {
    "max_time": "max_ns",
    "max_calls": "max_calls",
    "max_dispatches": "max_dispatches",
    "max_queries": "max_queries",
    "no_errors": "no_errors",
}


def read_budget(given: Mapping[str, Any], source: str, of_receiver: bool = False) -> Budget:
    """The budget that a marker, the ini file or a table gives, where values may be text.

    Raises SignaltraceError for a key there is none of, and for what is no number or duration.
    """
    known = [name for name in _FIELDS if not (of_receiver and name == "max_dispatches")]
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            near = closest(str(name), known)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
            raise SignaltraceError(f"{source}: there is no budget {str(name)[:40]!r}; {hint}")
        if value is not None:
            found[name] = _READ[name](value, f"{source}: {name}")
    fields = {_FIELDS[name]: value for name, value in found.items()}
    return Budget(**fields, sources=tuple((name, source) for name in found))


def _time(value: Any, where: str) -> int:
    try:
        if isinstance(value, str):
            return parse_duration(value)
        if isinstance(value, (int, float)) and type(value) is not bool and value >= 0:
            return parse_duration(f"{value:f}")
    except SignaltraceError:
        pass
    raise SignaltraceError(f"{where} is a duration like '50ms' or a number of seconds, not {_shown(value)}")


def _count(value: Any, where: str) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value)
    if type(value) is int and value >= 0:
        return value
    raise SignaltraceError(f"{where} is a whole number from 0, not {_shown(value)}")


def _flag(value: Any, where: str) -> bool:
    if type(value) is bool:
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise SignaltraceError(f"{where} is true or false, not {_shown(value)}")


_READ: dict[str, Callable[[Any, str], Any]] = {
    "max_time": _time,
    "max_calls": _count,
    "max_dispatches": _count,
    "max_queries": _count,
    "no_errors": _flag,
}


def _shown(value: Any) -> str:
    return repr(value)[:60] if isinstance(value, (str, int, float)) else type(value).__name__


def read_table(table: Any, source: str) -> dict[str, Budget]:
    """The budgets of single receivers, by name or pattern, of a ``[tool.signaltrace]`` table: its key
    ``receivers`` maps each to a table of limits, which hold for each test. Raises SignaltraceError."""
    if not isinstance(table, Mapping):
        raise SignaltraceError(f"{source} is a table, not {_shown(table)}")
    for key in table:
        if key != "receivers":
            hint = "did you mean receivers?" if closest(str(key), ["receivers"]) else "there is receivers"
            raise SignaltraceError(f"{source} has no key {str(key)[:40]!r}; {hint}")
    receivers = table.get("receivers", {})
    if not isinstance(receivers, Mapping):
        raise SignaltraceError(f"{source} receivers is a table, not {_shown(receivers)}")
    budgets = {}
    for name, limits in receivers.items():
        where = f"{source} receivers {name!r}"
        if not isinstance(limits, Mapping):
            raise SignaltraceError(f"{where} is a table like {{ max_calls = 5 }}, not {_shown(limits)}")
        budgets[str(name)] = read_budget(limits, where, of_receiver=True)
    return budgets


def check_names(budgets: Mapping[str, Budget]) -> list[Target]:
    """The receivers that single budgets are for. Raises SignaltraceError for a name nothing goes by."""
    return [receiver_target(name) for name in budgets]


@dataclass(frozen=True, slots=True)
class Overrun:
    """A limit that a test went over: the sentence, and what each receiver to blame did; ``queries``, by
    the receiver's index, where the limit was one of those."""

    sentence: str
    blamed: tuple[tuple[Cost, ReceiverInfo], ...]
    queries: Mapping[int, int] = field(default_factory=dict)


def overruns(
    ran: RanTest, budget: Budget, receivers: Callable[[int], ReceiverInfo | None], times: bool = True
) -> list[Overrun]:
    """What the test itself (not its fixtures) did beyond its budget; without ``times`` no time counts."""
    phases = ran.during(CALL)
    costs = _named(ran, receivers)
    found = []
    spent, calls = sum(each.inside_ns for each in phases), sum(each.ncalls for each in phases)
    dispatches, errors = sum(each.dispatches for each in phases), sum(each.errors for each in phases)
    if times and budget.max_ns is not None and spent > budget.max_ns:
        found.append(_over(budget, "max_time", f"{format_ns(spent)} in receivers", format_ns(budget.max_ns)))
    if budget.max_calls is not None and calls > budget.max_calls:
        found.append(_over(budget, "max_calls", _number(calls, "receiver call"), f"{budget.max_calls:,}"))
    if budget.max_dispatches is not None and dispatches > budget.max_dispatches:
        said = "1 dispatch" if dispatches == 1 else f"{dispatches:,} dispatches"
        found.append(_over(budget, "max_dispatches", said, f"{budget.max_dispatches:,}"))
    result = [Overrun(sentence, costs) for sentence in found]
    asked = ran.queries(CALL)
    if budget.max_queries is not None and sum(asked.values()) > budget.max_queries:
        said = f"{_number(sum(asked.values()), 'query')} in receivers"
        most = sorted(costs, key=lambda each: -asked.get(each[0].receiver, 0))
        blamed = tuple(each for each in most if each[0].receiver in asked)
        result.append(Overrun(_over(budget, "max_queries", said, f"{budget.max_queries:,}"), blamed, asked))
    if budget.no_errors and errors:
        failed = tuple(each for each in costs if each[0].errors)
        result.append(
            Overrun(
                f"{_number(errors, 'receiver call')} failed, none may ({budget.source('no_errors')})", failed
            )
        )
    return result


def overruns_of_receivers(
    ran: RanTest,
    budgets: Mapping[str, Budget],
    receivers: Callable[[int], ReceiverInfo | None],
    times: bool = True,
) -> list[Overrun]:
    """The same for budgets of single receivers. Their time is the self time of their calls."""
    found = []
    asked = ran.queries(CALL)
    for cost, info in _named(ran, receivers):
        for name, budget in budgets.items():
            if not fits(name, info.name):
                continue
            sentences = []
            if times and budget.max_ns is not None and cost.self_ns > budget.max_ns:
                said = f"{info.name} took {format_ns(cost.self_ns)}"
                sentences.append(_over(budget, "max_time", said, format_ns(budget.max_ns)))
            if budget.max_calls is not None and cost.calls > budget.max_calls:
                said = f"{info.name} was called {_number(cost.calls, 'time')}"
                sentences.append(_over(budget, "max_calls", said, f"{budget.max_calls:,}"))
            if budget.no_errors and cost.errors:
                sentences.append(f"{info.name} failed, it may not ({budget.source('no_errors')})")
            found += [Overrun(sentence, ((cost, info),)) for sentence in sentences]
            queries = asked.get(cost.receiver, 0)
            if budget.max_queries is not None and queries > budget.max_queries:
                said = f"{info.name} ran {_number(queries, 'query')}"
                sentence = _over(budget, "max_queries", said, f"{budget.max_queries:,}")
                found.append(Overrun(sentence, ((cost, info),), asked))
    return found


def _number(count: int, what: str) -> str:
    many = "queries" if what == "query" else f"{what}s"
    return f"{count:,} {what if count == 1 else many}"


def _over(budget: Budget, name: str, said: str, allowed: str) -> str:
    return f"{said}, at most {allowed} allowed ({budget.source(name)})"


def _named(
    ran: RanTest, receivers: Callable[[int], ReceiverInfo | None]
) -> tuple[tuple[Cost, ReceiverInfo], ...]:
    """What each receiver did in the test itself, the costliest first."""
    found = [(cost, receivers(cost.receiver)) for cost in ran.costs(CALL).values()]
    named = [(cost, info) for cost, info in found if info is not None]
    return tuple(sorted(named, key=lambda each: (-each[0].self_ns, -each[0].calls, each[1].name)))
