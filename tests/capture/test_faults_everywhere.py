"""Each function of capture in turn fails: the program sees what it sees bare, the trace tells of it once."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from signaltrace import views
from signaltrace.analysis.selection import Selection
from signaltrace.trace import Trace
from tests.capture import faulty_exceptions
from tests.capture.faulty_copy import function_names
from tests.capture.faulty_exceptions import (
    AFTER_ANOTHER,
    AT_IMPORT,
    ENDING,
    HIDING,
    IN_A_CHILD,
    INSIDE_STAND_INS,
    PUTTING_BACK,
    STAND_INS,
    TELLING,
    WHEN_SOMETHING_DIES,
    WITHOUT_A_PATCH,
)
from tests.capture.faulty_kinds import PROGRAMS, emptied, tables
from tests.capture.faulty_runs import PHASES, Broken, Run, Unspeakable, bare, sound, the_copy, traced
from tests.capture.observing import differences
from tests.hostile_depth import DEEP
from tests.views.printing import printed

FUNCTIONS = function_names()
# A difference in a single number: how deep in the stack a receiver finds itself.
DEPTH = re.compile(r": bare \d+, traced \d+$")
NOT_TRIED = {*STAND_INS, *INSIDE_STAND_INS, *AT_IMPORT, *AFTER_ANOTHER, *IN_A_CHILD, *WITHOUT_A_PATCH}
# From the quickest on. What the last take is not alike each time: they wait for threads, or collect garbage.
ORDER = (
    "asking", "committing", "adopted", "async_calls", "leaving", "bypassing", "odd_calls", "forking",
    "crowded", "sending", "steered", "collected",
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Programs may use the database. What they leave in it, they remove themselves."""
    with django_db_blocker.unblock():
        tables()
        yield
        emptied()


def reaching(function: str, phase: str) -> list[str]:
    """The programs that have a function called in a phase, quickest first."""
    names = [name for name in ORDER if sound(name).calls[phase][function]]
    if function in WHEN_SOMETHING_DIES:  # of what another run left behind, too: when is not always alike
        names = [max(names, key=lambda name: sound(name).calls[phase][function])] if phase == "run" else []
    return names


def told(trace: Trace, view: str = "tree") -> int:
    """How many lines of a view tell of a fault of ours."""
    text = printed(views.load(view).render(trace, Selection(limit=1)), 200)
    return text.count("A fault of signaltrace itself in ")


def unlike(function: str, run: Run, name: str) -> list[str]:
    """Where the program saw something else than bare, what can't be helped left out."""
    found = [] if bare(name) == run.seen else differences(bare(name), run.seen)
    if function in HIDING:
        found = [each for each in found if "/traceback: " not in each and "/log " not in each]
    if function in WHEN_SOMETHING_DIES:
        found = [each for each in found if not each.startswith("/printed")]
    return found


def check(function: str, phase: str, run: Run, name: str) -> None:
    """What holds of every run in which a function failed."""
    assert run.raised, "the function was never called"
    if phase == "start" and "start" in run.refused:
        assert run.refused.keys() == {"start"}
    elif phase == "read" or function in ENDING:
        assert run.refused.keys() <= {phase}
    else:
        assert run.refused == {}
        assert run.trace is not None
        if function not in {*TELLING, *WHEN_SOMETHING_DIES}:
            assert sum(count for _, count in run.faults()) == run.raised
        if function not in WHEN_SOMETHING_DIES:
            assert told(run.trace) == len(run.trace.faults) > 0
    assert unlike(function, run, name) == []
    if function not in WHEN_SOMETHING_DIES:  # such as a loop that was left, by which it would have come out
        assert not run.inside
    if function not in PUTTING_BACK:
        assert run.patched == []


