"""Tests of single values for shape: pure functions from anything to whether it is what it should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from signaltrace.trace import OK, RAISED, RETURNED_ERROR, UNKNOWN

Test: TypeAlias = Callable[[Any], bool]

HIGHEST = 1 << 62
"""Far beyond any clock, and still a number that every view can do sums with."""

_OUTCOMES = frozenset({OK, RAISED, RETURNED_ERROR, UNKNOWN})


def is_text(value: Any) -> bool:
    """A str."""
    return type(value) is str


def is_flag(value: Any) -> bool:
    """A bool."""
    return type(value) is bool


def is_time(value: Any) -> bool:
    """An int that a clock could give, before or after the beginning."""
    return type(value) is int and -HIGHEST < value < HIGHEST


def is_whole(value: Any) -> bool:
    """An int from 0."""
    return type(value) is int and 0 <= value < HIGHEST


def is_moment(value: Any) -> bool:
    """A date and time in ISO form, or nothing."""
    try:
        return type(value) is str and (not value or datetime.fromisoformat(value) is not None)
    except ValueError:
        return False


def is_atom(value: Any) -> bool:
    """A value JSON writes as one word."""
    return value is None or type(value) in (str, int, float, bool)


def is_described(value: Any) -> bool:
    """An argument: an atom, or ``[type]``, ``[type, "items", list of atoms]``, ``[type, key, atom]``."""
    if type(value) is not list:
        return is_atom(value)
    if len(value) == 1:
        return is_text(value[0])
    if len(value) != 3 or not (is_text(value[0]) and is_text(value[1])):
        return False
    if value[1] == "items":
        return type(value[2]) is list and all(map(is_atom, value[2]))
    return is_atom(value[2])


def is_outcome(value: Any) -> bool:
    """One of the outcomes of a span."""
    return type(value) is str and value in _OUTCOMES


def is_list(value: Any) -> bool:
    """A list, whatever is in it."""
    return type(value) is list


def is_dict(value: Any) -> bool:
    """A dict, whatever is in it."""
    return type(value) is dict


def are_arguments(flat: list[Any]) -> bool:
    """Names and described values in turn."""
    return len(flat) % 2 == 0 and all(map(is_text, flat[::2])) and all(map(is_described, flat[1::2]))


def below(size: int) -> Test:
    """An index into a table of ``size`` entries."""
    return lambda value: type(value) is int and 0 <= value < size


def maybe(test: Test) -> Test:
    """None, or what the test says."""
    return lambda value: value is None or test(value)


def list_of(test: Test) -> Test:
    """A list of nothing else."""
    return lambda value: type(value) is list and all(map(test, value))


def tuple_of(*tests: Test) -> Test:
    """A list with one entry for each test."""
    return lambda value: (
        type(value) is list
        and len(value) == len(tests)
        and all(test(each) for test, each in zip(tests, value, strict=True))
    )


def record_of(**tests: Test) -> Test:
    """A dict with exactly these keys."""
    return lambda value: (
        type(value) is dict
        and value.keys() == tests.keys()
        and all(test(value[name]) for name, test in tests.items())
    )


def mapping_of(key: Test, test: Test) -> Test:
    """A dict with any such keys and values."""
    return lambda value: type(value) is dict and all(key(k) and test(v) for k, v in value.items())


def is_number_text(value: Any) -> bool:
    """A whole number as a key of JSON."""
    return type(value) is str and value.isascii() and value.isdigit() and len(value) < 20


class Misshapen(ValueError):
    """The part of a trace that is not what it should be, named as ``rows[3]``."""


def check_each(part: str, entries: list[Any], test: Test) -> None:
    """Raise Misshapen naming the first of a part's entries that fails the test."""
    for position, entry in enumerate(entries):
        if not test(entry):
            raise Misshapen(f"{part}[{position}]")
