"""signaltrace: one recording held open, its methods swapped in and out."""

from __future__ import annotations

from typing import Any, Self

import signaltrace
from tests.benchmarks.swapping import Swap

TITLE = "signaltrace"
REQUIRES: str | None = None
WORKLOADS = (
    "no_receiver", "other_sender", "one", "five", "five_without_arguments", "five_of_ones_own",
    "save", "save_without_probes", "save_queries", "save_transactions", "save_outgoing", "save_bypasses",
    "save_fields", "query", "atomic", "update", "asend",
)  # fmt: skip


class Traced:
    """See Tool in measuring.py."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._recording = signaltrace.record(**options)

    def __enter__(self) -> Self:
        self._swap = Swap()
        self._recording.start()
        self._swap.learn()
        return self

    def __exit__(self, *error: object) -> None:
        self._swap.patched()
        self._recording.stop()
        faults = self._recording.trace.faults
        if faults:
            raise RuntimeError(f"signaltrace failed while it was measured: {faults}")

    def on(self) -> None:
        """The patched methods."""
        self._swap.patched()

    def off(self) -> None:
        """Django's methods."""
        self._swap.original()


def tool(options: dict[str, Any]) -> Traced:
    """A recording, not begun yet."""
    return Traced(options)
