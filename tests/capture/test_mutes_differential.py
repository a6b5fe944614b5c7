"""The contract with mutes in force: muted is as if not connected, not muted is as if there were no mute."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import record
from signaltrace.capture.versions import run_parallel
from signaltrace.muting import mute
from tests.capture.async_kinds import ASYNC, KINDS
from tests.capture.kinds import act
from tests.capture.observing import METHODS, Notes, Program, differences, dispatch, observe
from tests.capture.test_differential import MIXES, Sender, connect, in_every_way

pytestmark = pytest.mark.usefixtures("unnamed_signals")


def unrelated(**kwargs: Any) -> None:
    """A receiver that is connected nowhere."""


def as_bare(program: Program, *muting: Any, recorded: bool = False) -> None:
    """Assert that a program sees the same bare and with a mute in force, cold and warm."""
    bare = observe(program)
    with contextlib.ExitStack() as stack:
        recording = stack.enter_context(record()) if recorded else None
        for each in muting:
            stack.enter_context(each)
        cold, warm = observe(program), observe(program)
    assert (differences(bare, cold), differences(bare, warm)) == ([], [])
    if recording is not None:
        assert recording.trace.faults == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_mute_of_others_changes_nothing(kind: str, method: str) -> None:
    """Keywords, response, exception, log, context and stack depth of a receiver of each kind."""
    as_bare(
        lambda notes: in_every_way(notes, [kind], method, [(True, True), (False, False)]), mute(unrelated)
    )


def is_a_race(mix: str, method: str) -> bool:
    """Which of the two asend raises is a race before Django 6.1."""
    return mix == "sync and async raise" and method == "asend" and run_parallel is None


@pytest.mark.parametrize("recorded", [False, True], ids=["alone", "recorded"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mix", MIXES)
def test_nor_does_it_for_several_receivers(mix: str, method: str, recorded: bool) -> None:
    """Order, groups of exceptions, warnings; with mutes of a receiver, of a signal and of a sender."""
    if is_a_race(mix, method):
        pytest.skip("a race")
    others = mute(unrelated), mute(signal=Signal()), mute(sender=Notes, but=unrelated)
    # some of these programs dispatch to Notes as well, which nobody hears
    as_bare(
        lambda notes: in_every_way(notes, MIXES[mix], method, [(True, True), (False, True)]),
        *others,
        recorded=recorded,
    )


class Choosing:
    """A program whose receivers but some are connected, or all of them with those muted."""

    def __init__(self, kinds: list[str], left_out: set[int], method: str, caching: bool, mutes: bool) -> None:
        self.kinds = kinds
        self.left_out = left_out
        self.method = method
        self.caching = caching
        self.mutes = mutes

    def __call__(self, notes: Notes) -> None:
        signal = notes.keep(Signal(use_caching=self.caching), "the signal")
        notes.keep(Sender, "Sender")
        silent = []
        for at, kind in enumerate(self.kinds):
            if at not in self.left_out:
                connect(notes, signal, kind, f"{at} {kind}")
            elif self.mutes:
                silent.append(connect(notes, signal, kind, f"{at} {kind}"))
        before = list(signal.receivers)
        with mute(*silent) if silent else contextlib.nullcontext():
            for again in range(2):
                notes.awaited = sum(
                    kind not in ASYNC for at, kind in enumerate(self.kinds) if at not in self.left_out
                )
                try:
                    responses = dispatch(signal, self.method, Sender, zulu=again, extra=[1])
                except BaseException as error:
                    notes.add("raised", notes.name(error))
                else:
                    notes.add("returned", type(responses).__name__, notes.name(responses))
        same = len(before) == len(signal.receivers)
        assert same
        assert all(one is other for one, other in zip(before, signal.receivers, strict=True))


@pytest.mark.parametrize("recorded", [False, True], ids=["alone", "recorded"])
@pytest.mark.parametrize("caching", [True, False])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mix", [each for each in MIXES if each != "five functions"])
def test_muted_is_as_if_not_connected(mix: str, method: str, caching: bool, recorded: bool) -> None:
    """For each receiver of each mix, and for all of them: nothing there is to see tells the difference."""
    if is_a_race(mix, method):
        pytest.skip("a race")
    kinds = MIXES[mix]
    choices = [{at} for at in range(len(kinds))] if len(kinds) < 9 else [{0, 3, 5, 11}, {12}]
    for left_out in (*choices, set(range(len(kinds)))):
        bare = observe(Choosing(kinds, left_out, method, caching, mutes=False))
        with record() if recorded else contextlib.nullcontext() as recording:
            muted = observe(Choosing(kinds, left_out, method, caching, mutes=True))
        assert differences(bare, muted) == []
        if recorded:
            assert recording.trace.faults == []
            for span in recording.trace.roots():
                assert len(span.muted) == len(left_out)


@pytest.mark.parametrize("caching", [True, False])
def test_receivers_and_caches_are_never_written_to(caching: bool) -> None:
    """Neither the list, nor its entries, nor what the signal has cached for a sender."""
    notes = Notes()
    signal = Signal(use_caching=caching)
    receivers = [  # no weak method: Python 3.11 trips over one that is garbage together with our recorder
        connect(notes, signal, kind, kind, weak=kind != "method")
        for kind in ("function", "method", "partial", "async_function")
    ]
    signal.send(Sender)
    before, entries = signal.receivers, list(signal.receivers)
    cached = dict(signal.sender_receivers_cache)
    lists = {key: list(value) for key, value in cached.items()}
    with mute(*receivers):
        for method in METHODS:
            assert dispatch(signal, method, Sender) == []
    assert signal.receivers is before
    assert all(one is other for one, other in zip(signal.receivers, entries, strict=True))
    assert dict(signal.sender_receivers_cache) == cached
    for key, value in cached.items():
        assert signal.sender_receivers_cache[key] is value
        assert all(one is other for one, other in zip(value, lists[key], strict=True))
    assert len(signal.send(Sender)) == 4


@pytest.mark.parametrize("caching", [True, False])
def test_looking_is_not_muted(caching: bool) -> None:
    """``has_listeners`` and whoever asks for the live receivers see what is connected."""
    notes = Notes()
    signal = Signal(use_caching=caching)
    receiver = connect(notes, signal, "function", "one")
    with mute(receiver):
        assert signal.has_listeners(Sender)
        assert signal._live_receivers(Sender)[0] == [receiver]
        assert signal.send(Sender) == []
        assert signal.has_listeners(Sender)


def test_the_depth_of_a_muted_dispatch() -> None:
    """The receivers that are left stand where they stand without us: no frame of ours is between."""
    kept: list[Any] = []

    def program(notes: Notes) -> None:
        signal = Signal()
        body = act(notes, "left")
        receiver = notes.keep(lambda **kwargs: body(kwargs))
        signal.connect(receiver)
        signal.connect(unrelated)
        kept.append(len(signal.send(None)) + len(signal.send_robust(None)))

    as_bare(program, mute(unrelated))
    assert kept == [4, 2, 2]
