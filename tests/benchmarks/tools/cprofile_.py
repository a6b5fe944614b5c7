"""cProfile: every function call counted and timed."""

from __future__ import annotations

from cProfile import Profile
from typing import Any, Self

TITLE = "cProfile"
REQUIRES: str | None = None
WORKLOADS = ("no_receiver", "one", "five", "save", "asend")


class Profiled:
    """See Tool in measuring.py."""

    def __init__(self) -> None:
        self._profile = Profile()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._profile.disable()
        if not self._profile.getstats():
            raise RuntimeError("cProfile has recorded nothing")

    def on(self) -> None:
        """Profiling."""
        self._profile.enable()

    def off(self) -> None:
        """Not profiling."""
        self._profile.disable()


def tool(options: dict[str, Any]) -> Profiled:
    """A profile, empty."""
    return Profiled()
