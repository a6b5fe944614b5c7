"""Where a dispatch was sent from, and from which route: the caller's line, or none, never a wrong one."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.dispatch import Signal

from signaltrace.capture import callsite
from signaltrace.capture.recording import record
from signaltrace.trace import CallSite, Trace


def signal() -> Signal:
    made = Signal()
    made.connect(lambda **kwargs: None, weak=False)
    return made


def sites(trace: Trace) -> list[str | None]:
    return [root.call_site and root.call_site.function.rsplit(".", 1)[-1] for root in trace.roots()]


def test_the_callers_line() -> None:
    """File, line and function, by line and not by function alone."""
    sent = signal()
    with record() as recording:
        sent.send("one")
        sent.send("two")
        for _ in range(2):
            sent.send("three")
    found = [root.call_site for root in recording.trace.roots()]
    first = found[0]
    assert first is not None
    assert (first.file, first.function) == (__file__, "test_the_callers_line")
    assert [each and each.line - first.line for each in found] == [0, 1, 3, 3]


def test_pythons_library_is_passed_over() -> None:
    """The line that opens the block, not contextlib's."""
    sent = signal()

    @contextlib.contextmanager
    def block() -> Any:
        yield
        sent.send("leaving")

    def opens() -> None:
        stack = contextlib.ExitStack()
        stack.callback(sent.send, "unwinding")
        stack.close()

    with record() as recording:
        with block():
            pass
        opens()
    assert sites(recording.trace) == ["block", "opens"]


def test_behind_a_hop_there_is_none() -> None:
    """Below the hop the stack is somebody else's: a wrong line is worse than none."""
    sent = signal()

    async def main() -> None:
        await sync_to_async(sent.send)("carried to a thread")
        await asyncio.create_task(sent.asend("carried to a task"))
        await sent.asend("awaited")

    def blocks() -> None:
        async_to_sync(main)()

    with record() as recording:
        blocks()
    assert sites(recording.trace) == [None, None, "main"]


def test_a_table_that_is_full_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code made by the thousand does not grow it, and sites stay right."""
    monkeypatch.setattr(callsite, "MAX_CODES", 3)
    sent = signal()
    with record() as recording:
        for number in range(10):
            exec(compile("sent.send('x')", f"made{number}.py", "exec"), {"sent": sent})
    assert [root.call_site for root in recording.trace.roots()] == [
        CallSite(f"made{number}.py", 1, "<module>") for number in range(10)
    ]


def test_senders_that_come_and_go_share_a_name() -> None:
    """Texts by value, instances made for one dispatch by class: in order, and counted as orphans too."""

    class Cart:
        """A sender of which there is one a request."""

    heard, unheard = signal(), Signal()
    with record() as recording:
        for sender in ("a", "b", "a", Cart(), Cart(), None, Cart):
            heard.send(sender)
            unheard.send(sender)
    name = f"{__name__}.test_senders_that_come_and_go_share_a_name.<locals>.Cart"
    expected = ["a", "b", "a", f"instance of {name}", f"instance of {name}", "any sender", name]
    assert [root.sender.name for root in recording.trace.roots()] == expected
    counts = {recording.trace.senders[sender].name: n for _, sender, n in recording.trace.orphaned}
    assert counts == {each: expected.count(each) for each in expected}
