"""The contract for garbage collection: nothing lives longer, and nothing sooner, than in a bare run."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import record
from tests.capture.kinds import Failure
from tests.capture.observing import METHODS, Notes, dispatch, same, worker_is_idle

pytestmark = pytest.mark.usefixtures("unnamed_signals")


class Thing:
    """Something that can be sent, send, or receive."""

    def receive(self, **kwargs: Any) -> Any:
        return None

    async def areceive(self, **kwargs: Any) -> Any:
        await asyncio.sleep(0)

    def fail(self, **kwargs: Any) -> Any:
        raise Failure(self)

    async def afail(self, **kwargs: Any) -> Any:
        await others_done()
        raise Failure(self)

    async def cancelled(self, **kwargs: Any) -> Any:
        local = Thing()
        watch(local, "a local of the cancelled receiver")
        await others_done()
        asyncio.get_running_loop().call_soon(current_task().cancel)
        await asyncio.Event().wait()


async def others_done() -> None:
    """Until Django 6.1 sync receivers run in a thread meanwhile: who fails before they end races them."""
    while len(asyncio.all_tasks()) > 2:  # noqa: ASYNC110 - there is no event for that
        await asyncio.sleep(0)


def current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


WATCHED: list[tuple[str, weakref.ref[Any]]] = []


def watch(thing: Any, name: str) -> Any:
    WATCHED.append((name, weakref.ref(thing)))
    return thing


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """What dies here dies by reference counts alone: a cycle of our making would show."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    WATCHED.clear()


def left_alive(notes: Notes, scene: Callable[[], None]) -> None:
    """Run a scene and write down which of the things it watched are still there."""
    WATCHED.clear()
    scene()
    worker_is_idle()
    notes.add("alive", [(name, reference() is not None) for name, reference in WATCHED])
    gc.collect()
    notes.add("alive after a collection", [name for name, reference in WATCHED if reference() is not None])


@pytest.mark.parametrize("receiver", ["receive", "areceive", "fail", "afail", "cancelled"])
@pytest.mark.parametrize("method", METHODS)
def test_all_that_takes_part(method: str, receiver: str) -> None:
    """Signal, sender, receivers, instances, exceptions and frames of one dispatch die when they would."""

    def scene() -> None:
        signal = watch(Signal(use_caching=True), "signal")
        sender = watch(type("Sender", (), {}), "sender")
        instance = watch(Thing(), "instance")
        first = watch(Thing(), "first receiver")
        second = watch(Thing(), "second receiver")
        signal.connect(first.receive, sender=sender)
        signal.connect(getattr(second, receiver), sender=sender)
        try:
            dispatch(signal, method, sender, instance=instance)
        except BaseException as error:
            watch(error, "exception") if isinstance(error, Failure) else None

    same(lambda notes: left_alive(notes, scene))


@pytest.mark.parametrize("receiver", ["fail", "afail"])
@pytest.mark.parametrize("method", ["send_robust", "asend_robust"])
def test_returned_exceptions_whose_tracebacks_are_cleared(method: str, receiver: str) -> None:
    """Who takes the traceback off a returned exception frees what the dispatch held."""

    def scene() -> None:
        signal, instance, thing = Signal(), watch(Thing(), "instance"), watch(Thing(), "receiver")
        signal.connect(getattr(thing, receiver))
        ((_, error),) = dispatch(signal, method, None, instance=instance)
        error.__traceback__ = None

    same(lambda notes: left_alive(notes, scene))


@pytest.mark.parametrize("method", METHODS)
def test_a_receiver_that_is_gone(method: str) -> None:
    """A weakly connected receiver is called until its last reference goes, and not once more."""

    def program(notes: Notes) -> None:
        signal = Signal()

        class Owner:
            def __call__(self, **kwargs: Any) -> str:
                notes.add("called", "object")
                return "object"

        def receive(**kwargs: Any) -> str:
            notes.add("called", "function")
            return "function"

        owner = Owner()
        signal.connect(owner)
        signal.connect(receive)
        responses = dispatch(signal, method, None)
        notes.add("sent", len(responses), len(signal.receivers))
        del responses, owner
        worker_is_idle()
        notes.add("sent", len(dispatch(signal, method, None)), signal.has_listeners())
        del receive
        worker_is_idle()
        notes.add("sent", len(dispatch(signal, method, None)), signal.has_listeners())

    same(program)


def test_a_receiver_that_dies_during_the_dispatch() -> None:
    """The dispatch holds its receivers as long as Django's loop would, until it ends."""

    def program(notes: Notes) -> None:
        signal = Signal()
        things = [Thing() for _ in range(3)]
        for thing in things:
            watch(thing, "receiver")
            signal.connect(thing.receive)

        def drop(**kwargs: Any) -> None:
            things.clear()
            notes.add("during", [reference() is not None for _, reference in WATCHED])

        signal.connect(drop)
        notes.add("sent", len(signal.send(None)))
        notes.add("after", [reference() is not None for _, reference in WATCHED])

    def fresh(notes: Notes) -> None:
        WATCHED.clear()
        program(notes)

    same(fresh)


def test_names_hold_nothing() -> None:
    """Dead senders, signals and receivers leave the tables; a new object at the same id is another."""
    with record() as recording:
        recorder = recording._recorder
        assert recorder is not None
        for number in range(20):
            signal, sender = Signal(), type(f"Sender{number}", (), {})

            def receive(**kwargs: Any) -> int:
                return 0

            receive.__qualname__ = f"receive{number}"
            signal.connect(receive, sender=sender)
            signal.send(sender)
            del signal, sender, receive
            gc.collect()
        names = recorder.names
        left = len(names.receiver_ids), len(names._sender_ids), len(names._signal_ids)
        assert left == (0, 0, 0)
        assert all(not by_signal for by_signal in recorder.route_ids.values())
    spans = [span for _, span in recording.trace.walk()]
    assert [span.sender.name for span in spans[::2]] == [f"{__name__}.Sender{n}" for n in range(20)]
    assert [span.label for span in spans[1::2]] == [f"{__name__}.receive{n}" for n in range(20)]
