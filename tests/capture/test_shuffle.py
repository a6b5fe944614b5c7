"""Receivers in another order: the same for the same seed, sync and async ones apart, nothing else new."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.dispatch import Signal

import signaltrace
from signaltrace.capture import patch, versions
from signaltrace.capture.recording import record
from signaltrace.capture.shuffle import order
from signaltrace.errors import SignaltraceError
from tests.capture.observing import METHODS, dispatch

NAMES = "abcdef"

shared = Signal()


def receivers(ran: list[str], names: str = NAMES, is_async: bool = False) -> list[Callable[..., Any]]:
    """Receivers of these names that write down when they run."""

    def named(name: str) -> Callable[..., Any]:
        def receive(**kwargs: Any) -> str:
            ran.append(name)
            return name

        async def areceive(**kwargs: Any) -> str:
            ran.append(name)
            return name

        receiver = areceive if is_async else receive
        receiver.__qualname__ = f"receive_{name}"
        return receiver

    return [named(name) for name in names]


def heard(*all_receivers: Callable[..., Any], kind: type[Signal] = Signal) -> Signal:
    """A signal that keeps its receivers."""
    signal = kind()
    for each in all_receivers:
        signal.connect(each, weak=False)
    return signal


def ran_with(seed: int | None, method: str = "send", sender: Any = "sender", **options: Any) -> list[str]:
    """The order in which six receivers run."""
    ran: list[str] = []
    signal = heard(*receivers(ran))
    with record(shuffle=seed, **options):
        dispatch(signal, method, sender)
    return ran


@pytest.fixture(autouse=True)
def _same_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals made anew for each run have no name; orders are drawn by names."""
    from signaltrace.capture import shuffle

    monkeypatch.setattr(shuffle, "signal_name", lambda recorder, signal: "tests.a_signal")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["fast", "exact"])
def test_a_seed_gives_one_order(method: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the method and the path it takes: another than the one they were connected in."""
    if path == "exact":
        monkeypatch.setattr(versions, "PROVEN", ())
        monkeypatch.setattr(patch, "proven", lambda: False)
    known = ran_with(5)
    assert ran_with(5, method) == known
    assert sorted(known) == list(NAMES)
    assert known != list(NAMES)


@pytest.mark.parametrize("method", METHODS)
def test_sync_and_async_receivers_stay_apart(method: str) -> None:
    """Django runs one kind after the other, or beside it: each changes places among its own."""
    ran: list[str] = []
    sync, later = receivers(ran, "abc"), receivers(ran, "xyz", is_async=True)
    signal = heard(sync[0], later[0], sync[1], later[1], sync[2], later[2])
    with record(shuffle=3) as recording:
        responses = dispatch(signal, method, "sender")
    kinds = ["".join(each for each in ran if each in kind) for kind in ("abc", "xyz")]
    assert sorted(ran) == list("abcxyz")
    assert kinds[0] != "abc"
    assert kinds[1] != "xyz"
    # values stay with their receivers, and stand where these now do
    assert [value for _, value in responses] == [*kinds[0], *kinds[1]]
    assert all(receiver.__qualname__ == f"receive_{value}" for receiver, value in responses)
    called = [each.label.rpartition("_")[2] for _, each in recording.trace.walk() if each.receiver]
    assert called == [*kinds[0], *kinds[1]]
    assert recording.trace.faults == []


@pytest.mark.parametrize("count", range(2, 8))
@pytest.mark.parametrize("seed", range(30))
def test_an_order_is_never_the_one_they_have(seed: int, count: int) -> None:
    """Else a run would show nothing, and look like proof."""
    names = list(NAMES * 2)[:count]
    drawn = order(seed, "about", names)
    assert sorted(drawn) == list(range(count))
    assert drawn != list(range(count))


def test_even_where_luck_never_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """If all draws gave the order there is, it is turned round."""
    from signaltrace.capture import shuffle

    monkeypatch.setattr(shuffle, "_number", lambda text: b"")
    assert order(1, "about", ["a", "b", "c"]) == [2, 1, 0]


def test_one_receiver_is_one() -> None:
    """There is nothing to change."""
    ran: list[str] = []
    with record(shuffle=1):
        heard(*receivers(ran, "a")).send(None)
    assert ran == ["a"]


def test_the_order_depends_on_signal_sender_and_seed() -> None:
    """Each is drawn for itself."""
    assert len({tuple(order(seed, "about", list(NAMES))) for seed in range(20)}) > 15
    assert len({tuple(order(1, f"about {each}", list(NAMES))) for each in range(20)}) > 15
    assert len({tuple(ran_with(1, sender=f"sender {each}")) for each in range(8)}) > 4


def test_nothing_else_has_a_say() -> None:
    """Not earlier dispatches, threads, hash seeds; the program's random numbers stay as they are."""
    known = ran_with(7)
    ran_with(7, sender="another")
    random.seed(1)
    state = random.getstate()
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(once())) for _ in range(4)]
    own = threading.local()
    for each in receivers([], NAMES):

        def note(each: Any = each, **kwargs: Any) -> None:
            own.ran.append(each.__qualname__[-1])

        note.__qualname__ = each.__qualname__
        shared.connect(note, weak=False, sender="sender")

    def once() -> list[str]:
        own.ran = []
        shared.send("sender")
        return list(own.ran)

    try:
        with record(shuffle=7):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        shared.receivers = []
        shared.sender_receivers_cache.clear()
    assert found == [known] * 4
    assert random.getstate() == state
    code = "from signaltrace.capture.shuffle import order; print(order(7, 'about', list('abcdef')))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert printed == {f"{order(7, 'about', list('abcdef'))}\n"}


