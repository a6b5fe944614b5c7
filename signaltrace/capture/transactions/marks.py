"""What can be read off Django's atomic blocks, its savepoints' names and its frames, stage *capture*."""

from __future__ import annotations

from sys import exception
from types import FrameType
from typing import Any

from django.db.transaction import Atomic

from signaltrace.labels.looking import class_name, exact_text, own

# Rolling back is that near to it: the method, its decorator, and what a backend may add.
_EXIT = Atomic.__exit__.__code__
_NEAR = 6


def leaving(frame: FrameType | None) -> FrameType | None:
    """The frame of ``Atomic.__exit__`` that had something undone, from the frame that does it."""
    for _ in range(_NEAR):
        if frame is None or frame.f_code is _EXIT:
            break
        frame = frame.f_back
    return frame if frame is not None and frame.f_code is _EXIT else None


def handled() -> str:
    """The exception that is being handled, of a commit that failed: Django rolls back there."""
    error = exception()
    return "" if error is None else class_name(type(error))


def number_of(sid: Any) -> int:
    """The number in a savepoint's name, as Django makes them; -1 for None and for other names."""
    text = exact_text(sid)
    digits = "" if text is None else text.rpartition("_x")[2]
    return int(digits) if digits.isdecimal() else -1


def of_testcase(block: Any) -> bool:
    """Whether an atomic block is one that Django's TestCase wraps tests in."""
    return trait(block, "_from_testcase")


def trait(block: Any, name: str) -> bool:
    """A flag of an atomic block."""
    # no code of anybody's runs for the dict of Django's own class, and it is quicker
    value = block.__dict__.get(name) if type(block) is Atomic else own(block, name)
    return value is True
