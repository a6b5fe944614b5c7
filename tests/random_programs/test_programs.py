"""Random programs: what each sees is the same bare and traced, and its trace tells what it says it did."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaltrace.capture.recording import record
from tests.capture.observing import Notes, differences, observe
from tests.random_programs.comparing import Told, by_number, clear_shelf, orphans_recorded, recorded, shelve
from tests.random_programs.found import FOUND
from tests.random_programs.profiles import PROGRAMS
from tests.random_programs.programs import Program
from tests.random_programs.running import run_program
from tests.random_programs.strategies import programs
from tests.random_programs.world import World


def observed(program: Program, worlds: list[World]) -> dict[str, Any]:
    """One run; its world is added to ``worlds``."""

    def run(notes: Notes) -> None:
        worlds.append(run_program(program, notes))

    return observe(run)


def problems(program: Program, **options: Any) -> list[str]:
    """What is wrong: bare against traced, traced again with warm caches; then the trees and the counts of
    the two traced runs against their logs."""
    bare = observed(program, [])
    worlds: list[World] = []
    found = []
    try:
        with record(**options) as recording:
            for run in range(2):
                found += differences(bare, observed(program, worlds))
                shelve(worlds[-1], run)
        trace = recording.trace
    finally:
        clear_shelf()
    found += [f"fault {fault}" for fault in trace.faults]
    told = [Told(world, run, options.get("orphaned", False)) for run, world in enumerate(worlds)]
    roots = [root for each in told for root in each.below(None)]
    found += differences(by_number(roots), by_number(recorded(trace)), "/tree")
    found += differences(told[0].orphans() + told[1].orphans(), orphans_recorded(trace), "/orphans")
    return found


@pytest.mark.parametrize("program", FOUND, ids=["hop", "hop after hop", "caught", "cancelled"])
def test_programs_once_found(program: Program) -> None:
    """What was once wrong is not again."""
    assert problems(program, orphaned=True) == []


@PROGRAMS
@given(programs(), st.booleans(), st.sampled_from(("summary", "none")))
def test_random_programs(program: Program, orphaned: bool, arguments: str) -> None:
    """Whatever a program does with signals, it can't tell that it is traced, and the trace is true."""
    assert problems(program, orphaned=orphaned, arguments=arguments) == []
