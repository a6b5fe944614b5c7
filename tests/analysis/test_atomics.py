"""Which atomic blocks a dispatch was in, and what undid what it told of."""

from __future__ import annotations

from typing import Any

from signaltrace.analysis.atomics import _blocks, alias_of, blocks_of, depth_of, rollback_of
from signaltrace.analysis.remarks import once
from signaltrace.event import Event
from signaltrace.rows import STEP
from signaltrace.testing import Sent, build_trace, sent
from signaltrace.trace import Trace
from tests.probed_samples import event, transacted

SAVED = "django.db.models.signals.post_save"


def block(begin: float, end: float, alias: str = "default", depth: int = 1, thread: int = 0) -> Event:
    """An atomic block around the dispatches that are numbered between these two."""
    data = {"alias": alias, "depth": depth, "savepoint": False, "durable": False, "outcome": "committed"}
    return Event("atomic", int(begin * STEP), int(end * STEP), 0, thread, 0, 0, 0, (), data)


def undone(
    begin: float, end: float, alias: str = "default", to: str = "transaction", thread: int = 0
) -> Event:
    """A rollback of what is numbered between these two."""
    data = {"alias": alias, "to": to, "why": ""}
    return Event("rollback", int(begin * STEP), int(end * STEP), 0, thread, 0, 0, 0, (), data)


def saved(**facts: Any) -> Sent:
    """A dispatch of a saved order, in a thread of its own where that is said."""
    arguments = {"instance": "shop.Order", **facts.pop("arguments", {})}
    return sent(SAVED, "shop.Order", arguments=arguments, **facts)


def depths(trace: Trace) -> list[dict[str, int]]:
    """Of every dispatch, in order."""
    return [depth_of(trace, row) for row in sorted(trace.rows())]


def begins(trace: Trace) -> list[int | None]:
    """Where what undid each dispatch begins; None for what stood."""
    events = [rollback_of(trace, row) for row in sorted(trace.rows())]
    return [None if each is None else each.id // (STEP // 2) for each in events]


def test_blocks_around_a_dispatch() -> None:
    """A block holds what was sent between its ends, and nothing before or after; outermost first."""
    outer, inner = block(1.5, 5.5), block(2.5, 3.5, depth=2)
    trace = build_trace(*[saved() for _ in range(6)], events=[inner, outer])
    assert depths(trace) == [{}, {"default": 1}, {"default": 2}, {"default": 1}, {"default": 1}, {}]
    rows = sorted(trace.rows())
    assert blocks_of(trace, rows[2]) == [outer, inner]
    assert blocks_of(trace, rows[5]) == []


def test_blocks_beside_each_other() -> None:
    """Many that have ended lie between a dispatch and the block it is in."""
    events = [block(0.5, 9.5), *[block(each + 0.6, each + 0.8, depth=2) for each in range(8)]]
    trace = build_trace(*[saved() for _ in range(9)], events=events)
    assert depths(trace) == [{"default": 1}] * 9


def test_another_database_is_not_the_models() -> None:
    """A signal of a model knows its database by `using`; what is undone elsewhere left it standing."""
    trace = build_trace(
        saved(), saved(arguments={"using": "archive"}), sent("shop.signals.paid"),
        events=[block(0.5, 9.5), block(0.6, 9.4, "archive"), undone(0.6, 9.4, "archive")],
    )  # fmt: skip
    assert depths(trace) == [{"default": 1}, {"archive": 1}, {"default": 1, "archive": 1}]
    assert begins(trace) == [None, 1, 1]


def test_a_model_of_unknown_database_is_undone_by_nothing() -> None:
    """Without its arguments a model's signal may be about any of several: no rollback is said to be its."""
    several = [block(0.5, 2.5), undone(0.5, 2.4), block(0.6, 2.3, "archive")]
    trace = build_trace(sent(SAVED, "shop.Order"), events=several)
    (row,) = trace.rows()
    assert (alias_of(trace, row), blocks_of(trace, row), rollback_of(trace, row)) == ("", [], None)


def test_where_there_is_one_database_it_is_about_that() -> None:
    """Arguments need not be recorded to know it."""
    trace = build_trace(sent(SAVED, "shop.Order"), events=[block(0.5, 2.5), undone(0.5, 2.4)])
    assert depths(trace) == [{"default": 1}]
    assert begins(trace) == [1]


def test_another_thread_is_another_connection() -> None:
    """Ids are drawn by all threads; blocks belong to one."""
    trace = build_trace(
        saved(thread="A"), saved(thread="B"), events=[block(0.5, 9.5, thread=1), undone(0.5, 9.4, thread=1)]
    )
    assert depths(trace) == [{}, {"default": 1}]
    assert begins(trace) == [None, 1]


def test_the_first_rollback_is_what_undid_it() -> None:
    """A savepoint's rollback comes before that of the transaction around it."""
    events = [undone(0.5, 5.5), undone(1.5, 3.5, to="savepoint"), undone(1.5, 2.5, to="savepoint")]
    trace = build_trace(*[saved() for _ in range(6)], events=events)
    told = [rollback_of(trace, row) for row in sorted(trace.rows())]
    assert told == [events[0], events[2], events[1], events[0], events[0], None]


def test_inside_a_block_that_committed_to_a_block_that_did_not() -> None:
    """A released savepoint is no commit."""
    trace = build_trace(saved(), events=[block(0.6, 1.5, depth=2), block(0.5, 2.5), undone(0.5, 2.5)])
    assert begins(trace) == [1]


class Counting(list[Event]):
    """Counts how many events are looked at."""

    looks = 0

    def __getitem__(self, at: Any) -> Any:
        self.looks += 1
        return super().__getitem__(at)


def test_many_blocks_beside_each_other_are_not_looked_through() -> None:
    """To find the blocks of a dispatch takes as many steps as blocks are nested, not as many as there are."""
    count = 1_000
    events = [block(0.2, count + 1), *[block(at + 0.5, at + 1.5, depth=2) for at in range(count)]]
    trace = build_trace(*[saved() for _ in range(count)], events=events)
    nested = once(trace, _blocks)[0]["default"]
    nested._events = counting = Counting(nested._events)
    assert depths(trace) == [{"default": 2}] * count
    assert counting.looks == 2 * count


def test_no_events() -> None:
    """A trace without the probe says nothing."""
    trace = build_trace(saved())
    assert (depths(trace), begins(trace)) == ([{}], [None])


def test_a_callback_is_about_the_database_it_waited_for() -> None:
    """A block on another one, rolled back around it, undid nothing of its own."""
    trace = transacted()
    (row,) = [each for each in trace.rows() if trace.routes[each[2]][0] == "on_commit"]
    facts = {"alias": "archive", "to": "transaction", "why": ""}
    trace.events = [event("rollback", row[0] - 8, last=row[0] + 8, data=facts)]
    assert (alias_of(trace, row), rollback_of(trace, row)) == ("default", None)
