"""Whose dispatches a mute is about: its own context's and what inherits that, for as long as it lasts."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal

from signaltrace.capture import mutes
from signaltrace.capture.patch import install, installed, uninstall
from signaltrace.capture.recording import record
from signaltrace.errors import SignaltraceError
from signaltrace.muting import mute
from signaltrace.testing import FakeClock
from tests.capture.observing import METHODS

pytestmark = pytest.mark.usefixtures("unnamed_signals")


def one(**kwargs: Any) -> int:
    """A receiver."""
    return 1


def two(**kwargs: Any) -> int:
    """Another one."""
    return 2


async def three(**kwargs: Any) -> int:
    """An async one."""
    return 3


@pytest.fixture
def signal() -> Signal:
    """A signal that all three hear."""
    signal = Signal()
    for each in (one, two, three):
        signal.connect(each)
    return signal


@pytest.fixture(autouse=True)
def _none_left() -> Iterator[None]:
    """No mute outlives its test, in the process or in the context."""
    yield
    assert (dict(mutes.IN_FORCE), mutes.MUTES.get()) == ({}, ())


@pytest.fixture(params=[False, True], ids=["alone", "recorded"])
def recorded(request: pytest.FixtureRequest) -> bool:
    """With a recording under way and without one."""
    return bool(request.param)


@pytest.fixture(autouse=True)
def _maybe_recorded(request: pytest.FixtureRequest) -> Iterator[None]:
    if "recorded" in request.fixturenames and request.getfixturevalue("recorded"):
        with record() as recording:
            yield
        assert recording.trace.faults == []
    else:
        yield


def heard(signal: Signal) -> list[Any]:
    """The responses to a dispatch that is sent here."""
    return [response for _, response in signal.send(None)]


async def aheard(signal: Signal, method: str = "asend") -> list[Any]:
    """The same from a coroutine."""
    return [response for _, response in await getattr(signal, method)(None)]


def in_a_thread(call: Callable[[], Any]) -> Any:
    """What a call gives in a thread of its own, with a context of its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: contextvars.Context().run(lambda: found.append(call())))
    thread.start()
    thread.join()
    return found[0]


def test_muted_here_and_called_in_another_thread(signal: Signal, recorded: bool) -> None:
    """A thread that was there before knows nothing of it: a server beside the test goes on."""
    with mute(one):
        assert heard(signal) == [2, 3]
        assert in_a_thread(lambda: heard(signal)) == [1, 2, 3]
    assert heard(signal) == [1, 2, 3]


@pytest.mark.parametrize("method", METHODS[2:])
def test_another_task_still_calls_it(signal: Signal, method: str, recorded: bool) -> None:
    """Two tasks at the same time, one of them muting: each is told what it asked for."""

    async def muting(turn: asyncio.Event, other: asyncio.Event) -> list[Any]:
        async with mute(three):
            turn.set()
            await other.wait()
            return await aheard(signal, method)

    async def main() -> None:
        turn, other = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(muting(turn, other))
        await turn.wait()
        assert await aheard(signal, method) == [1, 2, 3]
        other.set()
        assert await task == [1, 2]
        assert await aheard(signal, method) == [1, 2, 3]

    asyncio.run(main())


def test_tasks_threads_and_loops_below_inherit_it(signal: Signal, recorded: bool) -> None:
    """What is started inside, or called over a hop, runs in a copy of the context: muted as here."""

    async def main() -> list[list[Any]]:
        with mute(one):
            task = asyncio.create_task(aheard(signal))
            hop = await sync_to_async(heard)(signal)
            back = await sync_to_async(lambda: async_to_sync(aheard)(signal))()
            thread = await asyncio.to_thread(heard, signal)
            return [await task, hop, back, thread]

    assert asyncio.run(main()) == [[2, 3]] * 4
    with mute(one):
        assert async_to_sync(aheard)(signal) == [2, 3]
        assert asyncio.run(aheard(signal)) == [2, 3]
    assert heard(signal) == [1, 2, 3]


def test_a_mute_that_ended_holds_nowhere(signal: Signal, recorded: bool) -> None:
    """A task that outlives the block carries its context on, and calls the receiver again."""

    async def outliving(sent: asyncio.Event, ended: asyncio.Event) -> list[list[Any]]:
        before = await aheard(signal)
        sent.set()
        await ended.wait()
        return [before, await aheard(signal)]

    async def main() -> list[list[Any]]:
        sent, ended = asyncio.Event(), asyncio.Event()
        with mute(one):
            task = asyncio.create_task(outliving(sent, ended))
            await sent.wait()
        ended.set()
        return await task

    assert asyncio.run(main()) == [[2, 3], [1, 2, 3]]
    copied: list[contextvars.Context] = []
    with mute(one):
        copied.append(contextvars.copy_context())
        assert copied[0].run(heard, signal) == [2, 3]
    assert copied[0].run(heard, signal) == [1, 2, 3]


