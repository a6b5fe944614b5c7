"""What calls add up to, stage *trace*: a receiver's totals, and what is known under a call still open."""

from __future__ import annotations

from signaltrace.intervals import GrowingUnion


class Totals:
    """What one receiver's calls add up to; times in nanoseconds."""

    __slots__ = ("busy_ns", "calls", "errors", "max_ns", "primitive", "self_ns", "time")

    def __init__(self) -> None:
        self.calls = 0
        self.primitive = 0
        self.errors = 0
        self.self_ns = 0
        self.busy_ns = 0
        self.max_ns = 0
        self.time = GrowingUnion()

    @property
    def cumulative_ns(self) -> int:
        """Time in which at least one call was running: never above the wall time."""
        return self.time.total()


class Below:
    """What has ended under a receiver call that is itself still to come."""

    __slots__ = ("paused_ns", "primitive", "time")

    def __init__(self) -> None:
        self.time = GrowingUnion()
        self.paused_ns = 0
        self.primitive: dict[int, int] = {}
