"""The floor: Django's work with two clock reads and an append around each receiver, and nothing else.

No tracer of one's own in Python can cost less; the gap between it and signaltrace is what names,
nesting, call sites, arguments, packing and the care for exactness take.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any, Self

from django.dispatch import Signal

from tests.benchmarks.swapping import Swap

TITLE = "floor"
REQUIRES: str | None = None
WORKLOADS = ("one", "five", "five_of_ones_own", "save")


class Floor:
    """See Tool in measuring.py."""

    def __enter__(self) -> Self:
        self._times: list[tuple[int, int]] = []
        swap = Swap()
        Signal.send = _timing(self._times)
        swap.learn()
        self._swap = swap
        return self

    def __exit__(self, *error: object) -> None:
        self._swap.original()

    def on(self) -> None:
        """Receivers with a clock around them."""
        self._swap.patched()

    def off(self) -> None:
        """Django's own."""
        self._swap.original()
        self._times.clear()


def _timing(times: list[tuple[int, int]]) -> Any:
    django_send, clock, append = Signal.send, perf_counter_ns, times.append

    def send(self: Any, sender: Any, **named: Any) -> Any:
        if not self.receivers:
            return []
        receivers, later = self._live_receivers(sender)
        if later:
            return django_send(self, sender, **named)
        responses = []
        for receiver in receivers:
            began = clock()
            response = receiver(signal=self, sender=sender, **named)
            append((began, clock()))
            responses.append((receiver, response))
        return responses

    return send


def tool(options: dict[str, Any]) -> Floor:
    """The loop, not yet in place."""
    return Floor()
