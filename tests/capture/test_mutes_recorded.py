"""What a recording tells of muted calls: which, of which dispatch, on every path a dispatch can take."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.analysis.summary import summarise
from signaltrace.capture import patch
from signaltrace.capture.recording import record
from signaltrace.capture.versions import run_parallel
from signaltrace.muting import mute
from signaltrace.shape import check_shape
from signaltrace.storage import load, save
from signaltrace.trace import Span, Trace
from tests.capture.observing import METHODS, SYNC_METHODS, dispatch

pytestmark = pytest.mark.usefixtures("unnamed_signals")


def one(**kwargs: Any) -> int:
    """A receiver."""
    return 1


def two(**kwargs: Any) -> int:
    """Another one."""
    return 2


def fail(**kwargs: Any) -> None:
    """One that raises."""
    raise ValueError("no")


async def three(**kwargs: Any) -> int:
    """An async one."""
    return 3


def heard_by(*receivers: Any) -> Signal:
    """A signal with these receivers."""
    signal = Signal()
    for each in receivers:
        signal.connect(each)
    return signal


def muted(span: Span) -> list[str]:
    """The muted receivers of a dispatch, by their short names."""
    return [each.name.rpartition(".")[2] for each in span.muted]


def called(trace: Trace) -> list[str]:
    """The receivers that were called."""
    return [span.label.rpartition(".")[2] for _, span in trace.walk() if span.receiver is not None]


@pytest.mark.parametrize("exactly", [False, True], ids=["fast", "exact"])
@pytest.mark.parametrize("method", METHODS)
def test_a_dispatch_tells_whom_it_did_not_call(
    method: str, exactly: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Some muted, all muted, none muted; arguments and call site are there; no orphan; saved and loaded."""
    if exactly:
        monkeypatch.setattr(patch, "proven", lambda: False)
    signal = heard_by(one, two, three)
    with record(orphaned=True) as recording:
        dispatch(signal, method, "before", number=1)
        with mute(one, three):
            dispatch(signal, method, "some", number=2)
        with mute(signal=signal):
            dispatch(signal, method, "all", number=3)
        dispatch(signal, method, "after", number=4)
    trace = recording.trace
    assert trace.faults == []
    roots = {root.sender.name: root for root in trace.roots()}
    assert {name: muted(root) for name, root in roots.items()} == {
        "before": [], "some": ["one", "three"], "all": ["one", "two", "three"], "after": [],
    }  # fmt: skip
    assert [root.arguments for root in roots.values()] == [{"number": each} for each in (1, 2, 3, 4)]
    assert all(root.call_site is not None and root.method == method for root in roots.values())
    assert called(trace) == ["one", "two", "three", "two", "one", "two", "three"]
    assert (trace.orphaned, summarise(trace).dispatches) == ([], 4)
    check_shape(trace.to_dict())
    save(trace, tmp_path / "trace.json")
    assert load(tmp_path / "trace.json") == trace


@pytest.mark.parametrize("method", METHODS)
def test_nobody_connected_is_still_an_orphan(method: str) -> None:
    """A mute makes no difference where there is nobody to mute: for want of receivers, or of the sender's."""
    nobody, elsewhere = Signal(), Signal()
    elsewhere.connect(one, sender=Signal)
    with record() as recording, mute(one):
        for signal in (nobody, elsewhere, elsewhere):
            assert dispatch(signal, method, None) == []
    assert recording.trace.roots() == []
    assert sum(count for _, _, count in recording.trace.orphaned) == 3


@pytest.mark.parametrize("method", METHODS)
def test_muted_and_failed(method: str) -> None:
    """A dispatch with muted receivers that raises tells of them, and of those not called, apart."""
    signal = heard_by(one, fail, two, three)
    with record() as recording, mute(one):
        robust = "robust" in method
        if robust:
            dispatch(signal, method, None)
        else:
            with pytest.raises(ValueError, match="no"):
                dispatch(signal, method, None)
    (root,) = recording.trace.roots()
    assert recording.trace.faults == []
    assert muted(root) == ["one"]
    outcomes = {span.label.rpartition(".")[2]: span.outcome for _, span in recording.trace.walk()}
    assert outcomes["fail"] == ("returned_error" if robust else "raised")
    names = [each.name.rpartition(".")[2] for each in root.not_called]
    # before Django 6.1 asend runs the async receivers beside the sync ones
    beside = method == "asend" and run_parallel is None
    assert names == ([] if robust else ["two"] if beside else ["two", "three"])


@pytest.mark.parametrize("method", SYNC_METHODS)
def test_inside_a_task(method: str) -> None:
    """The task's name stands beside what was muted."""
    signal = heard_by(one, two)

    async def main() -> None:
        with mute(two):
            getattr(signal, method)(None)

    async def named() -> None:
        await asyncio.create_task(main(), name="the task")

    with record() as recording:
        asyncio.run(named())
    (root,) = recording.trace.roots()
    assert (root.task, muted(root)) == ("the task", ["two"])


def test_shared_recordings_keep_dispatches_without_calls() -> None:
    """All muted is no orphan: also the recording that asked for no orphans has it."""
    signal, nobody = heard_by(one), Signal()
    with record() as plain, record(orphaned=True) as full, mute(one):
        signal.send("muted")
        nobody.send("orphaned")
    assert [root.sender.name for root in plain.trace.roots()] == ["muted"]
    assert [root.sender.name for root in full.trace.roots()] == ["muted", "orphaned"]


def test_nested_dispatches_find_their_parents() -> None:
    """A receiver that runs beside a muted one sends inside itself."""
    inner = heard_by(one, two)

    def sending(**kwargs: Any) -> None:
        inner.send("inner")

    outer = heard_by(two, sending)
    with record() as recording, mute(two):
        outer.send("outer")
    walked = [(depth, span.sender.name, muted(span)) for depth, span in recording.trace.walk()]
    assert walked == [(0, "outer", ["two"]), (1, "outer", []), (2, "inner", ["two"]), (3, "inner", [])]


def test_thousands_of_muted_dispatches() -> None:
    """Packed and read back, beyond what is kept open."""
    signal = heard_by(one, two)
    with record() as recording, mute(two):
        for _ in range(3_000):
            signal.send(None)
    assert [muted(root) for root in recording.trace.roots()] == [["two"]] * 3_000
