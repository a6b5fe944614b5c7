"""Which line ran a query, stage *capture*: the nearest of the program's own, found again without a search.

Between it and the driver there are a dozen frames of Django's, and a frame that is looked at costs more
than most queries of a receiver should. A statement that was seen is expected where it was seen last: so
many frames above, and called by the same function of Django's. Python skips what is in between by itself.
"""

from __future__ import annotations

from sys import _getframe
from types import CodeType, FrameType
from typing import Any

from django.db.backends.utils import CursorWrapper

from signaltrace.capture.recorder import Recorder
from signaltrace.capture.waiting import waiting_site

MAX_KNOWN = 10_000
# Frames between the cursor's method and ours: of execute wrappers, and of what those call.
_MOST_WRAPPERS = 64
# From QueryPlaces.find up to the caller of what stands for the cursor's method: find, _note, execute.
_OURS = 3

_RUNS_WRAPPERS = getattr(getattr(CursorWrapper, "_execute_with_wrappers", None), "__code__", None)


class QueryPlaces:
    """Indexes into a recorder's table of call sites, for queries."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        # By text and alias: how far up the program's frame was, and the code of the one below it.
        self._known: dict[tuple[str, str], tuple[int, CodeType]] = {}

    def find(self, sql: Any, database: Any) -> int:
        """The call site of the query that is over; to be called by ``Queries._note`` alone. 0 for none."""
        if type(sql) is not str or database.execute_wrappers:
            return self._recorder.call_site(_above_wrappers(_getframe(_OURS))) or waiting_site(self._recorder)
        key = (sql, database.alias)
        expected = self._known.get(key)
        if expected is not None:
            site = self._again(*expected)
            if site:
                return site
        frame = _getframe(_OURS)
        site = self._recorder.call_site(frame)
        if site:
            self._remember(key, frame)
        return site or waiting_site(self._recorder)

    def _again(self, up: int, code: CodeType) -> int:
        """The site where it is expected; 0 where something else is there."""
        try:
            below = _getframe(up + 1)
        except ValueError:  # the stack is not as high
            return 0
        frame = below.f_back
        if below.f_code is not code or frame is None:
            return 0
        lines = self._recorder.sites.known.get(id(frame.f_code))
        return (lines.get(frame.f_lasti) or 0) if lines else 0

    def _remember(self, key: tuple[str, str], frame: FrameType) -> None:
        """Note where the search that began at ``frame`` ended; all on the way is known to it now."""
        known = self._recorder.sites.known
        up, below, step = _OURS, frame, frame.f_back
        while step is not None and not known.get(id(step.f_code)):
            up, below, step = up + 1, step, step.f_back
        if step is not None and not known.get(id(frame.f_code)):
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[key] = (up, below.f_code)


def _above_wrappers(frame: FrameType) -> FrameType | None:
    """The frame below which there are execute wrappers alone, which are none of those who ask."""
    above: FrameType | None = frame
    for _ in range(_MOST_WRAPPERS):
        if above is None:
            break
        if above.f_code is _RUNS_WRAPPERS:
            return above.f_back
        above = above.f_back
    return frame