def test_mutes_nest_and_end_in_any_order(signal: Signal, recorded: bool) -> None:
    """Each takes back its own: what the others said stands."""
    first, second, third = mute(one), mute(two), mute(three)
    for each in (first, second, third):
        each.__enter__()
    assert heard(signal) == []
    second.__exit__(None, None, None)
    assert heard(signal) == [2]
    first.__exit__(None, None, None)
    assert heard(signal) == [1, 2]
    third.__exit__(None, None, None)
    assert heard(signal) == [1, 2, 3]


def test_the_same_twice(signal: Signal, recorded: bool) -> None:
    """One mute may be entered again, inside itself or later, and needs as many ends."""
    muting = mute(one)
    with muting:
        with muting:
            assert heard(signal) == [2, 3]
        assert heard(signal) == [2, 3]
    assert heard(signal) == [1, 2, 3]
    with muting:
        assert heard(signal) == [2, 3]
    with pytest.raises(SignaltraceError, match="never begun, or has ended"):
        muting.__exit__(None, None, None)


def test_threads_that_share_one(signal: Signal) -> None:
    """Each thread ends what it began, whichever began last."""
    muting = mute(one)
    inside, go_on = threading.Event(), threading.Event()
    found: list[Any] = []

    def other() -> None:
        with muting:
            inside.set()
            go_on.wait()
            found.append(heard(signal))
        found.append(heard(signal))

    thread = threading.Thread(target=other)
    with muting:
        thread.start()
        inside.wait()
    assert heard(signal) == [1, 2, 3]
    go_on.set()
    thread.join()
    assert found == [[2, 3], [1, 2, 3]]


def test_it_survives_exceptions(signal: Signal, recorded: bool) -> None:
    """An exception through the block ends the mute, and is the same that was raised."""
    error = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as caught, mute(one):
        raise error
    assert caught.value is error
    assert heard(signal) == [1, 2, 3]


def test_ended_in_another_context_than_it_was_begun_in(signal: Signal, recorded: bool) -> None:
    """As fixtures are: what is left of it in the first context mutes nobody, and is swept up."""
    muting, context = mute(one), contextvars.copy_context()
    context.run(muting.__enter__)
    assert context.run(heard, signal) == [2, 3]
    assert heard(signal) == [1, 2, 3]
    muting.__exit__(None, None, None)
    assert context.run(heard, signal) == [1, 2, 3]
    other = mute(two)
    context.run(other.__enter__)
    assert len(context[mutes.MUTES]) == 1
    context.run(other.__exit__, None, None, None)
    assert context[mutes.MUTES] == ()


def test_a_task_that_shares_the_context_after_the_first_is_done(signal: Signal) -> None:
    """Async fixtures run in tasks of their own on one context, before the test: theirs reaches it."""
    muting, context = mute(one), contextvars.copy_context()
    tasks: list[asyncio.Task[Any]] = []

    async def apart(coroutine: Any) -> Any:
        tasks.append(asyncio.create_task(coroutine, context=context))
        return await tasks[-1]

    async def main() -> None:
        await apart(muting.__aenter__())
        assert await apart(aheard(signal)) == [2, 3]
        await apart(muting.__aexit__(None, None, None))
        assert await apart(aheard(signal)) == [1, 2, 3]

    asyncio.run(main())


def test_siblings_are_not_muted(recorded: bool) -> None:
    """An async receiver that mutes and waits mutes itself, what it starts and calls, and no sibling of
    its: since Django 6.1 they share one context."""
    inner, found = Signal(), {}
    for each in (one, two, three):
        inner.connect(each)
    muted, looked = asyncio.Event(), asyncio.Event()

    async def muting(**kwargs: Any) -> None:
        async with mute(one):
            muted.set()
            await looked.wait()
            found["itself"] = await aheard(inner)
            found["its task"] = await asyncio.create_task(aheard(inner))
            found["its hop"] = await sync_to_async(heard)(inner)
        found["afterwards"] = await aheard(inner)

    async def beside(**kwargs: Any) -> None:
        await muted.wait()
        found["the sibling"] = await aheard(inner)
        if recorded:  # else there is no telling whose the copies of the context are
            found["its hop, beside"] = await sync_to_async(heard)(inner)
            found["its task, beside"] = await asyncio.create_task(aheard(inner))
        looked.set()

    outer = Signal()
    for receiver in (muting, beside):
        outer.connect(receiver)

    async def main() -> None:
        await outer.asend(None)
        found["the sender"] = await aheard(inner)

    asyncio.run(main())
    assert {name for name, responses in found.items() if responses == [2, 3]} == {
        "itself", "its task", "its hop",
    }  # fmt: skip
    assert all(responses == [1, 2, 3] for responses in found.values() if responses != [2, 3])
    assert len(found) == (8 if recorded else 6)