@pytest.mark.parametrize("function", [each for each in FUNCTIONS if each not in NOT_TRIED])
def test_no_fault_of_ours_is_the_programs(function: str) -> None:
    """Whichever of our functions fails, always, at first or later: the program can't tell, the reader can."""
    tried = False
    for phase in PHASES:
        names = reaching(function, phase)
        tried = tried or bool(names)
        # always: where there is most to go wrong, but for the slowest
        always = names[-2:-1] or names if "collected" in names else names[-1:]
        for name in names if DEEP else always if phase == "run" else names[:1]:
            check(function, phase, traced(name, function, phase), name)
        for name in names if DEEP else names[:1] if phase == "run" else ():
            calls = 1 if function in WHEN_SOMETHING_DIES else sound(name).calls[phase][function]
            for number in {1, calls // 2 + 1}:
                check(function, phase, traced(name, function, phase, number.__eq__), name)
    assert tried, f"no program calls {function}: have one in faulty_programs.py do it"


@pytest.mark.parametrize("view", views.names())
def test_a_fault_is_told_once_in_every_view(view: str) -> None:
    """One line for one fault, beside all that was recorded."""
    run = traced("odd_calls", "names.Names.receiver", "run", (2).__eq__)
    assert run.trace is not None
    text = printed(views.load(view).render(run.trace, Selection()), 200)
    assert text.count("A fault of signaltrace itself in receiver name: Broken: our own fault") == 1
    assert told(run.trace, view) == 1


@pytest.mark.parametrize("function", AFTER_ANOTHER)
def test_what_repairs_may_fail_too(function: str) -> None:
    """A fault while another one is dealt with: still the program can't tell."""
    other, phase = AFTER_ANOTHER[function]
    (name,) = reaching(other, phase)[:1]
    run = traced(name, (function, other), phase)
    assert the_copy().faults.failed == {function, other}
    assert (run.refused, run.patched, differences(bare(name), run.seen)) == ({}, [], [])
    assert run.trace is not None
    assert told(run.trace) == len(run.trace.faults) > 0


@pytest.mark.parametrize("function", sorted(IN_A_CHILD))
def test_a_fault_in_a_forked_child(function: str) -> None:
    """The child goes on, and so does its parent, whose trace is whole."""
    sound("forking")
    the_copy().faults.anywhere[0] = 0
    run = traced("forking", function)
    assert the_copy().faults.anywhere[0]
    assert (run.refused, run.patched, run.faults()) == ({}, [], [])
    assert [each for each in differences(bare("forking"), run.seen) if "/printed" not in each] == []


@pytest.mark.parametrize("function", sorted(PUTTING_BACK))
def test_what_stays_patched(function: str) -> None:
    """What can't be put back passes on: the program run again sees the same, its stack depth excepted."""
    (name,) = reaching(function, "stop")[:1]
    run = traced(name, function, "stop")
    assert run.patched != []
    found = differences(bare(name), run.after)
    assert [each for each in found if not DEPTH.search(each)] == []


@pytest.mark.parametrize("make", [Unspeakable, RecursionError, MemoryError, StopIteration, KeyError])
@pytest.mark.parametrize(
    "function",
    ["routes.Routes.find", "names.Names.receiver", "arguments.build_summary.<locals>.summarise",
     "handout.open_dispatch", "dispatches.Dispatch._write", "failures.describe_error", "drivers._cell"],
)  # fmt: skip
def test_faults_of_any_kind(function: str, make: Callable[[], Exception]) -> None:
    """Also one that can't be shown, or that means something to Python elsewhere."""
    run = traced("async_calls", function, "run", bool, make)
    check(function, "run", run, "async_calls")


def test_starting_is_refused_to_whoever_starts() -> None:
    """What fails before anything is recorded is theirs to know, once, and the next recording works."""
    run = traced("odd_calls", "patch.Patch.apply", "start")
    assert [str(each) for each in run.refused.values()] == ["our own fault"]
    assert isinstance(run.refused["start"], Broken)
    assert traced("odd_calls", "").faults() == []


def test_without_a_fault_there_is_none() -> None:
    """The copy itself is sound: programs see the same, nothing is refused or counted."""
    for name in PROGRAMS:
        run = sound(name)
        assert (differences(bare(name), run.seen), run.refused, run.faults(), run.patched) == ([], {}, [], [])


def test_the_exceptions_are_what_they_are_said_to_be() -> None:
    """None is stale, in two tables, or called by ours alone where it is said to be called by others."""
    tables: list[Any] = [
        set(table) for name, table in vars(faulty_exceptions).items() if name.isupper() and name != "__all__"
    ]
    named = functools.reduce(set.union, tables)
    assert sum(map(len, tables)) == len(named)
    assert named <= set(FUNCTIONS)
    assert set(the_copy().faults.functions) == set(FUNCTIONS)
    for name in PROGRAMS:
        sound(name)
    called = functools.reduce(set.union, (set(sound(name).calls["run"]) for name in PROGRAMS), set())
    assert {each for each in STAND_INS if each in called} <= the_copy().faults.called_from_outside