def test_receivers_stay_connected_as_they_are() -> None:
    """What looks at a signal sees no other order, and has_listeners no difference."""
    ran: list[str] = []
    signal = heard(*receivers(ran))
    before = list(signal.receivers)
    with record(shuffle=2):
        assert signal.has_listeners("sender")
        assert [each.__qualname__[-1] for each in signal._live_receivers("sender")[0]] == list(NAMES)
        signal.send("sender")
    assert signal.receivers == before
    ran.clear()
    signal.send("sender")
    assert ran == list(NAMES)


def test_the_trace_says_so() -> None:
    """With the seed to run it again by; nothing is said where nothing was shuffled."""
    with record(shuffle=4711) as recording:
        heard(*receivers([])).send(None)
    assert recording.trace.notes == ["Receivers ran in a shuffled order, --shuffle-receivers=4711."]
    with record() as recording:
        heard(*receivers([])).send(None)
    assert recording.trace.notes == []


def test_a_subclass_with_a_loop_of_its_own_keeps_its_order() -> None:
    """It may know why; the trace says that too."""

    class Own(Signal):
        def send_own(self, sender: Any) -> None:
            for receiver in self._live_receivers(sender)[0]:
                receiver(signal=self, sender=sender)

    ran: list[str] = []
    signal = heard(*receivers(ran), kind=Own)
    with record(shuffle=5) as recording:
        signal.send_own(None)  # type: ignore[attr-defined]
    assert ran == list(NAMES)
    assert (
        "Subclasses of Signal that call receivers in a loop of their own kept their order."
        in recording.trace.notes
    )


def test_muted_receivers_stay_muted() -> None:
    """Those that are left change places."""
    ran: list[str] = []
    made = receivers(ran)
    signal = heard(*made)
    with record(shuffle=5) as recording, signaltrace.mute(made[0]):
        signal.send(None)
    assert sorted(ran) == list("bcdef")
    assert ran != list("bcdef")
    (row,) = recording.trace.rows()
    assert len(row[9]["muted"]) == 1


@pytest.mark.usefixtures("_same_name")
def test_the_recording_begun_last_decides() -> None:
    """While it lasts; one that asks for no order leaves it to the others."""
    ran: list[str] = []
    signal = heard(*receivers(ran))
    orders = []

    def one() -> None:
        ran.clear()
        signal.send("sender")
        orders.append("".join(ran))

    with record(shuffle=1):
        one()
        with record(shuffle=2):
            one()
            with record():
                one()
        one()
    one()
    assert orders[0] == orders[3] != orders[1] == orders[2]
    assert orders[4] == NAMES


@pytest.mark.parametrize("value", [-1, 1.5, "5", True, 2**63])
def test_what_is_no_seed_is_refused(value: Any) -> None:
    """In one line, before anything is recorded."""
    with pytest.raises(SignaltraceError, match="shuffle is a seed, a whole number from 0 to "):
        record(shuffle=value)


def test_after_a_fault_of_ours_they_run_in_their_own_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, and the trace tells."""
    from signaltrace.capture import shuffle

    monkeypatch.setattr(shuffle, "order", None)
    ran: list[str] = []
    with record(shuffle=1) as recording:
        heard(*receivers(ran)).send(None)
    assert ran == list(NAMES)
    assert [each.where for each in recording.trace.faults] == ["shuffled receivers"]
