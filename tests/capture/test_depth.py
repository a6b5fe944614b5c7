"""Dispatches nested too deep: one error that shows the loop, by every method; nothing wrong afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal

import signaltrace
from signaltrace.capture import depth, patch
from signaltrace.capture.cells import CELL
from signaltrace.capture.recording import record
from signaltrace.errors import SignalRecursionError, SignaltraceError
from signaltrace.trace import Trace
from tests.capture.observing import METHODS, SYNC_METHODS, dispatch, entered
from tests.capture.paths import connected, leaf

HERE = __name__
ADVICE = "signals are {} dispatches deep (--max-depth, 0 to allow more)"

chain = Signal()
left, right = Signal(), Signal()


def again(sender: Any, **kwargs: Any) -> None:
    """Sends its own signal."""
    chain.send(sender, **{key: value for key, value in kwargs.items() if key != "signal"})


def to_right(sender: Any, **kwargs: Any) -> None:
    """One half of a loop of two."""
    right.send(sender)


def to_left(sender: Any, **kwargs: Any) -> None:
    """The other."""
    left.send(sender)


chain.connect(again)
left.connect(to_right)
right.connect(to_left)


def depths(trace: Trace) -> list[int]:
    """How many dispatches each dispatch is inside of."""
    return [level // 2 for level, span in trace.walk() if span.kind == "dispatch"]


def at_rest() -> bool:
    """Whether this thread is inside nothing, as far as its cell knows."""
    cell = CELL.get()
    return cell is None or (cell.current, cell.nested) == (0, 0)


def nesting(method: str, levels: int, way: str = "same") -> Callable[[], Any]:
    """A chain of so many dispatches by one method, each sent by the receiver of the one before. ``way`` is
    the kind of receiver."""
    signal = Signal()

    def receive(left: int, **kwargs: Any) -> None:
        if left:
            dispatch_here(left - 1)

    def dispatch_here(left: int) -> Any:
        if method.startswith("a"):
            return async_to_sync(getattr(signal, method))("chain", left=left)
        return getattr(signal, method)("chain", left=left)

    async def areceive(left: int, **kwargs: Any) -> None:
        if left:
            if method.startswith("a"):
                await getattr(signal, method)("chain", left=left - 1)
            else:
                await sync_to_async(getattr(signal, method))("chain", left=left - 1)

    receiver = areceive if way == "async" else receive
    signal.connect(receiver, weak=False)
    return lambda: dispatch(signal, method, "chain", left=levels - 1)


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("method", METHODS)
def test_so_many_are_allowed_and_not_one_more(method: str, way: str) -> None:
    """N dispatches deep is as without a limit; N + 1 is refused, and recorded with its error."""
    with record(max_depth=4) as recording:
        nesting(method, 4, way)()
    assert depths(recording.trace) == [0, 1, 2, 3]
    assert [span.error for _, span in recording.trace.walk() if span.error] == []
    assert at_rest()
    with record(max_depth=4) as recording:
        raised = None
        try:
            nesting(method, 5, way)()
        except SignalRecursionError as error:
            raised = error
    assert (raised is None) == method.endswith("robust")
    assert depths(recording.trace) == [0, 1, 2, 3, 4]
    refused = [span for _, span in recording.trace.walk() if span.kind == "dispatch"][-1]
    assert refused.error is not None
    assert refused.error.type == "signaltrace.errors.SignalRecursionError"
    assert (refused.error.file, refused.error.line) == (None, None)
    assert recording.trace.faults == []
    assert at_rest()


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("method", METHODS)
def test_the_refused_dispatch_calls_nobody(method: str) -> None:
    """Its receivers are told as not called."""
    with record(max_depth=2) as recording, contextlib.suppress(SignalRecursionError):
        nesting(method, 3)()
    trace = recording.trace
    rows = sorted(trace.rows(), key=lambda row: row[0])
    assert len(rows) == 3
    assert list(trace.calls(rows[-1])) == []
    assert [trace.receivers[each].name for each in rows[-1][9]["not_called"]] == [
        f"{HERE}.nesting.<locals>.receive"
    ]


def test_the_error_shows_the_loop() -> None:
    """What is sent and received in turn, and how often it went round."""
    with record(max_depth=50), pytest.raises(SignalRecursionError) as caught:
        chain.send("sender")
    loop = f"{HERE}.chain sender → {HERE}.again → {HERE}.chain sender went round 50 times"
    assert str(caught.value) == f"{loop}; {ADVICE.format(50)}"


def test_a_loop_of_several() -> None:
    """Each signal and receiver of it, once."""
    with record(max_depth=6), pytest.raises(SignalRecursionError) as caught:
        right.send(None)
    loop = f"{HERE}.right → {HERE}.to_left → {HERE}.left → {HERE}.to_right → {HERE}.right went round 3 times"
    assert str(caught.value).startswith(f"{loop};")


def test_the_way_into_the_loop_is_no_part_of_it() -> None:
    """What was sent once, before, is not counted as a turn."""

    def enter(**kwargs: Any) -> None:
        chain.send("sender")

    with record(max_depth=6), pytest.raises(SignalRecursionError) as caught:
        connected(enter).send("start")
    assert "sender went round 5 times" in str(caught.value)
    assert "enter" not in str(caught.value)


def test_where_nothing_comes_again() -> None:
    """Deep is deep: the last that were sent are named."""

    def deeper(sender: int, **kwargs: Any) -> None:
        signal.send(str(int(sender) + 1))

    signal = connected(deeper)
    with record(max_depth=9), pytest.raises(SignalRecursionError) as caught:
        signal.send("0")
    assert str(caught.value).startswith("… → ")
    assert str(caught.value).endswith(f" 9; {ADVICE.format(9)}")


def test_an_async_loop_is_shown_as_far_as_a_task_knows() -> None:
    """The rest of it waits in other tasks: how often it went round is not said."""

    async def receive(sender: Any, **kwargs: Any) -> None:
        await signal.asend(sender)

    signal = connected(receive)
    with record(max_depth=5), pytest.raises(BaseException) as caught:
        asyncio.run(signal.asend("sender"))
    error = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert "receive" in str(error)
    assert str(error).endswith(f"sender goes round; {ADVICE.format(5)}")


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("method", SYNC_METHODS)
def test_no_frame_of_ours_is_in_the_traceback(method: str) -> None:
    """But for the dispatches themselves, which stand where Django's methods do."""

    def once(**kwargs: Any) -> None:
        getattr(inner, method)(None)

    inner, outer = connected(leaf), connected(once)
    with record(max_depth=1), pytest.raises(SignalRecursionError) as caught:
        outer.send(None)
    assert entered(caught.tb)[1:] == ["send", "once", method]


