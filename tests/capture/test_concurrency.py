"""Parents and times where tasks interleave: each step of a coroutine runs in its own span."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from signaltrace.capture.cells import Cell
from signaltrace.capture.recording import record
from signaltrace.testing import FakeClock
from tests.capture.observing import METHODS, dispatch
from tests.capture.paths import aleaf, by_name, connected, leaf, paths

inner = connected(leaf)
ainner = connected(aleaf)


class Turns:
    """Lets coroutines go on in one order only, given as who is next."""

    def __init__(self, *order: str) -> None:
        self._left = list(order)

    async def take(self, who: str) -> None:
        """Wait until it is the turn of ``who``."""
        while self._left[0] != who:  # noqa: ASYNC110 - whose turn it is changes at every step
            await asyncio.sleep(0)
        del self._left[0]


@pytest.mark.parametrize("method", METHODS)
def test_three_receivers_that_interleave(method: str) -> None:
    """Async receivers of one dispatch that take turns each keep their own nested dispatches."""
    turns = Turns(*"abcbacabc")

    def receiver(who: str) -> Any:
        async def receive(**kwargs: Any) -> None:
            await turns.take(who)
            inner.send(f"{who} first")
            await turns.take(who)
            await ainner.asend(f"{who} second")
            await turns.take(who)
            await sync_to_async(inner.send, thread_sensitive=False)(f"{who} third")

        receive.__qualname__ = who
        return receive

    with record() as recording:
        dispatch(connected(*map(receiver, "abc")), method, "outer")
    found = sorted(path for path in paths(recording.trace) if not path.endswith("leaf"))
    steps = ("first", "second", "third")
    assert found == sorted(
        [
            "outer",
            *(f"outer/{who}" for who in "abc"),
            *(f"outer/{who}/{who} {step}" for who in "abc" for step in steps),
        ]
    )


def test_two_dispatches_that_interleave() -> None:
    """Two tasks that dispatch in turns: neither's receivers are inside the other's."""
    turns = Turns("a", "b", "a", "b", "b", "a")

    async def receive(sender: str, **kwargs: Any) -> None:
        await turns.take(sender)
        inner.send(f"{sender} one")
        await turns.take(sender)
        await ainner.asend(f"{sender} two")
        await turns.take(sender)

    signal = connected(receive)

    async def main() -> None:
        await asyncio.gather(signal.asend("a"), signal.asend("b"))

    with record() as recording:
        asyncio.run(main())
    assert sorted(path for path in paths(recording.trace) if not path.endswith("leaf")) == [
        "a", "a/receive", "a/receive/a one", "a/receive/a two",
        "b", "b/receive", "b/receive/b one", "b/receive/b two",
    ]  # fmt: skip


def test_tasks_that_hop_to_threads_while_the_loop_dispatches() -> None:
    """Spans open in worker threads are not those of the loop's thread, whoever ends first."""
    arrived, go_on = threading.Barrier(3), threading.Event()

    def wait(sender: str, **kwargs: Any) -> None:
        arrived.wait()
        go_on.wait()
        inner.send(f"{sender} in its thread")

    signal = connected(wait)
    send = sync_to_async(signal.send, thread_sensitive=False)

    async def main() -> None:
        tasks = [asyncio.create_task(send(name)) for name in ("a", "b")]
        await asyncio.to_thread(arrived.wait)
        inner.send("from the loop")
        await ainner.asend("from the loop, async")
        go_on.set()
        await asyncio.gather(*tasks)
        inner.send("at the end")

    with record() as recording:
        asyncio.run(main())
    assert sorted(path for path in paths(recording.trace) if not path.endswith("leaf")) == [
        "a", "a/wait", "a/wait/a in its thread", "at the end",
        "b", "b/wait", "b/wait/b in its thread", "from the loop", "from the loop, async",
    ]  # fmt: skip


