"""Recordings at the same time: what one asks for does not show in another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import Recording, record
from tests.capture.observing import METHODS, SYNC_METHODS
from tests.capture.paths import connected, leaf


def sent(recording: Recording) -> list[tuple[str, dict[str, Any]]]:
    return [(span.sender.name, span.arguments) for span in recording.trace.roots()]


@pytest.mark.parametrize("inner_ends_first", [True, False])
def test_options_of_one_are_not_those_of_the_other(inner_ends_first: bool) -> None:
    """Arguments and orphans kept for one recording are left out of the other, whichever ends first."""
    signal, nobody = connected(leaf), Signal()

    def send(sender: str) -> None:
        signal.send(sender, number=1)
        nobody.send(f"{sender}, unheard")

    plain, full = record(arguments="none"), record(orphaned=True)
    plain.start()
    send("first")
    full.start()
    send("both")
    for recording in (full, plain) if inner_ends_first else (plain, full):
        recording.stop()
    assert sent(plain) == [("first", {}), ("both", {})]
    assert sent(full) == [("both", {"number": 1}), ("both, unheard", {})]
    assert sum(count for _, _, count in plain.trace.orphaned) == 2
    assert sum(count for _, _, count in full.trace.orphaned) == 1


def test_one_after_the_other_begin_clean() -> None:
    """Counts, faults and spans of a recording that is over are not those of the next."""
    signal, nobody = connected(leaf), Signal()
    traces = []
    for number in range(3):
        with record() as recording:
            signal.send(f"{number}")
            nobody.send(f"{number}")
        traces.append(recording.trace)
    assert [[root.sender.name for root in trace.roots()] for trace in traces] == [["0"], ["1"], ["2"]]
    assert [[count for _, _, count in trace.orphaned] for trace in traces] == [[1], [1], [1]]


def test_the_limit_is_each_ones_own() -> None:
    """A small limit on one recording drops nothing from another."""
    signal = connected(leaf)
    with record() as whole, record(limit=4) as cut:
        for number in range(10):
            signal.send(f"{number}")
    assert [root.sender.name for root in whole.trace.roots()] == [f"{number}" for number in range(10)]
    assert [root.sender.name for root in cut.trace.roots()] == ["8", "9"]
    assert (whole.trace.dropped, cut.trace.dropped) == (0, 16)


def test_orphans_in_a_task() -> None:
    """A dispatch nobody hears is told with its task and call site as any other, by all four methods."""
    nobody, elsewhere = Signal(), connected()
    elsewhere.connect(leaf, sender=int, weak=False)

    async def main() -> None:
        for signal in (nobody, elsewhere):
            for method in METHODS:
                result = getattr(signal, method)(method)
                assert (result if method in SYNC_METHODS else await result) == []

    async def named() -> None:
        await asyncio.create_task(main(), name="the task")

    with record(orphaned=True) as recording:
        asyncio.run(named())
    spans = recording.trace.roots()
    assert [(span.method, span.sender.name) for span in spans] == [(method, method) for method in METHODS] * 2
    assert {span.task for span in spans} == {"the task"}
    sites = {span.call_site.function.rpartition(".")[2] for span in spans if span.call_site}
    assert (sites, sum(span.call_site is None for span in spans)) == ({"main"}, 0)