@pytest.mark.usefixtures("unnamed_signals")
@pytest.mark.parametrize("method", METHODS)
def test_a_receiver_that_catches_it_goes_on(method: str) -> None:
    """The next dispatch is as deep as it is, no deeper: in the same receiver, the next one and afterwards."""
    seen: list[str] = []

    async def nested(signal: Signal, name: str) -> None:
        if method.startswith("a"):
            await getattr(signal, method)(name)
        else:
            await sync_to_async(getattr(signal, method))(name)

    def attempt(sender: Any) -> None:
        for number in range(3):
            try:
                if method.startswith("a"):
                    async_to_sync(nested)(deeper, sender)
                else:
                    getattr(deeper, method)(sender)
            except SignalRecursionError:
                seen.append(f"refused {number}")

    def first(sender: Any, **kwargs: Any) -> None:
        attempt(sender)

    def second(sender: Any, **kwargs: Any) -> None:
        attempt(sender)

    def deepest(sender: Any, **kwargs: Any) -> None:
        connected(leaf).send(sender)

    deeper = connected(deepest)
    with record(max_depth=2) as recording:
        for _ in range(2):
            dispatch(connected(first, second), method, "outer")
    refusals = [] if method.endswith("robust") else [f"refused {number}" for number in range(3)] * 4
    assert seen == refusals
    assert max(depths(recording.trace)) == 2
    assert recording.trace.faults == []
    assert at_rest()


@pytest.mark.usefixtures("unnamed_signals")
def test_a_dispatch_nobody_hears_is_not_refused() -> None:
    """There is no receiver that could go round."""

    def receive(**kwargs: Any) -> None:
        assert Signal().send(None) == []
        heard_by_others.send("elsewhere")

    heard_by_others = Signal()
    heard_by_others.connect(leaf, sender=Signal)
    with record(max_depth=1):
        connected(receive).send(None)


@pytest.mark.usefixtures("unnamed_signals")
def test_side_by_side_is_not_deep() -> None:
    """Receivers and dispatches one after the other, of any number."""

    def receive(**kwargs: Any) -> None:
        for _ in range(60):
            inner.send(None)

    inner = connected(leaf)
    with record() as recording:
        connected(receive).send(None)
        connected(receive).send(None)
    assert len(depths(recording.trace)) == 122


@pytest.mark.usefixtures("unnamed_signals")
def test_a_subclass_with_a_loop_of_its_own() -> None:
    """Its dispatches count, and are refused where it asks for receivers."""

    class Own(Signal):
        def send_own(self, sender: Any) -> None:
            for receiver in self._live_receivers(sender)[0]:
                receiver(signal=self, sender=sender)

    def receive(**kwargs: Any) -> None:
        signal.send_own("own")

    signal = Own()
    signal.connect(receive)
    with record(max_depth=7) as recording, pytest.raises(SignalRecursionError) as caught:
        signal.send_own("own")
    assert depths(recording.trace) == list(range(8))
    assert entered(caught.tb)[-2:] == ["send_own", "_live_receivers"]
    assert recording.trace.faults == []
    assert at_rest()


