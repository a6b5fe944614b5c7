"""The tests of what probes noted in a saved trace, for shape: statements, queries, events."""

from __future__ import annotations

from typing import Any

from signaltrace.event import QUERY
from signaltrace.shape.values import Test, is_atom, is_list, is_text, is_time, is_whole, list_of, tuple_of

# How far into each other lists and objects of an event may be: more than any probe makes.
_DEPTH = 4


def statement(sites: Test) -> Test:
    """What an entry of ``statements`` must be."""
    return tuple_of(is_text, is_text, sites)


def queries(statements: Test) -> Test:
    """Queries in a flat list: span, statement, ns."""
    return lambda value: (
        is_list(value)
        and len(value) % QUERY == 0
        and all(map(is_whole, value))
        and all(map(statements, value[1::QUERY]))
    )


def event(receivers: Test, threads: Test, sites: Test) -> Test:
    """What an entry of ``events`` must be."""
    return tuple_of(
        is_text, is_whole, is_whole, is_whole, threads, sites, is_time, is_whole, list_of(receivers), _is_data
    )


def _is_data(value: Any, depth: int = 0) -> bool:
    """JSON's own values, an object at the top."""
    if type(value) is dict:
        inside = value.values() if all(map(is_text, value)) else [object()]
    elif type(value) is list and depth:
        inside = value
    else:
        return depth > 0 and is_atom(value)
    return depth < _DEPTH and all(_is_data(each, depth + 1) for each in inside)
