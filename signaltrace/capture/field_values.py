"""Values of a model's fields, stage *capture*: whether two are the same, and how one is told.

As with what dispatches were sent (arguments.py) nothing of the program's runs: only values of Python's
own types are compared and written down, others are the same if they are the very object, and are told
by their type.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import EnumType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from signaltrace.capture.arguments import MASK, MAX_BITS, MAX_TEXT, WRITTEN, is_secret
from signaltrace.labels.looking import own
from signaltrace.labels.senders import describe_sender

ABSENT: Any = object()
"""In place of a value: the instance has no such attribute of its own, a deferred field for one."""

# By id: a class may have a metaclass that hashes it in a way of its own.
_PLAIN = {id(each) for each in (str, bytes, int, float, bool, Decimal, date, timedelta, UUID)}
_MOMENTS = {id(datetime), id(time)}


def same(one: Any, other: Any) -> bool:
    """Whether an attribute that was the ``one`` and is the ``other`` has not changed."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    if id(kind) in _MOMENTS:
        if not (_is_djangos_zone(one.tzinfo) and _is_djangos_zone(other.tzinfo)):
            return False
    elif id(kind) not in _PLAIN:
        return False
    try:
        # of numbers that are none each is unlike itself
        return bool(one == other) or bool(one != one and other != other)
    except ArithmeticError:  # a signalling NaN
        return False


def _is_djangos_zone(zone: Any) -> bool:
    """Whether comparing with it runs nobody's code."""
    return zone is None or type(zone) in (timezone, ZoneInfo)


def told(name: str, value: Any) -> Any:
    """A value as JSON has it: an atom as it is, cut; for anything else a list of its type and, where that
    can be written down, itself. What is absent is an empty list."""
    if value is ABSENT:
        return []
    if is_secret(name):
        return MASK
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if value.bit_length() <= MAX_BITS else ["int"]
    if kind is float:
        return value if math.isfinite(value) else ["float", str(value)]
    if kind is str:
        return value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…"
    if id(kind) in WRITTEN:
        text = WRITTEN[id(kind)](value)
        return [kind.__name__] if text is None else [kind.__name__, text[:MAX_TEXT]]
    label = describe_sender(kind).name
    if issubclass(type(kind), EnumType):
        member = own(value, "_name_")
        return [label, member[:MAX_TEXT]] if type(member) is str else [label]
    return [label]
