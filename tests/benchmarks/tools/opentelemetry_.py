"""OpenTelemetry: the SDK's tracer with no exporter, a span per receiver by the plainest wrapping."""

from __future__ import annotations

from functools import wraps
from typing import Any, Self

from django.dispatch import Signal

from tests.benchmarks.swapping import Swap

TITLE = "OpenTelemetry"
REQUIRES: str | None = "opentelemetry-sdk"
WORKLOADS = ("no_receiver", "one", "five", "save", "asend")


class Spans:
    """See Tool in measuring.py."""

    def __enter__(self) -> Self:
        from opentelemetry.sdk.trace import TracerProvider

        swap = Swap()
        Signal._live_receivers = _with_spans(TracerProvider().get_tracer("benchmark"))
        swap.learn()
        self._swap = swap
        return self

    def __exit__(self, *error: object) -> None:
        self._swap.original()

    def on(self) -> None:
        """Wrapped receivers."""
        self._swap.patched()

    def off(self) -> None:
        """Django's own."""
        self._swap.original()


def _with_spans(tracer: Any) -> Any:
    live = Signal._live_receivers

    def sync_span(receiver: Any) -> Any:
        @wraps(receiver)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with tracer.start_as_current_span(receiver.__qualname__):
                return receiver(*args, **kwargs)

        return wrapped

    def async_span(receiver: Any) -> Any:
        @wraps(receiver)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            with tracer.start_as_current_span(receiver.__qualname__):
                return await receiver(*args, **kwargs)

        return wrapped

    def _live_receivers(self: Any, sender: Any) -> Any:
        receivers, async_receivers = live(self, sender)
        return [sync_span(each) for each in receivers], [async_span(each) for each in async_receivers]

    return _live_receivers


def tool(options: dict[str, Any]) -> Spans:
    """A tracer, not yet in place."""
    return Spans()
