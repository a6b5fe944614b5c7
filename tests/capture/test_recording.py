"""Recordings: what one holds, how they nest, what the limit drops, and how they are begun and ended."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest
from django.dispatch import Signal

import signaltrace
from signaltrace.capture.patch import install, installed, uninstall
from signaltrace.capture.recording import Recording, record
from signaltrace.errors import SignaltraceError
from signaltrace.testing import FakeClock
from signaltrace.trace import Trace

ROOT = Path(__file__).resolve().parent.parent.parent


def signal_with(*receivers: Any) -> Signal:
    signal = Signal()
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return signal


def test_times_are_those_of_the_clock() -> None:
    """Exact nanoseconds, from an injected clock: a receiver's own time, and its sender's."""
    clock = FakeClock(1_000)

    def quick(**kwargs: Any) -> None:
        clock.advance(5)

    def slow(**kwargs: Any) -> None:
        clock.advance(100)
        inner.send("inner")
        clock.advance(20)

    inner = signal_with(quick)
    outer = signal_with(quick, slow)
    with record(clock=clock) as recording:
        clock.advance(7)
        outer.send("outer")
        clock.advance(3)
    spans = [
        (depth, span.label.rsplit(".", 1)[-1], span.start_ns, span.end_ns)
        for depth, span in recording.trace.walk()
        if span.receiver
    ]
    assert spans == [(1, "quick", 7, 12), (1, "slow", 12, 137), (3, "quick", 112, 117)]
    assert recording.trace.wall_ns == 7 + 5 + 125 + 3


def test_what_is_said_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who recorded what, and when: a file found later explains itself."""
    monkeypatch.setattr(sys, "argv", ["manage.py", "checkout"])
    with record() as recording:
        pass
    trace = recording.trace
    assert trace.argv == ["manage.py", "checkout"]
    assert trace.versions["signaltrace"] == signaltrace.__version__
    assert sorted(trace.versions) == ["django", "python", "signaltrace"]
    assert trace.started_at.endswith("+00:00")


def test_a_trace_survives_json() -> None:
    """Round trip is exact, with arguments, errors and threads in it."""

    def fails(**kwargs: Any) -> None:
        raise ValueError("no")

    with record() as recording:
        signal_with(fails).send_robust("sender", items={1, 2}, text="x", thing=object())
    again = Trace.from_dict(json.loads(json.dumps(recording.trace.to_dict())))
    assert again == recording.trace
    assert list(again.walk()) == list(recording.trace.walk())


def test_a_recording_inside_a_recording_is_its_own() -> None:
    """The inner one has what was sent in it; the outer one has everything."""
    signal = signal_with(lambda **kwargs: None)
    with record() as outer:
        signal.send("before")
        with record(arguments="none") as inner:
            signal.send("within", number=1)
        signal.send("after")
    assert [root.sender.name for root in inner.trace.roots()] == ["within"]
    assert [root.sender.name for root in outer.trace.roots()] == ["before", "within", "after"]
    assert [root.arguments for root in inner.trace.roots()] == [{}]
    assert outer.trace.roots()[1].arguments == {"number": 1}


def test_a_recording_begun_in_a_receiver_has_no_part_of_what_was_running() -> None:
    """What began before it is not its own; what it contains is at the top."""
    kept = []

    def receiver(**kwargs: Any) -> None:
        with record() as recording:
            inner.send("inner")
        kept.append(recording.trace)

    inner = signal_with(lambda **kwargs: None)
    outer = signal_with(receiver)
    with record():
        outer.send("outer")
    assert [(depth, span.sender.name) for depth, span in kept[0].walk()] == [(0, "inner"), (1, "inner")]


def test_the_trace_can_be_read_while_recording() -> None:
    """A snapshot, that does not change when more is recorded."""
    signal = signal_with(lambda **kwargs: None)
    with record() as recording:
        signal.send("one")
        snapshot = recording.trace
        signal.send("two")
    assert [root.sender.name for root in snapshot.roots()] == ["one"]
    assert [root.sender.name for root in recording.trace.roots()] == ["one", "two"]


