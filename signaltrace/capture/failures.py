"""What an exception was, stage *capture*: as text, without running the program's ``__str__``."""

from __future__ import annotations

import os
from types import CodeType, TracebackType
from typing import Any

import asgiref
import django

import signaltrace

MAX_MESSAGE = 500
_LIBRARIES = tuple(
    os.path.dirname(os.path.abspath(each.__file__ or "")) + os.sep for each in (django, signaltrace, asgiref)
)
_ATOMS = (str, int, float, bool, type(None))
ErrorFields = tuple[str, str, str | None, int | None]


def describe_error(error: BaseException) -> ErrorFields:
    """Type, message, file and line of an exception: the fields of ErrorInfo."""
    file, line = _raised_at(error)
    return (_type_name(type(error)), _message(error), file, line)


def _type_name(kind: type) -> str:
    module = type.__dict__["__dict__"].__get__(kind).get("__module__")
    name = str(type.__dict__["__qualname__"].__get__(kind))
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"


def _message(error: BaseException) -> str:
    """``str(error)`` where that can only format atoms; else its arguments, objects by type name."""
    arguments: Any = BaseException.__dict__["args"].__get__(error)
    if len(arguments) == 1 and type(arguments[0]) is str:
        return arguments[0][:MAX_MESSAGE]
    return ", ".join(_text(each) for each in arguments)[:MAX_MESSAGE]


def _text(value: Any) -> str:
    # compared by identity: a metaclass may define __eq__ and __hash__
    kind = type(value)
    return str(value) if any(kind is atom for atom in _ATOMS) else f"<{_type_name(kind)}>"


def _raised_at(error: BaseException) -> tuple[str | None, int | None]:
    """The deepest line outside Django, asgiref and signaltrace; the deepest of all where there is none."""
    best: TracebackType | None = None
    entry = error.__traceback__
    deepest = entry
    while entry is not None:
        deepest = entry
        if not entry.tb_frame.f_code.co_filename.startswith(_LIBRARIES):
            best = entry
        entry = entry.tb_next
    best = best or deepest
    return (None, None) if best is None else (best.tb_frame.f_code.co_filename, best.tb_lineno)


def unlink(error: BaseException, codes: frozenset[CodeType], seen: set[int] | None = None) -> None:
    """Take the frames of ``codes`` out of an exception's traceback, and of those grouped in it.

    The exact path adds frames that an untraced run does not have; the head of the traceback,
    still being built, stays.
    """
    seen = set() if seen is None else seen
    if id(error) in seen:
        return
    seen.add(id(error))
    entry = error.__traceback__
    while entry is not None:
        below = entry.tb_next
        while below is not None and below.tb_frame.f_code in codes:
            below = below.tb_next
        if below is not entry.tb_next:
            entry.tb_next = below
        entry = below
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            head = each.__traceback__
            while head is not None and head.tb_frame.f_code in codes:
                head = head.tb_next
            if head is not each.__traceback__:
                each.__traceback__ = head
            unlink(each, codes, seen)
