"""Where a dispatch came from, stage *capture*: the nearest caller outside Django and outside us.

Python's own library is passed over like Django. Where a call was carried to another thread or
task, the frames below belong to somebody else's call: the search ends there without a site, and
the parent tells where the dispatch belongs. So it does at our own commands.

A site is known by its code object and instruction; the line number is worked out once per site.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import sysconfig
import threading
from types import CodeType, FrameType

import asgiref
import django

import signaltrace
from signaltrace import capture
from signaltrace.capture.table import Table
from signaltrace.trace import CallSite

MAX_CODES = 20_000


def _folder(module: object) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(getattr(module, "__file__", None) or "")), "")


_PASSED_OVER = (_folder(django), _folder(capture))
_ENDS = (
    *map(_folder, (signaltrace, asgiref, asyncio, concurrent.futures)),
    os.path.abspath(threading.__file__),
)
_LIBRARY = os.path.join(sysconfig.get_path("stdlib"), "")
_PACKAGES = tuple(os.path.join(_LIBRARY, each, "") for each in ("site-packages", "dist-packages"))
_END: dict[int, int] = {}


class Sites:
    """The table of call sites. Code objects are held, so that their ids stay theirs; bounded."""

    def __init__(self) -> None:
        self.table: Table[CallSite | None] = Table(CallSite("(other call sites)", 0, ""), first=(None,))
        # id of a code object -> {instruction: index}; None to pass it over, _END to go no further.
        self.known: dict[int, dict[int, int] | None] = {}
        self._held: list[CodeType] = []

    def find(self, frame: FrameType | None) -> int:
        """The index of the first site at or above ``frame``; 0 where there is none."""
        known = self.known
        while frame is not None:
            code = frame.f_code
            try:
                lines = known[id(code)]
            except KeyError:
                lines = self._learn(code)
            if lines is _END:
                return 0
            if lines is not None:
                index = lines.get(frame.f_lasti)
                return self._add(frame, lines) if index is None else index
            frame = frame.f_back
        return 0

    def _learn(self, code: CodeType) -> dict[int, int] | None:
        if len(self.known) >= MAX_CODES:
            self.known.clear()
            self._held.clear()
        lines = _kind(code.co_filename)
        self._held.append(code)
        self.known[id(code)] = lines
        return lines

    def _add(self, frame: FrameType, lines: dict[int, int]) -> int:
        code = frame.f_code
        site = CallSite(code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_qualname)
        index = lines[frame.f_lasti] = self.table.add(site)
        return index


def _kind(path: str) -> dict[int, int] | None:
    """What is to be known of a code object: None to pass it over, _END to go no further, else sites."""
    if path.startswith(_PASSED_OVER):
        return None
    if path.startswith(_ENDS):
        return _END
    if path.startswith("<frozen ") or (path.startswith(_LIBRARY) and not path.startswith(_PACKAGES)):
        return None
    return {}