def test_async_with() -> None:
    """The same recording, where the block awaits."""

    async def receiver(**kwargs: Any) -> None:
        await asyncio.sleep(0)

    async def main() -> Trace:
        async with record() as recording:
            await signal_with(receiver).asend("sender")
        return recording.trace

    assert [span.method for span in asyncio.run(main()).roots()] == ["asend"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arguments": "all"}, "arguments is 'summary' or 'none', not 'all'."),
        ({"limit": 0}, "limit is a number of spans, 1 or more, not 0."),
        ({"limit": True}, "limit is a number of spans, 1 or more, not True."),
    ],
)
def test_wrong_options_are_refused_in_one_line(options: dict[str, Any], message: str) -> None:
    """Before anything is patched."""
    with pytest.raises(SignaltraceError) as refused:
        record(**options)
    assert str(refused.value) == message
    assert not installed()


def test_misuse_is_refused() -> None:
    """A recording is begun once, and another clock can't join one that runs."""
    recording = record()
    with pytest.raises(SignaltraceError, match="never begun"):
        _ = recording.trace
    with pytest.raises(SignaltraceError, match="never begun"):
        recording.stop()
    with recording, pytest.raises(SignaltraceError, match="another clock"):
        record(clock=FakeClock()).start()
    with pytest.raises(SignaltraceError, match="begun once"):
        recording.start()
    assert recording.stop() is recording.trace


def test_install_is_nested_and_uninstall_harmless() -> None:
    """Signal is whole again after the last of them."""
    before = dict(vars(Signal))
    uninstall()
    first = install()
    assert install() is first
    uninstall()
    assert installed()
    uninstall()
    uninstall()
    assert not installed()
    assert all(vars(Signal)[name] is value for name, value in before.items())


def test_an_exception_of_the_block_passes() -> None:
    """And what was recorded until then is there."""
    recording = record()
    with pytest.raises(KeyError), recording:
        signal_with(lambda **kwargs: {}["x"]).send("sender")
    root = recording.trace.roots()[0]
    assert (root.outcome, root.error and root.error.type) == ("raised", "KeyError")


def test_a_fork_begins_its_own_recording() -> None:
    """The child has what it sent itself, and the parent what it sent, to the last dispatch."""
    script = textwrap.dedent(
        """
        import os
        import django
        from django.conf import settings
        settings.configure()
        from django.dispatch import Signal
        import signaltrace

        signal = Signal()
        signal.connect(lambda **kwargs: None, weak=False)
        names = lambda trace: [root.sender.name for root in trace.roots()]
        with signaltrace.record() as recording:
            signal.send("before")
            child = os.fork()
            if child == 0:
                signal.send("child")
                print(names(recording.trace), flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            signal.send("after")
        print(names(recording.trace))
        """
    )
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (shown.stdout, shown.stderr) == ("['child']\n['before', 'after']\n", "")


def test_two_threads_that_end_a_recording_end_it_once() -> None:
    """The second gets the trace of the first, and whoever else records goes on."""
    signal = signal_with(lambda **kwargs: None)
    with record() as other:
        for _ in range(50):
            recording = record().start()
            traces: list[Trace] = []
            together = threading.Barrier(2)

            def end(
                recording: Recording = recording,
                traces: list[Trace] = traces,
                together: threading.Barrier = together,
            ) -> None:
                together.wait()
                traces.append(recording.stop())

            threads = [threading.Thread(target=end) for _ in range(2)]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            assert traces[0] is traces[1]
        signal.send(None)
    assert [span.kind for _, span in other.trace.walk()] == ["dispatch", "receiver"]


def test_a_fault_in_one_recording_is_not_the_others() -> None:
    """Each gets its rows; a forked child begins with no faults of its parent's."""
    signal = signal_with(lambda **kwargs: None)
    with record() as first, record() as second:
        first.take = first.restart = broken  # type: ignore[method-assign, assignment]
        signal.send(None)
        assert len(second.trace.roots()) == 1
        recorder = second._recorder
        assert recorder is not None
        recorder.after_fork()
        assert [(fault.where, fault.count) for fault in recorder.fault_list()] == [("fork", 1)]
        signal.send(None)
        assert len(second.trace.roots()) == 1


def broken(*given: object) -> None:
    """On a bad day."""
    raise ValueError("ours")