def test_tasks_made_by_receivers() -> None:
    """A task belongs to the receiver that made it, also when that has long ended and others run."""
    release: asyncio.Event
    tasks: list[asyncio.Task[None]] = []

    async def work(who: str) -> None:
        await release.wait()
        inner.send(f"for {who}")
        await ainner.asend(f"async for {who}")

    def sync_maker(**kwargs: Any) -> None:
        tasks.append(asyncio.get_running_loop().create_task(work("sync_maker")))

    async def async_maker(**kwargs: Any) -> None:
        tasks.append(asyncio.create_task(work("async_maker")))

    async def late(**kwargs: Any) -> None:
        release.set()
        await asyncio.gather(*tasks)

    async def main() -> None:
        nonlocal release
        release = asyncio.Event()
        connected(sync_maker).send("sync")
        await connected(async_maker).asend("async")
        await connected(late).asend("late")

    with record() as recording:
        asyncio.run(main())
    assert [path for path in paths(recording.trace) if not path.endswith("leaf")] == [
        "sync", "sync/sync_maker", "sync/sync_maker/for sync_maker", "sync/sync_maker/async for sync_maker",
        "async", "async/async_maker",
        "async/async_maker/for async_maker", "async/async_maker/async for async_maker",
        "late", "late/late",
    ]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_callbacks_of_the_loop(method: str) -> None:
    """``call_soon`` keeps the context it was called in, so what it sends has that parent."""

    async def receive(**kwargs: Any) -> None:
        done = asyncio.Event()

        def later() -> None:
            inner.send("later")
            done.set()

        asyncio.get_running_loop().call_soon(later)
        contextvars.Context().run(asyncio.get_running_loop().call_soon, inner.send, "apart")
        await done.wait()

    with record() as recording:
        dispatch(connected(receive), method, "outer")
    found = sorted(path for path in paths(recording.trace) if not path.endswith("leaf"))
    assert found == ["apart", "outer", "outer/receive", "outer/receive/later"]


def test_busy_time() -> None:
    """An async receiver's busy time is the time it ran; its duration includes what it waited for."""
    clock = FakeClock()
    turns = Turns("a", "b", "a", "b")

    async def receive(who: str, first: int, second: int) -> None:
        clock.advance(first)
        await turns.take(who)
        await turns.take(who)
        clock.advance(second)

    async def a(**kwargs: Any) -> None:
        await receive("a", 1_000, 20)

    async def b(**kwargs: Any) -> None:
        await receive("b", 300, 4_000)

    def c(**kwargs: Any) -> None:
        clock.advance(50_000)

    with record(clock=clock) as recording:
        connected(a, b).send("async only")
        connected(c).send("sync")
    spans = by_name(recording.trace)
    assert (spans["a"].busy_ns, spans["b"].busy_ns, spans["c"].busy_ns) == (1_020, 4_300, None)
    assert (spans["a"].duration_ns, spans["b"].duration_ns) == (1_320, 4_320)
    assert spans["async only"].duration_ns == 5_320
    assert (spans["c"].duration_ns, spans["sync"].duration_ns) == (50_000, 50_000)


def test_the_task_of_a_dispatch_is_named() -> None:
    """A dispatch in a task tells its name; the thread is the one a receiver ran in."""

    async def main() -> None:
        await asyncio.create_task(connected(leaf, aleaf).asend("outer"), name="the task")

    with record() as recording:
        asyncio.run(main())
    spans = by_name(recording.trace)
    assert (spans["outer"].task, spans["outer"].thread) == ("the task", "MainThread")
    assert spans["leaf"].thread != "MainThread"
    assert spans["aleaf"].thread == "MainThread"


def test_receivers_left_running() -> None:
    """An async receiver that outlives its failed dispatch is recorded when it ends, not as never called."""

    async def fail(**kwargs: Any) -> None:
        raise ValueError("at once")

    async def slow(**kwargs: Any) -> None:
        try:
            await release.wait()
        finally:
            ended.set()

    release: asyncio.Event
    ended: asyncio.Event

    async def main() -> None:
        nonlocal release, ended
        release, ended = asyncio.Event(), asyncio.Event()
        with pytest.raises(ValueError, match="at once"):
            await connected(slow, fail).asend("outer")
        release.set()
        await ended.wait()
        await asyncio.sleep(0)

    with record() as recording:
        asyncio.run(main())
    spans = by_name(recording.trace)
    assert (spans["outer"].outcome, spans["fail"].outcome) == ("raised", "raised")
    # Django 6.1 cancels it, before that it runs on.
    assert spans["slow"].outcome in ("ok", "raised")
    assert spans["outer"].not_called == ()


def test_a_context_handed_on_for_ever_holds_no_more_of_its_past() -> None:
    """From thread to thread, a call open in each: what leads back is cut off after a thousand hops."""
    cell = Cell(1, 5)
    for thread in range(2, 5_000):
        cell = Cell(thread, 5, cell)
    chain = 0
    step = cell.origin
    while step is not None:
        step, chain = step.origin, chain + 1
    assert chain <= 1_000
