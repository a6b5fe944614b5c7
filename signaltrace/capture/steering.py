"""What recordings change in the traced program on request, stage *capture*: how deep dispatches may nest,
in which order receivers run; and whether anyone looks between two of them.

Without such a request nothing here is asked on the hot path, but by dispatches nested in others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from signaltrace.capture.looks import Watcher
from signaltrace.capture.mutes import IN_FORCE, without_muted
from signaltrace.capture.shuffle import Shuffle

UNBOUNDED = sys.maxsize


class Wishes(Protocol):
    """What a recording asks for; None where it leaves that to those around it."""

    max_depth: int | None
    shuffle: int | None


class Steering:
    """The wishes in force. Where recordings overlap the one begun last decides."""

    def __init__(self) -> None:
        # A dispatch inside so many others is refused.
        self.deepest = UNBOUNDED
        self.shuffle: Shuffle | None = None
        # The fields probe, while it watches.
        self.watcher: Watcher | None = None
        # Whether a subclass of Signal called receivers itself.
        self.passed_over = False
        # Names of signals by their index in the recorder's table: each is searched for once.
        self.named: dict[int, str] = {}
        # Has the patch see to it that dispatches come this way, or no longer; set by it.
        self.redirect: Callable[[], None] = _nowhere

    @property
    def detours(self) -> bool:
        """Whether dispatches are to leave the quickest way."""
        return self.shuffle is not None or self.watcher is not None

    def follow(self, recordings: Iterable[Wishes]) -> None:
        """Do as the recordings under way ask."""
        self.deepest, shuffle = UNBOUNDED, None
        for each in recordings:
            if each.max_depth is not None:
                self.deepest = each.max_depth or UNBOUNDED
            if each.shuffle is not None:
                shuffle = each.shuffle
        if shuffle is None:
            self.shuffle = None
        elif self.shuffle is None or self.shuffle.seed != shuffle:
            self.shuffle = Shuffle(shuffle)
            self.passed_over = False
        self.redirect()


def _nowhere() -> None:
    """Before there is a patch."""


def arranged(recorder: Any, signal: Any, sender: Any, live: Any) -> tuple[Any, list[Any]]:
    """What ``_live_receivers`` gave, in the order they are to run, less those that are muted, and those.
    Never raises."""
    try:
        muted: list[Any] = []
        if IN_FORCE:
            live, muted = without_muted(recorder, signal, sender, live)
        shuffle = recorder.steering.shuffle
        return (live if shuffle is None else shuffle.shuffled(recorder, signal, sender, live)), muted
    except Exception as fault:
        recorder.fault("receivers to call", fault)
        return live, []
