"""Parents in sync code, in threads and across asgiref's hops."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from signaltrace.capture.recording import record
from tests.capture.kinds import Failure
from tests.capture.observing import METHODS, SYNC_METHODS, dispatch
from tests.capture.paths import aleaf, by_name, connected, leaf, paths

inner = connected(leaf)


@pytest.mark.parametrize("method", METHODS)
def test_a_dispatch_inside_a_receiver(method: str) -> None:
    """A nested dispatch belongs to the receiver that sent it; the next receiver has its own."""

    def first(**kwargs: Any) -> None:
        inner.send("one")
        inner.send("two")

    def second(**kwargs: Any) -> None:
        inner.send("three")

    async def third(**kwargs: Any) -> None:
        await inner.asend("four")

    with record() as recording:
        dispatch(connected(first, second, third), method, "outer")
        inner.send("afterwards")
    assert paths(recording.trace) == [
        "outer",
        "outer/first", "outer/first/one", "outer/first/one/leaf", "outer/first/two", "outer/first/two/leaf",
        "outer/second", "outer/second/three", "outer/second/three/leaf",
        "outer/third", "outer/third/four", "outer/third/four/leaf",
        "afterwards", "afterwards/leaf",
    ]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_recursion(method: str) -> None:
    """A signal sent from its own receiver nests as deep as it goes."""

    def again(depth: int, **kwargs: Any) -> None:
        if depth < 3:
            signal.send("again", depth=depth + 1)

    signal = connected(again)
    with record() as recording:
        dispatch(signal, method, "again", depth=0)
    assert paths(recording.trace)[-1] == "/".join(["again"] * 8)
    assert len(paths(recording.trace)) == 8


@pytest.mark.parametrize("method", METHODS)
def test_after_an_exception(method: str) -> None:
    """A receiver that raises is over: what follows, in the caller or the next receiver, is not inside it."""

    def fail(**kwargs: Any) -> None:
        inner.send("in fail")
        raise Failure

    async def afail(**kwargs: Any) -> None:
        inner.send("in afail")
        raise Failure

    with record() as recording:
        for receiver in (fail, afail):
            try:
                dispatch(connected(receiver), method, receiver.__name__)
            except Failure:
                inner.send("handling")
            inner.send("afterwards")
    found = [path for path in paths(recording.trace) if not path.endswith("leaf")]
    handled = [] if "robust" in method else ["handling"]
    assert found == [
        "fail", "fail/fail", "fail/fail/in fail", *handled, "afterwards",
        "afail", "afail/afail", "afail/afail/in afail", *handled, "afterwards",
    ]  # fmt: skip


@pytest.mark.parametrize("method", SYNC_METHODS)
def test_threads(method: str) -> None:
    """A thread given the context works for the receiver that started it; one without is its own root."""

    def start(**kwargs: Any) -> None:
        context = contextvars.copy_context()
        for target, args in ((context.run, (inner.send, "with context")), (inner.send, ("without",))):
            thread = threading.Thread(target=target, args=args, name=f"worker {args[-1]}")
            thread.start()
            thread.join()
        inner.send("afterwards")

    with record() as recording:
        dispatch(connected(start), method, "outer")
    found = [path for path in paths(recording.trace) if not path.endswith("leaf")]
    assert found == ["outer", "outer/start", "outer/start/with context", "outer/start/afterwards", "without"]
    threads = {name: span.thread for name, span in by_name(recording.trace).items()}
    assert (threads["with context"], threads["without"]) == ("worker with context", "worker without")
    assert threads["outer"] == "MainThread"


def test_threads_side_by_side() -> None:
    """Two threads that dispatch at once each have their own spans open."""
    barrier = threading.Barrier(2)

    def meet(**kwargs: Any) -> None:
        barrier.wait()
        inner.send(f"from {kwargs['sender']}")
        barrier.wait()

    signal = connected(meet)
    with record() as recording, ThreadPoolExecutor(2) as pool:
        list(pool.map(signal.send, ["a", "b"]))
    found = {path for path in paths(recording.trace) if not path.endswith("leaf")}
    assert found == {"a", "a/meet", "a/meet/from a", "b", "b/meet", "b/meet/from b"}


def test_hops_both_ways() -> None:
    """Each hop of asgiref's, there and back, finds its parent, and so does what follows it."""

    def bottom() -> None:
        inner.send("bottom")

    async def down() -> None:
        inner.send("in the loop")
        await sync_to_async(bottom)()
        inner.send("after the hop down")
        await sync_to_async(up)()
        inner.send("after both")

    def up() -> None:
        inner.send("before the hop up")
        async_to_sync(aup)()
        inner.send("after the hop up")

    async def aup() -> None:
        await inner.asend("up")

    def first(**kwargs: Any) -> None:
        async_to_sync(down)()
        inner.send("end of first")

    def second(**kwargs: Any) -> None:
        inner.send("in second")

    with record() as recording:
        connected(first, second).send("outer")
        inner.send("afterwards")
    assert [path for path in paths(recording.trace) if not path.endswith("leaf")] == [
        "outer",
        "outer/first",
        *(f"outer/first/{step}" for step in (
            "in the loop", "bottom", "after the hop down", "before the hop up", "up", "after the hop up",
            "after both", "end of first",
        )),
        "outer/second",
        "outer/second/in second",
        "afterwards",
    ]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_receivers_after_a_hop(method: str) -> None:
    """``asend`` runs sync receivers in a thread and async ones in the loop: all have the right parent."""

    def first(**kwargs: Any) -> None:
        async_to_sync(inner.asend)("by first")

    def second(**kwargs: Any) -> None:
        inner.send("by second")

    async def third(**kwargs: Any) -> None:
        await sync_to_async(inner.send)("by third")
        await inner.asend("by third again")

    both = connected(first, second, third)

    def nest(**kwargs: Any) -> None:
        both.send("sync")

    async def anest(**kwargs: Any) -> None:
        await both.asend("async")

    with record() as recording:
        dispatch(connected(nest, anest), method, "outer")
    trace = recording.trace
    expected = set()
    for way in ("outer/nest/sync", "outer/anest/async"):
        expected |= {f"{way}/first/by first", f"{way}/second/by second"}
        expected |= {f"{way}/third/by third", f"{way}/third/by third again"}
    assert expected <= set(paths(trace))
    assert len(trace.roots()) == 1


