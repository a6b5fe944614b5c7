"""Where a dispatch came from, stage *capture*: the nearest caller outside Django and outside us.

Frames of asgiref, asyncio and thread pools are passed over too: a dispatch that was carried to
another thread or task has no caller of its own there, and its parent tells where it belongs.

A site is known by its code object and instruction; the line number is worked out once per site.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from types import CodeType, FrameType

import asgiref
import django

import signaltrace
from signaltrace.capture.table import Table
from signaltrace.trace import CallSite

MAX_CODES = 20_000
# Django and ourselves, and what only carries a call from one thread or task to another.
_SKIPPED = (
    *(
        os.path.join(os.path.dirname(os.path.abspath(each.__file__ or "")), "")
        for each in (django, signaltrace, asgiref, asyncio, concurrent.futures)
    ),
    os.path.abspath(threading.__file__),
)


class Sites:
    """The table of call sites. Code objects are held, so that their ids stay theirs; bounded."""

    def __init__(self) -> None:
        self.table: Table[CallSite | None] = Table(CallSite("(other call sites)", 0, ""), first=(None,))
        # id of a code object -> {instruction: index}; None for Django's code and ours.
        self.known: dict[int, dict[int, int] | None] = {}
        self._held: list[CodeType] = []

    def find(self, frame: FrameType | None) -> int:
        """The index of the first site at or above ``frame`` outside all that; 0 where there is none."""
        known = self.known
        while frame is not None:
            code = frame.f_code
            try:
                lines = known[id(code)]
            except KeyError:
                lines = self._learn(code)
            if lines is not None:
                index = lines.get(frame.f_lasti)
                return self._add(frame, lines) if index is None else index
            frame = frame.f_back
        return 0

    def _learn(self, code: CodeType) -> dict[int, int] | None:
        if len(self.known) >= MAX_CODES:
            self.known.clear()
            self._held.clear()
        path = code.co_filename
        lines: dict[int, int] | None = None if path.startswith(_SKIPPED) else {}
        self._held.append(code)
        self.known[id(code)] = lines
        return lines

    def _add(self, frame: FrameType, lines: dict[int, int]) -> int:
        code = frame.f_code
        site = CallSite(code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_qualname)
        index = lines[frame.f_lasti] = self.table.add(site)
        return index
