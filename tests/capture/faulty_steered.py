"""A program whose receivers change what they are sent, run in any order, and go as deep as they may.

Run bare it sees the same: nothing in it depends on the order, and what is refused would do nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any

from django.dispatch import Signal

from signaltrace.errors import SignalRecursionError
from tests.capture.faulty_kinds import depth, program
from tests.capture.observing import METHODS, Notes
from tests.testapp.models import Book

DEEPEST = 3


class Steered:
    """The receivers of one run. ``left`` says how much deeper to go; None for what would be too deep."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.signal, self.later = notes.keep(Signal(), "signal"), notes.keep(Signal(), "later")
        for each in (self.one, self.two, self.loop, self.three):
            self.signal.connect(each)
        self.later.connect(self.deeper)

    def one(self, instance: Any, left: int | None, **kwargs: Any) -> None:
        """Reads and writes."""
        if left is not None:
            self.notes.add(f"one {left}", depth())
            instance.title = f"{instance.title}!"
            instance.number = [1]
            instance.at = datetime(2026, 1, 1 + left, tzinfo=UTC)

    def two(self, **kwargs: Any) -> None:
        """Writes another way."""
        if kwargs["left"] is not None:
            self.notes.add(f"two {kwargs['left']}", depth())
            kwargs["instance"].author_id = kwargs["left"] + 1

    def loop(self, sender: Any, left: int | None, **kwargs: Any) -> None:
        """Goes deeper by itself, until it may not."""
        if left is not None:
            self.notes.add(f"loop {left}", depth())
            for method in (self.signal.send, self.signal.send_robust) if left == 0 else (self.signal.send,):
                with contextlib.suppress(SignalRecursionError):
                    method(sender, left=left - 1 if left else None, instance=kwargs["instance"])

    async def three(self, sender: Any, left: int | None, instance: Any, **kwargs: Any) -> None:
        """Asynchronously."""
        if left is not None:
            self.notes.add("three", left)
            await asyncio.sleep(0)
            instance.title = "async"

    async def deeper(self, sender: Any, left: int | None, **kwargs: Any) -> None:
        """An async receiver in a loop of its own."""
        if left is not None:
            self.notes.add("deeper", left)
            with contextlib.suppress(SignalRecursionError):
                await self.later.asend(sender, left=left - 1 if left else None)


@program(probes={"fields"}, shuffle=11, max_depth=DEEPEST)
def steered(notes: Notes) -> None:
    """Dispatches by every method."""
    kinds = Steered(notes)

    async def asynchronously() -> None:
        for method in METHODS[2:]:
            await getattr(kinds.signal, method)(Book, left=left, instance=Book(title="a", author_id=0))
            await getattr(kinds.later, method)(Book, left=left)

    left = DEEPEST - 1
    for method in METHODS[:2]:
        getattr(kinds.signal, method)(Book, left=left, instance=Book(title="a", author_id=0))
    asyncio.run(asynchronously())
