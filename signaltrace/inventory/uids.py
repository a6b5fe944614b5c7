"""A dispatch_uid as text, stage *inventory*. Anything hashable may be one; none is asked what it is."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from signaltrace.labels.looking import class_name, cut, is_a, is_exactly
from signaltrace.labels.receivers import describe_receiver

MAX_TEXT = 120
_MAX_DEPTH = 4
_MAX_PARTS = 12


def uid_text(uid: Any) -> str:
    """A str as it is, numbers and tuples as written, classes and functions by name, else the type's name."""
    return cut(uid if type(uid) is str else _text(uid, 0), MAX_TEXT)


def _text(uid: Any, depth: int) -> str:
    if type(uid) is str:
        return repr(uid if len(uid) <= MAX_TEXT else cut(uid, MAX_TEXT))
    if is_exactly(uid, int, bool, float, bytes, type(None)):
        return repr(uid) if not (type(uid) is int and uid.bit_length() > 512) else "a huge number"
    if type(uid) is tuple and depth < _MAX_DEPTH:
        parts = [_text(each, depth + 1) for each in uid[:_MAX_PARTS]]
        parts += ["…"] if len(uid) > _MAX_PARTS else []
        return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
    if is_a(uid, type):
        return class_name(uid)
    if type(uid) is FunctionType:
        return describe_receiver(uid).name
    return f"<{class_name(type(uid))}>"
