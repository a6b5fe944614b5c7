"""A trace in plain form, stage *trace*: entries as dicts and rows as lists for JSON, and rows again."""

from __future__ import annotations

from typing import Any

from signaltrace.event import Event, Statement, pack_queries, unpack_queries
from signaltrace.ran import RanTest
from signaltrace.rows import Row, pack
from signaltrace.span import CallSite, Fault, ReceiverInfo, SenderInfo, SignalInfo
from signaltrace.tally import Tally

# So many rows of a file become one block.
_ROWS_A_BLOCK = 512


def facts(info: Any) -> dict[str, Any]:
    """One entry of a table by its fields; ``asdict`` copies every value, for ten times as long."""
    return {name: getattr(info, name) for name in info.__slots__}


def plain_tables(trace: Any) -> dict[str, Any]:
    """All of a Trace but its rows."""
    return {
        "started_at": trace.started_at,
        "wall_ns": trace.wall_ns,
        "argv": list(trace.argv),
        "versions": dict(trace.versions),
        "signals": [facts(each) for each in trace.signals],
        "senders": [facts(each) for each in trace.senders],
        "receivers": [facts(each) for each in trace.receivers],
        "routes": [list(each) for each in trace.routes],
        "sites": [facts(each) if each else None for each in trace.sites],
        "threads": list(trace.threads),
        "orphaned": [list(each) for each in trace.orphaned],
        "dropped": trace.dropped,
        "tally": trace.tally.to_dict(-trace.origin_ns),
        "faults": [facts(each) for each in trace.faults],
        "notes": list(trace.notes),
        "pauses": {str(span): paused for span, paused in trace.pauses.items()},
        "tests": [each.to_plain() for each in trace.tests],
        "connected": list(trace.connected),
        "statements": [list(each) for each in trace.statements],
        "queries": [number for block in trace.queries for number in unpack_queries(block)],
        "events": [_plain_event(each, trace.origin_ns) for each in trace.events],
    }


def _plain_event(event: Event, origin_ns: int) -> list[Any]:
    moved = event._replace(start_ns=event.start_ns - origin_ns, receivers=(), data={})
    return [*moved[:-2], list(event.receivers), as_lists(event.data)]


def _event_of(plain: list[Any]) -> Event:
    return Event._make([*plain[:-2], tuple(plain[-2]), plain[-1]])


def fields_of(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of the Trace that gave ``data``. Raises KeyError, TypeError or ValueError on other data."""
    rows = data["rows"]
    return {
        "signals": [SignalInfo(**each) for each in data["signals"]],
        "senders": [SenderInfo(**each) for each in data["senders"]],
        "receivers": [ReceiverInfo(**each) for each in data["receivers"]],
        "routes": [(method, signal, sender) for method, signal, sender in data["routes"]],
        "sites": [CallSite(**each) if each else None for each in data["sites"]],
        "threads": list(data["threads"]),
        "blocks": [
            pack([*map(row_of, rows[at : at + _ROWS_A_BLOCK])]) for at in range(0, len(rows), _ROWS_A_BLOCK)
        ],
        "wall_ns": data["wall_ns"],
        "started_at": data["started_at"],
        "argv": list(data["argv"]),
        "versions": dict(data["versions"]),
        "orphaned": [(signal, sender, count) for signal, sender, count in data["orphaned"]],
        "dropped": data["dropped"],
        "tally": Tally.from_dict(data["tally"]),
        "faults": [Fault(**each) for each in data["faults"]],
        "notes": list(data["notes"]),
        "pauses": {int(span): paused for span, paused in data["pauses"].items()},
        "tests": [RanTest.from_plain(each) for each in data["tests"]],
        "connected": list(data["connected"]),
        "statements": [Statement(*each) for each in data["statements"]],
        "queries": [block for block in [pack_queries(data["queries"])] if block],
        "events": [*map(_event_of, data["events"])],
    }


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
