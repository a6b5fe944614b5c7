"""Budgets: what is written is read or refused in one line, and what goes over is named."""

from dataclasses import replace

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.ran import CALL, SETUP, Phase, RanTest
from signaltrace.suite.budgets import Budget, overruns, overruns_of_receivers, read_budget, read_table
from signaltrace.trace import ReceiverInfo

RECEIVERS = [ReceiverInfo("shop.receivers.notify"), ReceiverInfo("shop.receivers.index")]
SOURCE = "pytest's settings"
OF_RECEIVERS = ("max_time", "max_calls", "max_queries", "no_errors")


def info(index: int) -> ReceiverInfo:
    return RECEIVERS[index]


def ran() -> RanTest:
    """A test whose set-up cost as much again, which counts for nothing."""
    costs = [0, 3, 3, 1, 2_000_000, 1, 5, 5, 0, 40_000_000]
    return RanTest(
        "t.py::test",
        phases=[Phase(SETUP, 0, 0, 4, 42_000_000, costs), Phase(CALL, 0, 0, 4, 42_000_000, costs)],
    )


@pytest.mark.parametrize(
    ("given", "budget"),
    [
        ({"max_time": "50ms"}, Budget(max_ns=50_000_000)),
        ({"max_time": 0.5}, Budget(max_ns=500_000_000)),
        ({"max_time": 2}, Budget(max_ns=2_000_000_000)),
        ({"max_calls": 20, "max_dispatches": "7"}, Budget(max_calls=20, max_dispatches=7)),
        ({"max_calls": 0}, Budget(max_calls=0)),
        ({"max_queries": "12"}, Budget(max_queries=12)),
        ({"no_errors": True}, Budget(no_errors=True)),
        ({"no_errors": "True", "max_calls": None}, Budget(no_errors=True)),
        ({}, Budget()),
    ],
)
def test_budgets_are_read(given, budget):
    """Durations as the command's options have them or seconds, counts, flags; text as in an ini file."""
    found = read_budget(given, SOURCE)
    said = tuple((name, SOURCE) for name, value in given.items() if value is not None)
    assert found == replace(budget, sources=said)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_time": "soon"}, "max_time is a duration like '50ms' or a number of seconds, not 'soon'"),
        ({"max_time": True}, "max_time is a duration like '50ms' or a number of seconds, not True"),
        ({"max_time": -1}, "max_time is a duration like '50ms' or a number of seconds, not -1"),
        ({"max_time": float("nan")}, "max_time is a duration like '50ms' or a number of seconds, not nan"),
        ({"max_calls": "many"}, "max_calls is a whole number from 0, not 'many'"),
        ({"max_calls": 1.5}, "max_calls is a whole number from 0, not 1.5"),
        ({"max_calls": [1]}, "max_calls is a whole number from 0, not list"),
        ({"max_dispatches": -1}, "max_dispatches is a whole number from 0, not -1"),
        ({"no_errors": "maybe"}, "no_errors is true or false, not 'maybe'"),
        ({"max_call": 1}, "there is no budget 'max_call'; did you mean max_calls?"),
        ({"max_query": 1}, "there is no budget 'max_query'; did you mean max_queries?"),
        ({"max_queries": -2}, "max_queries is a whole number from 0, not -2"),
        (
            {"zzz": 1},
            "there is no budget 'zzz'; there are max_time, max_calls, max_dispatches, max_queries, no_errors",
        ),
    ],
)
def test_what_is_no_budget_is_refused(given, message):
    """One line that says where, what it is to be, and what it was."""
    with pytest.raises(SignaltraceError) as refused:
        read_budget(given, SOURCE)
    assert str(refused.value) == f"{SOURCE}: {message}"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (5, "is a table, not 5"),
        ({"recievers": {}}, "has no key 'recievers'; did you mean receivers?"),
        ({"zzz": {}}, "has no key 'zzz'; there is receivers"),
        ({"receivers": []}, "receivers is a table, not list"),
        ({"receivers": {"a": 5}}, "receivers 'a' is a table like { max_calls = 5 }, not 5"),
        (
            {"receivers": {"a.b": {"max_errors": 5}}},
            "receivers 'a.b': there is no budget 'max_errors'; did you mean no_errors?",
        ),
        (
            {"receivers": {"a": {"max_dispatches": 5}}},
            f"receivers 'a': there is no budget 'max_dispatches'; there are {', '.join(OF_RECEIVERS)}",
        ),
    ],
)
def test_a_table_of_receivers_is_refused(table, message):
    """The project's file is named, and the place in it."""
    with pytest.raises(SignaltraceError) as refused:
        read_table(table, "pyproject.toml: [tool.signaltrace]")
    assert str(refused.value) == f"pyproject.toml: [tool.signaltrace] {message}"


