"""What receivers change in a model instance, a probe of *capture*: off unless it is asked for.

It patches nothing: dispatches are sent where there is time between two receivers (see looks.py).
"""

from __future__ import annotations

from typing import Any

from signaltrace.capture.looks import PROBE, Watcher
from signaltrace.event import Event

NAME = PROBE
SUMMARY = "Fields of the instance that each receiver of a model signal changed, and those its code reads."
DEFAULT = False
KINDS = (PROBE,)


class FieldsProbe:
    """Lets a Watcher watch."""

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder

    def install(self) -> None:
        """Begin to watch."""
        steering = self._recorder.steering
        steering.watcher = Watcher(self._recorder)
        steering.redirect()

    def uninstall(self) -> None:
        """Watch no more."""
        steering = self._recorder.steering
        steering.watcher = None
        steering.redirect()

    def open_events(self) -> list[Event]:
        """None: what a receiver changed is told when it is done."""
        return []

    def after_fork(self) -> None:
        """Nothing is open between receivers."""


def build(recorder: Any) -> FieldsProbe:
    """The probe of a recorder."""
    return FieldsProbe(recorder)
