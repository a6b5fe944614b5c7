"""The tally: pstats' columns, exact, from rows in the order they ended."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from signaltrace.intervals import union_ns
from signaltrace.rows import STEP, Row, calls_of, flatten, pack, pack_flat
from signaltrace.tally import Tally
from signaltrace.testing import Sent, build_trace, called, sent
from signaltrace.trace import RETURNED_ERROR, ErrorInfo, Trace


def tallied(trace: Trace) -> dict[str, tuple[int, int, int, int, int, int]]:
    """Calls, primitive, errors, self, cumulative and longest by receiver."""
    tally = Tally()
    tally.add(trace.rows(), trace.pauses)
    return {
        trace.receivers[index].name: (
            totals.calls,
            totals.primitive,
            totals.errors,
            totals.self_ns,
            totals.cumulative_ns,
            totals.max_ns,
        )
        for index, totals in tally.receivers.items()
    }


def test_recursion_is_one_primitive_call() -> None:
    """A receiver inside itself counts 2/1, and its time once: pstats' rule."""
    trace = build_trace(sent("s")(called("a", 10)(sent("s")(called("a", 30)))))
    assert tallied(trace) == {"a": (2, 1, 0, 40, 40, 40)}


def test_recursion_through_another_receiver_is_recursion() -> None:
    """a → b → a: both runs of a are on the stack at once."""
    trace = build_trace(sent("s")(called("a", 1)(sent("t")(called("b", 2)(sent("s")(called("a", 4)))))))
    assert tallied(trace) == {"a": (2, 1, 0, 5, 7, 7), "b": (1, 1, 0, 2, 6, 6)}


def test_siblings_are_all_primitive() -> None:
    """Calls one after the other are no recursion."""
    trace = build_trace(sent("s")(called("a", 1), called("b", 2)), sent("s")(called("a", 4)))
    assert tallied(trace) == {"a": (2, 2, 0, 5, 5, 4), "b": (1, 1, 0, 2, 2, 2)}


def test_errors_count_raised_and_returned_ones() -> None:
    """`send_robust` hides an error from the sender, not from the profile."""
    error = ErrorInfo("ValueError", "x")
    trace = build_trace(
        sent("s", method="send_robust")(called("a", 1, error=error, outcome=RETURNED_ERROR), called("b", 1)),
        sent("s")(called("a", 1, error=error)),
    )
    assert tallied(trace) == {"a": (2, 2, 2, 2, 2, 1), "b": (1, 1, 0, 1, 1, 1)}


def rows_of_concurrent_calls() -> list[Row]:
    """Two calls of receiver 0 that overlap (0–20, 5–30); the second sent a dispatch (10–14)."""
    first, second = STEP, 2 * STEP
    return [
        (second, first + 2, 0, 0, 0, 10, 4, (1, 1, 2), None, None),
        (first, 0, 0, 0, 0, 0, 33, (0, 0, 20, 0, 5, 25), None, {"busy": [[0, 3], [1, 6]]}),
    ]


def test_concurrent_calls_overlap_in_cumtime_alone() -> None:
    """Self times add up, cumulative time is the union, busy time is what the recorder measured."""
    tally = Tally()
    tally.add(rows_of_concurrent_calls())
    totals = tally.receivers[0]
    assert (totals.calls, totals.self_ns, totals.cumulative_ns, totals.busy_ns, totals.max_ns) == (
        2,
        41,
        30,
        9,
        25,
    )
    assert tally.inside.total() == 30
    assert tally.receivers[1].busy_ns == 2


def test_pauses_are_nobodys_time() -> None:
    """What signaltrace took inside a call is neither the receiver's own nor its dispatches'."""
    inner, outer = 2 * STEP, STEP
    rows: list[Row] = [
        (inner, outer + 1, 0, 0, 0, 10, 50, (1, 5, 40), None, None),
        (outer, 0, 0, 0, 0, 0, 100, (0, 5, 90), None, None),
    ]
    pauses = {inner + 1: 20, inner: 20, outer + 1: 20, outer: 20}
    tally = Tally()
    tally.add(rows, pauses)
    assert tally.receivers[1].self_ns == 20
    assert tally.receivers[0].self_ns == 90 - 20 - (50 - 20)
    assert tally.receivers[0].max_ns == 70