def test_everywhere_means_all_threads_and_tasks(signal: Signal, recorded: bool) -> None:
    """For a whole run: whoever sends, until it ends."""

    async def main() -> list[Any]:
        return await asyncio.create_task(aheard(signal))

    with mute(one, everywhere=True):
        assert heard(signal) == [2, 3]
        assert in_a_thread(lambda: heard(signal)) == [2, 3]
        assert in_a_thread(lambda: asyncio.run(main())) == [2, 3]
        with mute(two):
            assert heard(signal) == [3]
        assert heard(signal) == [2, 3]
    assert in_a_thread(lambda: heard(signal)) == [1, 2, 3]


def test_connected_and_disconnected_meanwhile(signal: Signal, recorded: bool) -> None:
    """Who is connected is Django's to say at each dispatch, who is muted is ours."""
    signal.disconnect(one)
    with mute(one):
        signal.connect(one)
        assert heard(signal) == [2, 3]
        signal.disconnect(two)
        assert heard(signal) == [3]
    assert heard(signal) == [1, 3]


def test_signal_is_patched_only_meanwhile(signal: Signal) -> None:
    """Without a recording a mute brings the patch and takes it along; inside one it joins that."""
    assert not installed()
    with mute(one):
        assert installed()
        with record():
            assert heard(signal) == [2, 3]
        assert heard(signal) == [2, 3]
    assert not installed()
    with record(clock=FakeClock()), mute(one):
        assert heard(signal) == [2, 3]


def test_the_way_of_dispatches_is_as_before() -> None:
    """A recording that had mutes is as quick after them as before; whoever patches anew begins right."""
    with record():
        recorder = install()
        ways = [recorder.detour]
        with mute(one), mute(two):
            ways.append(recorder.detour)
        ways.append(recorder.detour)
        uninstall()
    assert ways == [False, True, False]
    assert recorder.detour


def test_nothing_is_kept_alive(recorded: bool) -> None:
    """A context that carries a mute on carries no receiver: what it named is let go when it ends."""

    def short_lived(**kwargs: Any) -> None:
        """Gone with its last reference."""

    watched = weakref.ref(short_lived)
    with mute(short_lived):
        context = contextvars.copy_context()
        del short_lived
        assert watched() is not None
    gc.collect()
    assert watched() is None
    assert len(context[mutes.MUTES]) == 1


def test_another_clock_can_not_come_later(signal: Signal) -> None:
    """A recording with a clock of its own is to begin first, and says so."""
    with mute(one), pytest.raises(SignaltraceError, match="recording or mute with another clock"):
        record(clock=FakeClock()).start()
    assert not installed()


def test_a_mute_that_cannot_begin_leaves_nothing(monkeypatch: pytest.MonkeyPatch, signal: Signal) -> None:
    """A fault of ours at its beginning is the caller's to know."""

    def fail(mute: Any) -> None:
        raise RuntimeError("ours")

    with monkeypatch.context() as patched:
        patched.setattr(mutes, "begin", fail)
        with pytest.raises(RuntimeError, match="ours"), mute(one):
            raise AssertionError
    assert not installed()


def test_a_fault_of_ours_calls_the_receiver(monkeypatch: pytest.MonkeyPatch, signal: Signal) -> None:
    """Where we can't decide the receiver runs, and the fault is counted."""

    def fail(*args: Any) -> bool:
        raise RuntimeError("ours")

    with record() as recording, mute(one):
        with monkeypatch.context() as patched:
            patched.setattr("signaltrace.muting._among", fail)
            assert heard(signal) == [1, 2, 3]
        assert heard(signal) == [2, 3]
    assert [(each.where, each.message, each.count) for each in recording.trace.faults] == [
        ("mutes", "RuntimeError: ours", 3)
    ]


def test_a_patch_that_came_while_muted(signal: Signal) -> None:
    """Whoever installs anew in the middle of a mute finds it in force."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(mute(one))
        uninstall()
        assert heard(signal) == [1, 2, 3]
        install()
        assert heard(signal) == [2, 3]
