"""Where an async receiver waits, stage *capture*: for what it had another thread do, whose stack ends at
the hop. The receiver's own coroutine knows, and those it waits for in turn."""

from __future__ import annotations

from types import CoroutineType, FrameType

from signaltrace.capture.cells import CELL
from signaltrace.capture.recorder import Recorder

_MOST_AWAITS = 200


def waiting_site(recorder: Recorder) -> int:
    """The index of the nearest call site of the program's in the coroutine that this thread works for; 0
    for none. It may be running meanwhile: then what it waits for is not told."""
    cell = CELL.get()
    while cell is not None and cell.coroutine is None:
        cell = cell.origin
    coroutine = None if cell is None or cell.coroutine is None else cell.coroutine()
    frames: list[FrameType] = []
    while type(coroutine) is CoroutineType and len(frames) < _MOST_AWAITS:
        if coroutine.cr_frame is not None:
            frames.append(coroutine.cr_frame)
        coroutine = coroutine.cr_await
    for frame in reversed(frames):  # the innermost first
        site = recorder.call_site(frame)
        if site:
            return site
    return 0
