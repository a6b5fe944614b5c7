"""What must be exact whatever the load, in a small size: nothing lost, no wrong parent, bounded memory."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.dispatch import Signal

from signaltrace.analysis.profile import profile
from signaltrace.analysis.selection import Selection
from signaltrace.capture.recorder import PACK_AT, PACK_INSIDE_AT
from signaltrace.capture.recording import record
from signaltrace.rows import FIXED
from signaltrace.storage import load, save, to_text
from tests.capture.paths import connected, leaf, paths
from tests.load.crowd import Crowd, Watcher, differences, expected_of_tasks, expected_of_threads

THREADS, DISPATCHES, TASKS = 32, 50, 1_000


@pytest.mark.parametrize("inside", [False, True], ids=["apart", "inside a receiver"])
@pytest.mark.parametrize("snapshots", [0, 3])
def test_threads_lose_nothing_and_mix_nothing_up(snapshots: int, inside: bool) -> None:
    """Every dispatch of every thread once, under its own parent; also while traces are taken meanwhile."""
    crowd = Crowd()
    with record() as recording:
        watcher = Watcher(recording, snapshots)
        crowd.threads(THREADS, DISPATCHES, watcher, inside)
    expected = expected_of_threads(THREADS, DISPATCHES)
    assert differences(recording.trace, expected, THREADS, DISPATCHES) == []
    assert watcher.found == []
    counts = (2 * THREADS * DISPATCHES + inside, 3 * THREADS * DISPATCHES + inside)
    assert tuple(recording.progress()[:2]) == counts


def test_tasks_lose_nothing_and_mix_nothing_up() -> None:
    """A thousand tasks on one loop that await in mid-receiver: each dispatch has its own parent."""
    crowd = Crowd()
    with record() as recording:
        watcher = Watcher(recording, 2)
        asyncio.run(crowd.tasks(TASKS, 2, watcher))
    assert differences(recording.trace, expected_of_tasks(TASKS, 2), TASKS, 2) == []
    assert watcher.found == []
    assert watcher.snapshots == 2


@pytest.mark.parametrize("inside", [False, True], ids=["roots", "under one call"])
def test_the_limit_bounds_blocks_and_loses_no_count(inside: bool) -> None:
    """A hundred times the limit: what is kept is the limit, the profile counts all the calls there were."""
    limit, dispatches = 1_000, 20_000
    noops: list[Callable[..., None]] = [lambda **kwargs: None for _ in range(5)]
    signal = connected(*noops)

    def send(**kwargs: Any) -> None:
        for _ in range(dispatches):
            signal.send(None)

    around = connected(send)
    with record(limit=limit) as recording:
        around.send(None) if inside else send()
        held = list(recording._blocks)
    trace = recording.trace
    spans = [1 + len(row[7]) // 3 for row in trace.rows()]
    more = 2 if inside else 0  # the dispatch around them and its one call
    assert set(spans) <= {6, 2}
    assert limit - 6 < sum(spans) <= limit
    assert sum(spans) + trace.dropped == 6 * dispatches + more
    assert sum(row.ncalls for row in profile(trace, Selection()).receivers) == 5 * dispatches + more // 2
    # Packed when there are so many atoms; one block more than the limit stays, to be cut in the end.
    spans_in_block = 6 * (-(-(PACK_INSIDE_AT if inside else PACK_AT) // (FIXED + 3 * 5)))
    assert len(held) <= 2 + limit // spans_in_block
    assert sum(map(len, held)) <= 45 * (limit + 2 * spans_in_block)
    assert sum(map(len, trace.blocks)) <= 45 * limit


def test_a_large_trace_is_saved_piece_by_piece_as_it_would_be_whole(tmp_path: Path) -> None:
    """Pieces are joined where rows end: whatever their number, the file reads back as the same trace."""
    signal = connected(leaf)
    for dispatches in (0, 1, 999, 1_000, 1_001, 2_000):
        with record() as recording:
            for number in range(dispatches):
                signal.send(None, number=number)
        save(recording.trace, tmp_path / "trace.json")
        assert (tmp_path / "trace.json").read_text(encoding="ascii") == to_text(recording.trace) + "\n"
        again = load(tmp_path / "trace.json")
        assert again == recording.trace
        assert [row[8] for row in again.rows()] == [("number", number) for number in range(dispatches)]


# -- how a thread was begun ----------------------------------------------------------------------------

inner = connected(leaf)
INHERITS = bool(getattr(sys.flags, "thread_inherit_context", False))
"""Python 3.14 can give a new thread a copy of the context it was begun in."""


def send_inner() -> None:
    """What is sent from wherever it is."""
    inner.send("inner")


def in_a_thread(work: Callable[..., Any], *given: Any) -> None:
    """Run to its end in a new thread."""
    thread = threading.Thread(target=work, args=given)
    thread.start()
    thread.join()


def in_a_pool(work: Callable[..., Any], *given: Any) -> None:
    """Run to its end in the thread of a pool."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, *given).result()


