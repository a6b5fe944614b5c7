"""Faults of our own: caught, counted, shown at the end; the program goes on as if nothing were."""

from __future__ import annotations

import contextvars
import threading
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture import (
    arguments,
    assembly,
    callsite,
    cells,
    dispatches,
    drivers,
    exact,
    fastpath,
    fastpath_robust,
    handout,
    loops,
    methods,
    names,
    patch,
    recorder,
    routes,
)
from signaltrace.capture.recording import record
from tests.capture.kinds import Failure
from tests.capture.observing import METHODS, Notes, differences, dispatch, observe


class Broken(Exception):
    """What our functions raise here."""


def subclasses() -> list[type[Signal]]:
    """Made anew for each run, so that some are made before we know them and all of them are met."""

    class Own(Signal):
        """Dispatches by a loop of its own."""

        def send_own(self, sender: Any, **named: Any) -> Any:
            receivers = self._live_receivers(sender)[0]
            return [receiver(signal=self, sender=sender, **named) for receiver in receivers]

    class Filtering(Own):
        """And filters its receivers."""

        def _live_receivers(self, sender: Any) -> Any:
            sync, later = super()._live_receivers(sender)
            return sync[:2], later

    return [Own, Filtering]


def program(notes: Notes) -> None:
    """Every way to dispatch: heard, unheard, nested, raising, robust, async, by subclasses."""
    nested = Signal()
    nested.connect(lambda **kwargs: "leaf", weak=False)

    def receive(**kwargs: Any) -> Any:
        notes.add("receive", sorted(kwargs))
        return len(nested.send(None)) + len(nested.send_robust(Notes, thing=notes))

    async def areceive(**kwargs: Any) -> Any:
        notes.add("areceive", sorted(kwargs))
        return len(await nested.asend(Notes, thing=notes))

    def fail(**kwargs: Any) -> None:
        raise Failure("failed")

    async def afail(**kwargs: Any) -> None:
        raise Failure("failed later")

    for mix in (
        (),
        (receive,),
        (receive, areceive),
        (receive, fail),
        (areceive, afail),
        (fail, receive, areceive),
    ):
        for kind in (Signal, *subclasses()):
            signal = notes.keep(kind(use_caching=True), "signal")
            for each in mix:
                signal.connect(notes.keep(each, each.__name__))
            for method in ("send_own", *METHODS)[kind is Signal :]:
                try:
                    result = dispatch(signal, method, Notes, one=1, thing=notes)
                except Failure as error:
                    result = error
                notes.add(f"{kind.__name__} {method}", notes.name(result))
    signal = Signal()
    signal.connect(receive)
    for send in (signal.send, signal.send_robust):
        thread = threading.Thread(target=contextvars.Context().run, args=(send, None))
        thread.start()
        thread.join()


def breaking(*args: Any, **kwargs: Any) -> Any:
    """Stands for any function of ours, on a bad day."""
    raise Broken("our own fault")


PLACES: list[tuple[Any, str]] = [
    (fastpath, "own_cell"), (fastpath_robust, "own_cell"), (handout, "own_cell"), (recorder, "own_cell"),
    (loops, "own_cell"),
    (cells, "thread_name"), (cells, "_way_home"),
    (recorder.Recorder, "route"), (routes.Routes, "_remember"),
    (callsite.Sites, "find"), (callsite.Sites, "_learn"), (callsite.Sites, "_add"),
    (names, "describe_receiver"), (names, "describe_sender"),
    (names.Names, "receiver"), (names.Names, "signal"), (names.Names, "sender"), (names.Names, "_watch"),
    (arguments, "_describe"), (arguments, "_rule"), (arguments, "describe_sender"),
    (arguments.Classes, "learn"),
    (recorder, "describe_error"), (recorder, "pack_flat"), (recorder.Recorder, "add"),
    (dispatches.Dispatch, "_write"), (dispatches.Dispatch, "note"), (dispatches, "was_caught"),
    (handout, "open_dispatch"), (handout, "TimedReceiver"), (handout, "TimedReceivers"), (drivers, "Cell"),
    (loops, "_loops"), (loops, "_TimedLoop"), (methods.Methods, "_find"), (methods.Methods, "dispatching"),
    (patch.Patch, "_swap"), (handout, "task_name"), (handout, "Dispatch"), (exact, "note_opaque"),
    (exact, "hand_opaque"), (assembly, "_signals"), (assembly, "SignalNames"),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name"), PLACES, ids=lambda each: getattr(each, "__name__", each))
def test_a_fault_of_ours_is_not_the_programs(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of ours fails, the program sees what it sees bare; the trace tells of the fault."""
    bare = observe(program)
    recording = record(orphaned=True)
    if owner is patch.Patch:
        recording.start()
        monkeypatch.setattr(owner, name, breaking)
    else:
        monkeypatch.setattr(owner, name, breaking)
        recording.start()
    traced, again = observe(program), observe(program)
    recording.stop()
    monkeypatch.undo()
    assert (differences(bare, traced), differences(bare, again)) == ([], [])
    faults = [fault.message for fault in recording.trace.faults]
    assert "Broken: our own fault" in faults


def test_faults_are_counted() -> None:
    """One entry for each kind of fault, with how often it happened; other spans are recorded."""

    def receive(**kwargs: Any) -> None:
        pass

    signal = Signal()
    signal.connect(receive)
    with record() as recording:
        monkeypatch = pytest.MonkeyPatch()
        monkeypatch.setattr(names, "describe_receiver", breaking)
        for _ in range(3):
            signal.send(None)
        monkeypatch.undo()
        signal.send(None)
    (fault,) = recording.trace.faults
    assert (fault.where, fault.message, fault.count) == ("receiver name", "Broken: our own fault", 3)
    labels = [span.label for _, span in recording.trace.walk() if span.receiver]
    assert labels == ["(a receiver that could not be named)"] * 3 + [
        f"{__name__}.test_faults_are_counted.<locals>.receive"
    ]


@pytest.mark.parametrize(
    ("owner", "name", "where"),
    [
        (arguments, "_describe", "arguments (switched off)"),
        (callsite.Sites, "_learn", "call site (switched off)"),
    ],
)
def test_a_broken_probe_is_switched_off(
    owner: Any, name: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe that failed is not asked again in this recording; all the rest is recorded."""
    signal = Signal()
    signal.connect(lambda **kwargs: None, weak=False)
    with record() as recording:
        monkeypatch.setattr(owner, name, breaking)
        for _ in range(3):
            signal.send(None, thing=object())
        monkeypatch.undo()
        signal.send(None, number=1)
    (fault,) = recording.trace.faults
    assert (fault.where, fault.count) == (where, 1)
    assert len(recording.trace.roots()) == 4
