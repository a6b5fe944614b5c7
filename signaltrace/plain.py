"""A trace in plain form, stage *trace*: entries as dicts and rows as lists for JSON, and rows again."""

from __future__ import annotations

from typing import Any

from signaltrace.rows import Row


def facts(info: Any) -> dict[str, Any]:
    """One entry of a table by its fields; ``asdict`` copies every value, for ten times as long."""
    return {name: getattr(info, name) for name in info.__slots__}


def as_lists(value: Any) -> Any:
    """The value with lists for tuples, at every depth."""
    if isinstance(value, (tuple, list)):
        return [as_lists(each) for each in value]
    if isinstance(value, dict):
        return {key: as_lists(each) for key, each in value.items()}
    return value


def plain_row(row: Row, origin_ns: int) -> list[Any]:
    """A row as JSON holds it, its start counted from ``origin_ns``."""
    number, parent, route, site, thread, start, duration, calls, arguments, extra = row
    described = None if arguments is None else as_lists(arguments)
    more = None if extra is None else as_lists(extra)
    return [number, parent, route, site, thread, start - origin_ns, duration, list(calls), described, more]


def row_of(plain: list[Any]) -> Row:
    """The row that :func:`plain_row` gave, with described arguments as tuples, as when recorded."""
    number, parent, route, site, thread, start, duration, calls, arguments, extra = plain
    flat = None if arguments is None else tuple([_frozen(each) for each in arguments])
    return (number, parent, route, site, thread, start, duration, tuple(calls), flat, extra)


def _frozen(value: Any) -> Any:
    return tuple([_frozen(each) for each in value]) if type(value) is list else value