def random_roots(seed: int) -> list[Sent]:
    """A few thousand nested calls of a handful of receivers."""
    chance = random.Random(seed)

    def dispatch(depth: int) -> Sent:
        calls = []
        for _ in range(chance.randrange(1, 4)):
            children = [dispatch(depth - 1) for _ in range(chance.randrange(3))] if depth else []
            calls.append(called(f"r{chance.randrange(5)}", chance.randrange(1, 50))(*children))
        return sent(f"s{chance.randrange(3)}")(*calls)

    return [dispatch(4) for _ in range(5)]


def reference(trace: Trace) -> dict[str, tuple[int, int, int, int, int, int]]:
    """The same columns the slow way, off the spans."""
    above: list[str | None] = []
    calls: dict[str, list[int]] = {}
    intervals: dict[str, list[tuple[int, int]]] = {}
    below: dict[int, int] = {}
    spans = list(trace.walk())
    for _, span in spans:
        if span.kind == "dispatch" and span.parent_id is not None:
            below[span.parent_id] = below.get(span.parent_id, 0) + span.duration_ns
    for depth, span in spans:
        del above[depth:]
        name = span.receiver.name if span.receiver else None
        if name is not None:
            columns = calls.setdefault(name, [0, 0, 0, 0, 0])
            columns[0] += 1
            columns[1] += name not in above
            columns[3] += span.duration_ns - below.get(span.id, 0)
            columns[4] = max(columns[4], span.duration_ns)
            intervals.setdefault(name, []).append((span.start_ns, span.end_ns))
        above.append(name)
    return {name: (*columns[:4], union_ns(intervals[name]), columns[4]) for name, columns in calls.items()}  # type: ignore[misc]


@pytest.mark.parametrize("seed", range(4))
def test_tally_equals_the_sums_over_the_spans(seed: int) -> None:
    """The one pass over rows gives what walking the whole tree with its stack gives."""
    trace = build_trace(*random_roots(seed))
    assert tallied(trace) == reference(trace)


def as_recorded(row: Row) -> list[Any]:
    """A flattened row as a fast loop leaves it: no duration, the clock's own readings for times."""
    flat = flatten(row)
    times = [
        reading
        for call in calls_of(row)
        for reading in (call.receiver, call.start_ns, call.start_ns + call.duration_ns)
    ]
    return [*flat[:6], None, *flat[7:10], *flat[10 + flat[8] :], *times]


@pytest.mark.parametrize("recorded", [flatten, as_recorded])
@pytest.mark.parametrize("at_a_time", [1, 100, 10_000])
def test_blocks_give_the_same_as_their_rows(recorded: Callable[[Row], list[Any]], at_a_time: int) -> None:
    """The quick way over a packed block, wherever blocks end, gives what the rows give one by one."""
    rows = list(build_trace(*random_roots(11), *random_roots(12)).rows())
    one_by_one, blocks = Tally(), Tally()
    one_by_one.add(rows)
    for at in range(0, len(rows), at_a_time):
        blocks.add_block(pack_flat([atom for row in rows[at : at + at_a_time] for atom in recorded(row)]))
    assert columns_of(blocks) == columns_of(one_by_one)


@pytest.mark.parametrize("rows_a_block", [1, 7, 512, 100_000])
@pytest.mark.parametrize("in_blocks", [True, False])
def test_times_of_nested_calls_count_once_however_many(rows_a_block: int, in_blocks: bool) -> None:
    """A receiver inside itself, more often than stretches are held: the time is that of the outer calls."""
    rows: list[Row] = []
    for at in range(1, 5_001):
        outer, inner, start = (2 * at) * STEP, (2 * at + 1) * STEP, 1_000 * at
        rows.append((inner, outer + 1, 0, 0, 0, start + 10, 60, (0, 5, 20, 1, 30, 10), None, None))
        rows.append((outer, 0, 0, 0, 0, start, 110, (0, 5, 100), None, None))
    tally = Tally()
    for at in range(0, len(rows), rows_a_block):
        part = rows[at : at + rows_a_block]
        if in_blocks:
            tally.add_block(pack(part))
        else:
            tally.add(part)
    assert tally.inside.total() == 500_000
    assert [tally.receivers[index].cumulative_ns for index in (0, 1)] == [500_000, 50_000]
    assert tally.receivers[0].primitive == 5_000


