"""What a recording leaves out, and what it costs: orphans only counted, the limit, memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import record
from signaltrace.tally import Tally
from signaltrace.testing import FakeClock
from signaltrace.trace import Trace
from tests.capture.test_recording import signal_with


def test_orphans_are_counted_by_signal_and_sender() -> None:
    """Only counted, unless asked for as spans; each recording counts its own."""
    nobody = Signal()
    elsewhere = signal_with()
    elsewhere.connect(lambda **kwargs: None, sender=int, weak=False)
    cached = Signal(use_caching=True)
    with record() as outer:
        nobody.send("a")
        with record() as inner:
            for _ in range(3):
                nobody.send(list)
                nobody.send_robust(list)
            elsewhere.send(str)
            for _ in range(2):
                cached.send(dict)

    def counts(trace: Trace) -> list[tuple[str, int]]:
        return sorted((trace.senders[sender].name, count) for _, sender, count in trace.orphaned)

    assert counts(inner.trace) == [("dict", 2), ("list", 6), ("str", 1)]
    assert counts(outer.trace) == [("a", 1), *counts(inner.trace)]
    assert list(inner.trace.walk()) == []


def test_orphans_as_spans_when_asked_for() -> None:
    """Then with method, arguments and call site, as any dispatch, also inside a receiver."""
    nobody = Signal()
    outer = signal_with(lambda **kwargs: nobody.send("inner", number=5))
    with record(orphaned=True) as recording, record() as plain:
        for _ in range(2):
            outer.send("outer")
        asyncio.run(nobody.asend("async"))
    spans = [(depth, span.sender.name, span.method) for depth, span in recording.trace.walk()]
    one = [(0, "outer", "send"), (1, "outer", "send"), (2, "inner", "send")]
    assert spans == [*one, *one, (0, "async", "asend")]
    found = [span for _, span in recording.trace.walk() if span.sender.name == "inner"]
    assert [span.arguments for span in found] == [{"number": 5}, {"number": 5}]
    assert {span.call_site and span.call_site.file for span in found} == {__file__}
    assert [count for _, _, count in recording.trace.orphaned] == [2, 1]
    assert [span.sender.name for _, span in plain.trace.walk()] == ["outer"] * 4


@pytest.mark.parametrize("limit", [1, 5, 99, 2_000])
def test_the_limit_keeps_the_newest_and_counts_the_rest(limit: int) -> None:
    """And the totals stay exact: those of what was dropped are kept."""
    clock = FakeClock(step=1)

    def leaf(**kwargs: Any) -> None:
        clock.advance(10)

    def branch(number: int, **kwargs: Any) -> None:
        if number % 3 == 0:
            inner.send(str(number))

    inner, outer = signal_with(leaf), signal_with(branch, leaf)

    def run(limit: int) -> Trace:
        with record(clock=clock, limit=limit, arguments="summary") as recording:
            for number in range(1_500):
                outer.send("outer", number=number)
        return recording.trace

    columns = ("calls", "primitive", "errors", "self_ns", "cumulative_ns")

    def totals(trace: Trace) -> list[tuple[Any, ...]]:
        tally: Tally = trace.tally.copy()
        tally.add(trace.rows(), trace.pauses)
        return sorted(
            (trace.receivers[index].name, *(getattr(each, column) for column in columns))
            for index, each in tally.receivers.items()
        )

    whole, cut = run(1_000_000), run(limit)
    everything = sum(1 for _ in whole.walk())
    kept = sum(1 for _ in cut.walk())
    assert (whole.dropped, everything) == (0, 5_500)
    assert cut.dropped == everything - kept
    assert max(limit - 5, 0) <= kept <= limit  # a dispatch is dropped with all its calls
    assert totals(cut) == totals(whole)
    if kept:
        assert cut.roots()[-1].arguments == whole.roots()[-1].arguments == {"number": 1_499}


def test_progress_counts_and_finds_the_slowest() -> None:
    """What the live line shows, without waiting for the end."""
    clock = FakeClock()

    def quick(**kwargs: Any) -> None:
        clock.advance(1)

    def slow(**kwargs: Any) -> None:
        clock.advance(50)

    signal = signal_with(quick, slow)
    with record(clock=clock) as recording:
        assert recording.progress() == (0, 0, None, 0)
        for _ in range(3):
            signal.send("sender")
        dispatches, calls, slowest, slowest_ns = recording.progress()
    assert (dispatches, calls, slowest_ns) == (3, 6, 50)
    assert slowest is not None
    assert slowest.name.endswith("slow")


def test_memory_stays_small_and_tables_do_not_grow_with_closures() -> None:
    """At most 45 bytes a receiver call, and one name for all closures of one function."""

    def new() -> Any:
        return lambda **kwargs: None

    signal = signal_with(*(new() for _ in range(5)))
    with record() as recording:
        for number in range(20_000):
            signal.send(int, instance=None, created=True)
            if number % 10 == 0:

                def per_request(number: int = number, **kwargs: Any) -> int:
                    return number

                once = Signal()
                once.connect(per_request)
                once.send(int)
    trace = recording.trace
    size = sum(len(block) for block in trace.blocks)
    calls = sum(len(row[7]) // 3 for row in trace.rows())
    assert calls == 102_000
    assert size / calls <= 45
    assert len(trace.receivers) == 2
