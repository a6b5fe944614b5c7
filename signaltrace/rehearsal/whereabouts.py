"""Where the traced program is when something of it is refused, kept or seen, stage *rehearsal*.

The receiver call comes from the cell of the thread, as for a dispatch; the line is the nearest of the
user's own code, and not searched for beyond the dispatch that called the receiver.
"""

from __future__ import annotations

import os
import sysconfig
from threading import get_ident
from types import CodeType, FrameType, TracebackType

import asgiref
import django

import signaltrace
from signaltrace.analysis.rehearsed import Where
from signaltrace.capture.cells import CELL, own_cell
from signaltrace.labels.places import is_mine, short_path


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
    span = 0 if cell is None else cell.current
    found = programs_frame(frame)
    if found is None:
        return Where(span)
    return Where(span, found.f_code.co_filename, found.f_lineno or found.f_code.co_firstlineno)


def programs_frame(frame: FrameType | None) -> FrameType | None:
    """The nearest frame of the user's own code at or above ``frame``, else the nearest of no library."""
    nearest: FrameType | None = None
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(_OURS) and not code.co_filename.startswith(_BETWEEN):
            break
        if not _of_a_library(code):
            if is_mine(code.co_filename):
                return frame
            nearest = nearest or frame
        frame = frame.f_back
    return nearest


def raised_in(error: BaseException) -> str:
    """``shop/receivers.py:40``: the deepest line of the user's own code in a traceback; "" for none."""
    found = ""
    entry: TracebackType | None = BaseException.__dict__["__traceback__"].__get__(error)
    while entry is not None:
        file = entry.tb_frame.f_code.co_filename
        if is_mine(file) and not file.startswith(_OURS):
            found = f"{short_path(file)}:{entry.tb_lineno}"
        entry = entry.tb_next
    return found


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