def columns_of(tally: Tally) -> dict[str, Any]:
    """All a tally tells, with the sums of the unions: their stretches may be joined otherwise."""
    data = tally.to_dict()
    data["inside"] = tally.inside.total()
    for index, totals in tally.receivers.items():
        data["receivers"][str(index)]["time"] = totals.cumulative_ns
    return data


def test_blocks_with_more_to_tell_are_counted_whole() -> None:
    """Errors, busy times, tasks, pauses and late calls of a block are those of its rows."""
    error = ErrorInfo("ValueError", "x")
    rows = [
        *rows_of_concurrent_calls(),
        *build_trace(sent("s")(called("a", 3, error=error), called("b", 4))).rows(),
        (9 * STEP, 0, 1, 0, 0, 100, 33, (0, 0, 20), None, {"task": "t"}),
        (9 * STEP, 0, 1, 0, 0, 100, 0, (1, 40, 20), None, {"late": True, "positions": [1]}),
    ]
    for pauses in ({}, {STEP + 2: 3, 2 * STEP: 3}):
        one_by_one, block = Tally(), Tally()
        one_by_one.add(rows, pauses)
        block.add_block(pack(rows), pauses)
        assert columns_of(block) == columns_of(one_by_one)


def test_a_million_calls_are_held_in_few_stretches() -> None:
    """Memory is bounded by the number of receivers, exact all the same for calls one after the other."""
    tally = Tally()
    for at in range(1, 100):
        rows: list[Row] = [
            ((100 * at + i) * STEP, 0, 0, 0, 0, 1_000 * at + 10 * i, 9, (0, 1, 3, 1, 5, 4), None, None)
            for i in range(100)
        ]
        tally.add_block(pack(rows))
    calls = 99 * 100
    assert (tally.receivers[0].calls, tally.receivers[0].cumulative_ns) == (calls, 3 * calls)
    assert tally.inside.total() == 7 * calls
    assert max(len(each) for each in (tally.inside.chunks(), tally.receivers[0].time.chunks())) <= 512


def test_what_was_sent_under_calls_long_over_is_forgotten() -> None:
    """A task that outlives the receiver that began it leaves something behind; not without end."""
    tally = Tally()
    for at in range(1, 25_001):
        row: Row = (2 * at * STEP, (2 * at + 1) * STEP + 1, 0, 0, 0, at, 1, (0, 0, 1), None, {"task": "t"})
        tally.add_block(pack([row]))
    left = [span for span, *_ in tally.to_dict()["below"]]
    assert len(left) < 20_001
    assert max(left) == 50_001 * STEP + 1


@pytest.mark.parametrize("cut", [1, 100, 501])
def test_a_tally_carried_on_is_as_if_never_interrupted(cut: int) -> None:
    """The recorder tallies what it drops; the rest comes later, from a copy, perhaps out of a file."""
    rows = list(build_trace(*random_roots(7)).rows())
    whole = Tally()
    whole.add(rows)
    part = Tally()
    part.add(rows[:cut])
    rest = Tally.from_dict(part.to_dict())
    rest.add(rows[cut:])
    assert rest.to_dict() == whole.to_dict()


def test_a_copy_is_its_own() -> None:
    """Rendering a profile twice must not count anything twice."""
    tally = Tally()
    tally.add(rows_of_concurrent_calls())
    before = tally.to_dict()
    tally.copy().add(rows_of_concurrent_calls())
    assert tally.to_dict() == before


def test_a_shift_moves_times_and_nothing_else() -> None:
    """A saved trace counts from its own start."""
    tally = Tally()
    tally.add(rows_of_concurrent_calls())
    assert tally.copy(1_000).copy(-1_000).to_dict() == tally.to_dict()
    assert tally.copy(1_000).inside.chunks() == [(1_000, 1_030, 30)]
