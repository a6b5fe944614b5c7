"""What an exception was, stage *capture*: as text, without running the program's ``__str__``."""

from __future__ import annotations

import os
import re
from types import CodeType, TracebackType
from typing import Any

import asgiref
import django
import django.db.utils
from django.dispatch import dispatcher

import signaltrace

MAX_MESSAGE = 500
_LIBRARIES = tuple(
    os.path.dirname(os.path.abspath(each.__file__ or "")) + os.sep for each in (django, signaltrace, asgiref)
)
_OURS = _LIBRARIES[1]
_DISPATCHER = dispatcher.Signal.connect.__code__.co_filename
_DATABASE_ERROR = django.db.utils.Error
_QUOTED = re.compile(r"'(?:[^']|'')*(?:'|$)")
_AT_THE_END = re.compile(r'(: )".*$')
_ATOMS = (str, int, float, bool, type(None))
ErrorFields = tuple[str, str, str | None, int | None]

# Python's own descriptors: a class of the program's may define attributes of these names.
_arguments = BaseException.__dict__["args"].__get__
_traceback = BaseException.__dict__["__traceback__"].__get__
_set_traceback = BaseException.__dict__["__traceback__"].__set__
_grouped = BaseExceptionGroup.__dict__["exceptions"].__get__


def describe_error(error: BaseException) -> ErrorFields:
    """Type, message, file and line of an exception: the fields of ErrorInfo."""
    file, line = _raised_at(error)
    message = _message(error)
    if _DATABASE_ERROR in type.__dict__["__mro__"].__get__(type(error)):
        message = without_values(message)
    return (_type_name(type(error)), message, file, line)


def without_values(message: str) -> str:
    """A database's message without what it quotes of the data: its first line, with ``?`` for what is in
    single quotes (MySQL) and for a quoted text at the end (PostgreSQL); names in the middle stay."""
    first = message.split("\n", 1)[0]
    return _AT_THE_END.sub(r"\1?", _QUOTED.sub("?", first))


def _type_name(kind: type) -> str:
    module = type.__dict__["__dict__"].__get__(kind).get("__module__")
    name = str(type.__dict__["__qualname__"].__get__(kind))
    return name if type(module) is not str or module == "builtins" else f"{module}.{name}"


def _message(error: BaseException) -> str:
    """``str(error)`` where that can only format atoms; else its arguments, objects by type name."""
    arguments: Any = _arguments(error)
    if len(arguments) == 1 and type(arguments[0]) is str:
        return arguments[0][:MAX_MESSAGE]
    return ", ".join(_text(each) for each in arguments)[:MAX_MESSAGE]


def _text(value: Any) -> str:
    # compared by identity: a metaclass may define __eq__ and __hash__
    kind = type(value)
    return str(value) if any(kind is atom for atom in _ATOMS) else f"<{_type_name(kind)}>"


def _raised_at(error: BaseException) -> tuple[str | None, int | None]:
    """The deepest line outside Django, asgiref and signaltrace; the deepest of all where there is none,
    unless it is ours."""
    best: TracebackType | None = None
    entry: TracebackType | None = _traceback(error)
    deepest = entry
    while entry is not None:
        deepest = entry
        if not entry.tb_frame.f_code.co_filename.startswith(_LIBRARIES):
            best = entry
        entry = entry.tb_next
    best = best or deepest
    if best is None or best.tb_frame.f_code.co_filename.startswith(_OURS):
        return (None, None)  # a dispatch of its own accord: nested too deep
    return (best.tb_frame.f_code.co_filename, best.tb_lineno)


def is_caught(error: BaseException) -> bool:
    """Whether Django's robust methods turn it into a response, whatever the error says it is."""
    return issubclass(type(error), Exception)


def was_caught(value: Any) -> bool:
    """Whether a response is an exception that Django's robust loop caught, not one a receiver returned."""
    if not issubclass(type(value), Exception):
        return False
    traceback: TracebackType | None = _traceback(value)
    return traceback is not None and traceback.tb_frame.f_code.co_filename == _DISPATCHER


def unlink(error: BaseException, codes: frozenset[CodeType], seen: set[int] | None = None) -> None:
    """Take the frames of ``codes`` out of an exception's traceback, and of those grouped in it.

    The exact path adds frames that an untraced run does not have; the head of the traceback,
    still being built, stays.
    """
    seen = set() if seen is None else seen
    if id(error) in seen:
        return
    seen.add(id(error))
    entry: TracebackType | None = _traceback(error)
    while entry is not None:
        below = _first_kept(entry.tb_next, codes)
        if below is not entry.tb_next:
            entry.tb_next = below
        entry = below
    if issubclass(type(error), BaseExceptionGroup):
        for each in _grouped(error):
            head = _traceback(each)
            kept = _first_kept(head, codes)
            if kept is not head:
                _set_traceback(each, kept)
            unlink(each, codes, seen)


def _first_kept(entry: TracebackType | None, codes: frozenset[CodeType]) -> TracebackType | None:
    while entry is not None and entry.tb_frame.f_code in codes:
        entry = entry.tb_next
    return entry


def out_of_sight(recorder: Any, error: BaseException) -> None:
    """Take the caller's frame, which is the head, out of a traceback; never raises.

    To be followed by a bare ``raise``, which adds no entry for the frame it stands in.
    """
    try:
        head = _traceback(error)
        if head is not None:
            BaseException.with_traceback(error, head.tb_next)
    except Exception as fault:
        recorder.fault("traceback", fault)