def test_the_closer_budget_wins_limit_by_limit():
    """A test's marker over its class's, over the suite's; what it does not say stays."""
    suite = read_budget({"max_calls": 100, "no_errors": True}, "suite")
    test = suite.under(read_budget({"max_calls": 200, "max_time": "1s", "no_errors": False}, "test"))
    assert (test.max_calls, test.max_ns, test.no_errors) == (200, 1_000_000_000, False)
    assert test.source("max_calls") == "test"
    assert suite.under(read_budget({"max_time": 1}, "test")).source("max_calls") == "suite"


def told(budget: Budget, times: bool = True) -> list[tuple[str, list[str]]]:
    found = overruns(ran(), budget, info, times)
    return [(each.sentence, [blamed.name for _, blamed in each.blamed]) for each in found]


def test_each_limit_that_was_passed_is_told():
    """Only the test's own phase counts; the receivers to blame come costliest first."""
    every = ["shop.receivers.index", "shop.receivers.notify"]
    budget = read_budget({"max_time": "41ms", "max_calls": 7, "max_dispatches": 3, "no_errors": True}, "m")
    assert told(budget) == [
        ("42 ms in receivers, at most 41 ms allowed (m)", every),
        ("8 receiver calls, at most 7 allowed (m)", every),
        ("4 dispatches, at most 3 allowed (m)", every),
        ("1 receiver call failed, none may (m)", ["shop.receivers.notify"]),
    ]
    assert [each[0] for each in told(budget, times=False)] == [each[0] for each in told(budget)[1:]]


def asking() -> RanTest:
    """A test whose receivers ran seven queries, and its fixtures as many again."""
    costs = [0, 3, 3, 0, 2_000_000, 1, 5, 5, 0, 40_000_000]
    return RanTest(
        "t.py::test",
        phases=[
            Phase(SETUP, 0, 0, 4, 42_000_000, costs, {0: 3, 1: 4}),
            Phase(CALL, 0, 0, 4, 42_000_000, costs, {0: 6, 1: 1}),
        ],
    )


def test_queries_of_a_test():
    """Those that its receivers ran in its own phase; whoever ran the most comes first."""
    (found,) = overruns(asking(), read_budget({"max_queries": 6}, "m"), info)
    assert found.sentence == "7 queries in receivers, at most 6 allowed (m)"
    assert [blamed.name for _, blamed in found.blamed] == ["shop.receivers.notify", "shop.receivers.index"]
    assert found.queries == {0: 6, 1: 1}
    assert overruns(asking(), read_budget({"max_queries": 7}, "m"), info) == []
    test = asking()
    test.phases[1].queries = {1: 9}
    (found,) = overruns(test, read_budget({"max_queries": 6}, "m"), info)
    assert [blamed.name for _, blamed in found.blamed] == ["shop.receivers.index"]
    assert overruns(ran(), read_budget({"max_queries": 0}, "m"), info) == []


def test_queries_of_single_receivers():
    """What each ran itself."""
    budgets = read_table(
        {"receivers": {"*.index": {"max_queries": 0}, "*.notify": {"max_queries": 6}}}, "file"
    )
    found = overruns_of_receivers(asking(), budgets, info)
    assert [each.sentence for each in found] == [
        "shop.receivers.index ran 1 query, at most 0 allowed (file receivers '*.index')"
    ]
    assert overruns_of_receivers(ran(), budgets, info) == []


def test_a_limit_that_is_just_reached_is_kept():
    """At most means at most."""
    exact = {"max_time": "42ms", "max_calls": 8, "max_dispatches": 4}
    assert told(read_budget(exact, "m")) == []


def test_budgets_of_single_receivers():
    """By name or pattern; their time is their own self time."""
    table = {
        "shop.receivers.index": {"max_calls": 4, "max_time": "39ms"},
        "*.notify": {"no_errors": True, "max_calls": 3},
    }
    budgets = read_table({"receivers": table}, "file")
    found = [each.sentence for each in overruns_of_receivers(ran(), budgets, info)]
    assert found == [
        "shop.receivers.index took 40 ms, at most 39 ms allowed (file receivers 'shop.receivers.index')",
        "shop.receivers.index was called 5 times, at most 4 allowed (file receivers 'shop.receivers.index')",
        "shop.receivers.notify failed, it may not (file receivers '*.notify')",
    ]
    assert len(overruns_of_receivers(ran(), budgets, info, times=False)) == 2
