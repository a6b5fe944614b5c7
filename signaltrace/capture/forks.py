"""Forks, stage *capture*: which recorders begin anew in a forked child."""

from __future__ import annotations

import os

from signaltrace.capture.recorder import Recorder

_recorders: list[Recorder] = []


def _after_fork_in_child() -> None:
    for recorder in _recorders:
        try:
            recorder.after_fork()
        except Exception as error:
            recorder.fault("fork", error)


os.register_at_fork(after_in_child=_after_fork_in_child)


def remember(recorder: Recorder) -> None:
    """Reset this recorder in forked children from now on."""
    _recorders.append(recorder)


def forget(recorder: Recorder) -> None:
    """The recorder is done."""
    if recorder in _recorders:
        _recorders.remove(recorder)
