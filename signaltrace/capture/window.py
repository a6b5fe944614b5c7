"""What the recorder knows of a recording, stage *capture*: what it wants, and where its blocks go."""

from __future__ import annotations

from typing import Protocol

from signaltrace.capture.blocks import Packed


class Window(Protocol):
    """One recording, or whatever else takes part in one."""

    arguments: str
    orphaned: bool
    probes: frozenset[str]
    max_depth: int | None
    shuffle: int | None
    shared: bool
    """Whether it was ever not the only one: its blocks then hold what others asked for."""

    def take(self, packed: Packed) -> None:
        """What was packed."""

    def restart(self) -> None:
        """The process is a forked child now."""