def test_several_hops_deep() -> None:
    """Five hops on top of each other, a dispatch at each level, and one on the way back up."""

    def level(depth: int) -> None:
        def receive(**kwargs: Any) -> None:
            if depth < 5:
                async_to_sync(deeper)()
            inner.send(f"back {depth}")

        async def deeper() -> None:
            await sync_to_async(level)(depth + 1)

        receive.__qualname__ = f"r{depth}"
        connected(receive).send(f"s{depth}")

    with record() as recording:
        level(1)
    found = set(paths(recording.trace))
    for deepest in range(1, 6):
        way = "/".join(f"s{depth}/r{depth}" for depth in range(1, deepest + 1))
        assert f"{way}/back {deepest}" in found
    assert len(recording.trace.roots()) == 1


def test_a_loop_inside_a_receiver() -> None:
    """``asyncio.run`` in a sync receiver: what its tasks send belongs to the receiver."""
    target = connected(leaf, aleaf)

    async def task(number: int) -> None:
        await asyncio.sleep(0)
        await target.asend(f"task {number}")

    async def main() -> None:
        await asyncio.gather(*(task(number) for number in range(3)))
        inner.send("in main")

    def receive(**kwargs: Any) -> None:
        asyncio.run(main())
        inner.send("after the loop")

    with record() as recording:
        connected(receive).send("outer")
    found = [path for path in paths(recording.trace) if not path.endswith("leaf")]
    assert sorted(found) == [
        "outer", "outer/receive", "outer/receive/after the loop", "outer/receive/in main",
        "outer/receive/task 0", "outer/receive/task 1", "outer/receive/task 2",
    ]  # fmt: skip