def called() -> None:
    send_inner()


def in_an_empty_context() -> None:
    contextvars.Context().run(send_inner)


def in_a_copied_context() -> None:
    contextvars.copy_context().run(send_inner)


def in_a_new_thread() -> None:
    in_a_thread(send_inner)


def in_a_thread_with_an_empty_context() -> None:
    in_a_thread(contextvars.Context().run, send_inner)


def in_a_thread_with_a_copied_context() -> None:
    in_a_thread(contextvars.copy_context().run, send_inner)


def in_a_new_pool() -> None:
    in_a_pool(send_inner)


def in_a_pool_with_a_copied_context() -> None:
    in_a_pool(contextvars.copy_context().run, send_inner)


def in_a_thread_that_begins_a_thread() -> None:
    in_a_thread(contextvars.copy_context().run, in_a_thread_with_a_copied_context)


async def to_thread() -> None:
    await asyncio.to_thread(send_inner)


async def by_sync_to_async() -> None:
    await sync_to_async(send_inner)()


async def by_sync_to_async_in_any_thread() -> None:
    await sync_to_async(send_inner, thread_sensitive=False)()


async def in_the_executor_of_the_loop() -> None:
    await asyncio.get_running_loop().run_in_executor(None, send_inner)


async def in_the_executor_with_a_copied_context() -> None:
    await asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, send_inner)


async def in_a_task() -> None:
    await asyncio.create_task(to_thread())


async def in_a_task_with_an_empty_context() -> None:
    await asyncio.create_task(to_thread(), context=contextvars.Context())


BELOW = [
    called,
    in_a_copied_context,
    in_a_thread_with_a_copied_context,
    in_a_pool_with_a_copied_context,
    in_a_thread_that_begins_a_thread,
    to_thread,
    by_sync_to_async,
    by_sync_to_async_in_any_thread,
    in_the_executor_with_a_copied_context,
    in_a_task,
]
APART = [
    in_an_empty_context,
    in_a_thread_with_an_empty_context,
    in_the_executor_of_the_loop,
    in_a_task_with_an_empty_context,
]


@pytest.mark.parametrize(
    ("way", "below"),
    [
        *((way, True) for way in BELOW),
        *((way, False) for way in APART),
        *((way, INHERITS) for way in (in_a_new_thread, in_a_new_pool)),
    ],
)
def test_what_a_receiver_sends_elsewhere_is_below_it_where_its_context_went(
    way: Callable[[], Any], below: bool
) -> None:
    """A thread or task with the receiver's context is inside it; one without any begins anew."""
    signal = receiver_that_runs(way)
    with record() as recording:
        for _ in range(2):  # the second finds what the first left in threads that are used again
            asyncio.run(signal.asend("outer")) if inspect.iscoroutinefunction(way) else signal.send("outer")
    sent = ["outer/receive/inner", "outer/receive/inner/leaf"] if below else ["inner", "inner/leaf"]
    assert Counter(paths(recording.trace)) == Counter(["outer", "outer/receive", *sent] * 2)


def receiver_that_runs(way: Callable[[], Any]) -> Signal:
    """A signal with one receiver, ``receive``, that goes this way."""
    if inspect.iscoroutinefunction(way):

        async def receive(**kwargs: Any) -> None:
            await way()

        return connected(receive)

    def receive(**kwargs: Any) -> None:  # type: ignore[no-redef]
        way()

    return connected(receive)
