"""viztracer: every function call as an entry in a ring of a million."""

from __future__ import annotations

from typing import Any, Self

TITLE = "viztracer"
REQUIRES: str | None = "viztracer"
WORKLOADS = ("no_receiver", "one", "five", "save", "asend")


class Visualised:
    """See Tool in measuring.py."""

    def __init__(self) -> None:
        from viztracer import VizTracer

        self._tracer = VizTracer(verbose=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._tracer.stop()
        self._tracer.clear()

    def on(self) -> None:
        """Tracing, into an empty ring."""
        self._tracer.clear()
        self._tracer.start()

    def off(self) -> None:
        """Not tracing."""
        self._tracer.stop()


def tool(options: dict[str, Any]) -> Visualised:
    """A tracer with its defaults."""
    return Visualised()
