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
from signaltrace.capture.statements import Statements
from signaltrace.capture.waiting import waiting_site

MAX_KNOWN = 10_000
# Frames between the cursor's method and ours: of execute wrappers, and of what those call.
_MOST_WRAPPERS = 64
# From QueryPlaces.find up to the caller of what stands for the cursor's method: find, _note, execute.
_OURS = 3

_RUNS_WRAPPERS = getattr(getattr(CursorWrapper, "_execute_with_wrappers", None), "__code__", None)


class QueryPlaces:
    """Indexes of statements by what was run and from where."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._statements = Statements(recorder)
        self._sites = recorder.sites.known
        # By text and alias: how far up the program's frame was, the code of the one below it, and the
        # statement by the index of the call site.
        self._known: dict[tuple[str, str], tuple[int, CodeType, dict[int, int]]] = {}

    def find(self, sql: Any, database: Any, span: int) -> int:
        """The index of the statement that the receiver call ``span`` just ran; to be called by
        ``Queries._note`` alone."""
        if type(sql) is not str or database.execute_wrappers:
            frame = _above_wrappers(_getframe(_OURS))
            return self._statements.find(sql, database, self._site(frame), span)
        key = (sql, database.alias)
        expected = self._known.get(key)
        if expected is not None:
            up, code, indexes = expected
            try:
                below = _getframe(up)
            except ValueError:  # the stack is not as high
                below = None
            if below is not None and below.f_code is code and (above := below.f_back) is not None:
                lines = self._sites.get(id(above.f_code))
                index = indexes.get(lines.get(above.f_lasti, 0)) if lines else None
                if index is not None:
                    return index
        frame = _getframe(_OURS)
        site = self._site(frame)
        index = self._statements.find(sql, database, site, span)
        if site:
            self._remember(key, frame, site, index)
        return index

    def _site(self, frame: FrameType | None) -> int:
        return self._recorder.call_site(frame) or waiting_site(self._recorder)

    def _remember(self, key: tuple[str, str], frame: FrameType, site: int, index: int) -> None:
        """Note where the search that began at ``frame`` ended; all on the way is known to it now."""
        known = self._sites
        up, below, step = _OURS, frame, frame.f_back
        while step is not None and not known.get(id(step.f_code)):
            up, below, step = up + 1, step, step.f_back
        if step is None or known.get(id(frame.f_code)):
            return
        expected = self._known.get(key)
        if expected is not None and expected[:2] == (up, below.f_code):
            expected[2][site] = index
            return
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[key] = (up, below.f_code, {site: index})


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