@pytest.mark.usefixtures("unnamed_signals")
def test_tasks_that_go_on_afterwards_are_not_inside() -> None:
    """A receiver that starts a task which sends again and again starts a chain, and no nesting."""
    count = 0
    done: list[asyncio.Event] = []

    async def later() -> None:
        await asyncio.sleep(0)
        await signal.asend(None)

    async def receive(**kwargs: Any) -> None:
        nonlocal count
        count += 1
        if count < 20:
            tasks.append(asyncio.get_running_loop().create_task(later()))
        else:
            done[0].set()

    def sync_receive(**kwargs: Any) -> None:
        leaf()

    async def main() -> None:
        done.append(asyncio.Event())
        await signal.asend(None)
        await done[0].wait()
        await asyncio.gather(*tasks)

    tasks: list[asyncio.Task[None]] = []
    signal = connected(sync_receive, receive)
    with record(max_depth=3) as recording:
        asyncio.run(main())
    assert count == 20
    assert recording.trace.faults == []


@pytest.mark.usefixtures("unnamed_signals")
def test_nor_are_threads() -> None:
    """A context that is handed on from thread to thread, each time by a receiver that is soon over. Each
    thread sends while that one is open, and again when it is not."""
    over = threading.Event()
    threads: list[threading.Thread] = []
    sent = [threading.Event() for _ in range(21)]

    def receive(**kwargs: Any) -> None:
        if len(threads) == 20:
            return
        threads.append(threading.Thread(target=copy_context().run, args=(later, len(threads))))
        begun.clear()
        threads[-1].start()
        assert begun.wait(10)

    def later(number: int) -> None:
        quick.send(None)
        begun.set()
        assert sent[number].wait(10)
        signal.send(None)
        sent[number + 1].set()
        over.wait(10)  # each is a thread of its own as long as there are others

    begun = threading.Event()
    quick = connected(leaf)
    signal = connected(receive)
    with record(max_depth=3) as recording:
        signal.send(None)
        sent[0].set()
        assert sent[20].wait(10)
        over.set()
        for thread in threads:
            thread.join()
    assert len([span for _, span in recording.trace.walk() if span.kind == "dispatch"]) == 41
    assert [span.error for _, span in recording.trace.walk() if span.error] == []
    assert recording.trace.faults == []


@pytest.mark.usefixtures("unnamed_signals")
def test_off_with_0() -> None:
    """Then Python's own limit is the only one."""
    with record(max_depth=0) as recording:
        nesting("send", 80)()
    assert len(depths(recording.trace)) == 80
    with record(), pytest.raises(SignalRecursionError):
        nesting("send", 51)()


@pytest.mark.usefixtures("unnamed_signals")
def test_the_recording_begun_last_decides() -> None:
    """0 inside 3 is 0, None leaves it to the one around; when it ends, the other's holds again."""
    with record(max_depth=3):
        with record(max_depth=0):
            nesting("send", 6)()
        with record(max_depth=None), pytest.raises(SignalRecursionError):
            nesting("send", 6)()
        with record(max_depth=5), pytest.raises(SignalRecursionError):
            nesting("send", 6)()
        with pytest.raises(SignalRecursionError):
            nesting("send", 4)()
    with record(max_depth=None):
        nesting("send", 80)()


@pytest.mark.usefixtures("unnamed_signals")
def test_never_without_a_recording() -> None:
    """Neither for an installed patch nor for a mute."""
    signaltrace.install()
    try:
        nesting("send", 80)()
    finally:
        signaltrace.uninstall()
    with signaltrace.mute(leaf):
        nesting("send", 80)()


@pytest.mark.parametrize("value", [-1, 1.5, "5", True])
def test_what_is_no_depth_is_refused(value: Any) -> None:
    """In one line, before anything is recorded."""
    with pytest.raises(SignaltraceError, match="max_depth is a number of dispatches, 0 for any, not "):
        record(max_depth=value)


@pytest.mark.parametrize("function", ["_links", "_told", "_sent"])
def test_a_fault_of_ours_still_gives_one_error(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the loop, and with a word on the fault."""

    def fail(*args: Any, **named: Any) -> Any:
        raise KeyError(function)

    monkeypatch.setattr(depth, function, fail)
    with record(max_depth=3) as recording, pytest.raises(SignalRecursionError) as caught:
        nesting("send", 4)()
    assert str(caught.value) == ADVICE.format(3)
    assert [each.where for each in recording.trace.faults] == ["max depth"]
    assert not patch.installed()


def test_it_is_python_s_own_kind_of_error() -> None:
    """Whoever catches RecursionError catches it; it is there without Django."""
    assert issubclass(SignalRecursionError, RecursionError)
    assert signaltrace.SignalRecursionError is SignalRecursionError
