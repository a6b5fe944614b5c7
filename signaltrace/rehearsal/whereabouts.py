"""Where the traced program is when something of it is refused, kept or seen, stage *rehearsal*.

The receiver call comes from the cell of the thread, as for a dispatch; the line is the nearest of the
user's own code, and not searched for beyond the dispatch that called the receiver.
"""

from __future__ import annotations

import os
import sysconfig
from threading import get_ident
from types import CodeType, FrameType

import asgiref
import django

import signaltrace
from signaltrace.analysis.rehearsed import Where
from signaltrace.capture.cells import CELL, own_cell
from signaltrace.labels.places import is_mine


def _folder(module: object) -> str:
    return os.path.join(os.path.dirname(os.path.abspath(getattr(module, "__file__", None) or "")), "")


_OURS = _folder(signaltrace)
_ASGIREF = _folder(asgiref)
# Ours that stand between the program and what it calls, not between a dispatch and its receivers.
_BETWEEN = tuple(
    os.path.join(_OURS, *each)
    for each in (("rehearsal", ""), ("capture", "probes", ""), ("capture", "going.py"))
)
_PASSED_OVER = (_folder(django), _ASGIREF, *_BETWEEN, "<frozen ")
_LIBRARY = os.path.join(sysconfig.get_path("stdlib"), "")
_PACKAGES = tuple(os.path.join(_LIBRARY, each, "") for each in ("site-packages", "dist-packages"))


def whereabouts(frame: FrameType | None) -> Where:
    """The receiver call that runs in this thread, and the line of the user's at or above ``frame``."""
    cell = CELL.get()
    if cell is not None and cell.thread != get_ident():
        cell, _ = own_cell(cell)
    nearest: tuple[str, int] | None = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_OURS) and not code.co_filename.startswith(_BETWEEN):
            break
        if not _of_a_library(code):
            place = (code.co_filename, frame.f_lineno or code.co_firstlineno)
            if is_mine(code.co_filename):
                nearest = place
                break
            nearest = nearest or place
        frame = frame.f_back
    return Where(0 if cell is None else cell.current, *(nearest or (None, None)))


def carries_a_loop(frame: FrameType | None) -> bool:
    """Whether asgiref's ``async_to_sync`` is at work: the thread it starts ends with the call, and what
    touches the database is handed back to the thread that waits."""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_ASGIREF):
            return code.co_qualname.startswith("AsyncToSync.")
        if not _of_a_library(code):
            return False
        frame = frame.f_back
    return False


def _of_a_library(code: CodeType) -> bool:
    """Whether it is Django's, asgiref's or Python's own."""
    path = code.co_filename
    return path.startswith(_PASSED_OVER) or (path.startswith(_LIBRARY) and not path.startswith(_PACKAGES))
