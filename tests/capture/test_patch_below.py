"""Another tool has patched what we patch, and was there first: it is asked as often as without us."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.handout import ANNOUNCED
from signaltrace.capture.recording import record

NOTE = (
    "Another tool patches Signal (_live_receivers): it runs as before. Async receivers that its methods are"
    " handed are not timed."
)


class Sender:
    """Whose receivers a caching signal remembers."""


@pytest.fixture
def wrapped() -> Iterator[list[str]]:
    """A tool that hands out receivers of its own, as error trackers do; the calls they got."""
    calls: list[str] = []
    original = Signal._live_receivers  # type: ignore[attr-defined]

    def tool(self: Any, sender: Any) -> Any:
        def stand_in(receiver: Any) -> Any:
            def inner(**kwargs: Any) -> Any:
                calls.append("called")
                return receiver(**kwargs)

            return inner

        receivers, async_receivers = original(self, sender)
        return [stand_in(each) for each in receivers], async_receivers

    Signal._live_receivers = tool  # type: ignore[attr-defined]
    yield calls
    Signal._live_receivers = original  # type: ignore[attr-defined]


@pytest.mark.parametrize("method", ["send", "send_robust"])
@pytest.mark.parametrize("caching", [True, False])
def test_its_receivers_are_the_ones_called(wrapped: list[str], caching: bool, method: str) -> None:
    """Also from the second dispatch on, when the signal has cached whom to call; and the trace says so."""
    signal = Signal(use_caching=caching)
    signal.connect(lambda **kwargs: "answer", sender=Sender, weak=False)
    with record() as recording:
        for _ in range(3):
            responses = getattr(signal, method)(Sender)
            assert [(receiver.__name__, answer) for receiver, answer in responses] == [("inner", "answer")]
    assert wrapped == ["called"] * 3
    assert NOTE in recording.trace.notes


def test_a_loop_nobody_can_see_is_noted() -> None:
    """A subclass that reads its receivers itself passes by what is patched: its absence is not silent."""

    class Published(Signal):
        def publish(self, **kwargs: Any) -> list[Any]:
            return [entry[1](**kwargs) for entry in self.receivers]

    signal = Published()
    signal.connect(lambda **kwargs: "answer", weak=False)
    with record() as recording:
        assert signal.publish() == ["answer"]
    name = f"{__name__}.test_a_loop_nobody_can_see_is_noted.<locals>.Published.publish"
    note = next(each for each in recording.trace.notes if "self.receivers" in each)
    assert name in note
    assert note.endswith(": reads self.receivers itself; what is dispatched there is not seen.")


def test_dispatches_that_never_ask_leave_no_announcement() -> None:
    """A tool's `asend` may wait and then ask for nobody, in several tasks at once that end in any order."""
    original = Signal.asend
    turns = [2, 1, 3]

    async def tool(self: Any, sender: Any, **named: Any) -> list[Any]:
        for _ in range(turns.pop()):
            await asyncio.sleep(0)
        return []

    async def together() -> None:
        await asyncio.gather(*(signal.asend(None) for _ in range(3)))

    signal = Signal()
    signal.connect(lambda **kwargs: None, weak=False)
    Signal.asend = tool  # type: ignore[method-assign]
    try:
        with record():
            asyncio.run(together())
            assert ANNOUNCED.handout is None
    finally:
        Signal.asend = original  # type: ignore[method-assign]
