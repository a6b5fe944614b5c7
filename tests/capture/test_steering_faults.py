"""Each function for fields, shuffled receivers and depth fails in turn: receivers run all the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.errors import SignalRecursionError
from tests.capture.faulty_runs import broken, the_copy
from tests.capture.observing import METHODS
from tests.testapp.models import Book

MODULES = (
    "looks.", "reads.", "field_values.", "field_names.", "shuffle.", "signal_names.", "steering.", "depth.",
    "probes.fields.", "handout._is_refused", "dispatches.Dispatch.refuse", "dispatches.Dispatch.receiver_at",
    "drivers.Driver.running",
)  # fmt: skip
# Is the iterator over the receivers that a loop of Signal's methods has in place of their list.
STAND_INS = {"looks.Looking.__iter__", "looks.Looking.__next__"}
# Called by the interpreter when a class dies: what it raises is printed, and reaches nobody.
WHEN_SOMETHING_DIES = {
    "field_names.FieldNames._find.<locals>.<lambda>",
    "field_names.FieldNames._forget",
}
# Run only where there is no patch, or a child is forked.
NOT_CALLED = {"steering._nowhere", "probes.fields.FieldsProbe.after_fork"}
OPTIONS = {"probes": ["fields"], "max_depth": 3, "shuffle": 11}

FUNCTIONS = sorted(
    {name for name in the_copy().faults.functions if name.startswith(MODULES)}
    - STAND_INS
    - WHEN_SOMETHING_DIES
    - NOT_CALLED
)


class Program:
    """Dispatches by every method to sync and async receivers, some too deep; counts who ran."""

    def __init__(self) -> None:
        self.ran: Counter[str] = Counter()
        self.refused = 0
        self.signal = Signal()
        for each in (self.one, self.two, self.loop, self.three):
            self.signal.connect(each, weak=False)
        self.later = Signal()
        self.later.connect(self.deeper, weak=False)

    async def deeper(self, sender: Any, **kwargs: Any) -> None:
        """An async receiver in a loop of its own."""
        self.ran["deeper"] += 1
        if self.ran["deeper"] < 90:
            await self.later.asend(sender)

    def one(self, instance: Any, **kwargs: Any) -> None:
        """Reads and writes."""
        self.ran["one"] += 1
        instance.title = f"{instance.title}!"
        instance.number = [1]
        instance.at = datetime(2026, 1, self.ran["one"] % 28 + 1, tzinfo=UTC)

    def two(self, **kwargs: Any) -> None:
        """Writes another way."""
        self.ran["two"] += 1
        kwargs["instance"].author_id = self.ran["two"]

    def loop(self, sender: Any, left: int, **kwargs: Any) -> None:
        """Goes deeper by itself, until it may not."""
        self.ran["loop"] += 1
        if left:
            try:
                self.signal.send_robust(sender, left=left - 1, instance=kwargs["instance"])
                self.signal.send(sender, left=left - 1, instance=kwargs["instance"])
            except SignalRecursionError:
                self.refused += 1

    async def three(self, sender: Any, left: int, instance: Any, **kwargs: Any) -> None:
        """Asynchronously."""
        self.ran["three"] += 1
        await asyncio.sleep(0)
        instance.title = "async"
        if left == 3:
            await self.signal.asend(sender, left=0, instance=instance)

    def run(self) -> None:
        """All of it."""
        for method in METHODS:
            for left in (0, 3):
                keywords = {"left": left, "instance": Book(title="a", author_id=0)}
                if method.startswith("a"):
                    asyncio.run(getattr(self.signal, method)(Book, **keywords))
                else:
                    getattr(self.signal, method)(Book, **keywords)
        self.ran["deeper"] = 80
        asyncio.run(self.later.asend_robust(Book))
        del self.ran["deeper"]


def traced(functions: tuple[str, ...], phase: str, at: Callable[[int], bool]) -> tuple[Program, Any, int]:
    """The program under a recording of the copy, functions failing in one phase."""
    copy, program, raised = the_copy(), Program(), 0
    copy.reads._known.clear()
    recording = copy.recording.record(**OPTIONS)
    steps = {"start": recording.start, "run": program.run, "stop": recording.stop}
    refused: list[str] = []
    for name, step in steps.items():
        with copy.faults.armed(functions if name == phase else (), at, broken):
            try:
                step()
            except Exception as error:
                if name != "start":
                    raise
                refused.append(str(error))
            raised += copy.faults.raised
        if refused:
            assert refused == ["our own fault"]
            return program, None, raised
    assert not copy.patch.installed()
    return program, recording.trace, raised


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_fault_of_ours_is_the_program_s(function: str) -> None:
    """Every receiver runs as often as it would, but that the loop may go on where nobody stops it."""
    sound, trace, _ = traced((), "run", bool)
    assert trace.faults == []
    assert sound.refused > 0
    tried = 0
    for phase in ("start", "run", "stop"):
        for at in (bool, (2).__eq__):
            program, trace, raised = traced((function,), phase, at)
            if not raised or trace is None:
                tried += raised
                continue
            tried += raised
            assert sum(each.count for each in trace.faults) >= 1
            asked = program.ran["one"]
            assert program.ran == Counter(dict.fromkeys(("one", "two", "loop"), asked)) + Counter(
                three=program.ran["three"]
            )
            assert asked >= sound.ran["one"]
    assert tried, f"the program does not call {function}"
