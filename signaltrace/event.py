"""What probes add to a trace, stage *trace*: events noted beside the dispatches, and queries of receivers.

A probe never touches a row. It notes an :class:`Event` for what is rare (an atomic block, a bulk write)
or a query for what is frequent; both say which receiver call was running. Ids of events come from the
counter that dispatches take theirs from, so the two kinds are in one order without any clock.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One fact of a probe; ``kind`` says which, and what ``data`` holds.

    ``id`` and ``last`` were drawn when it began and ended (``last`` is 0 for what has no inside): a
    dispatch of the same thread whose id is between them happened within it. ``span`` is the receiver
    call that was running, 0 for none; ``thread``, ``site`` and ``receivers`` are indexes into the
    trace's tables. Times are ns on the recording's clock, as a row's are. ``data`` holds JSON's own
    types alone.
    """

    kind: str
    id: int
    last: int
    span: int
    thread: int
    site: int
    start_ns: int
    duration_ns: int
    receivers: tuple[int, ...]
    data: dict[str, Any]


class Statement(NamedTuple):
    """An SQL statement as it is told: its ``text`` with ``?`` for every literal and parameter, the
    database ``alias``, and the index of the line that ran it (0 for none)."""

    text: str
    alias: str
    site: int


class Query(NamedTuple):
    """One query a receiver call ran: the index of its statement, and how long the database took."""

    statement: int
    duration_ns: int


QUERY = 3
"""Numbers a query takes in a flat list: the receiver call's span id, the statement's index, ns."""


def pack_queries(flat: list[int]) -> bytes:
    """A flat list of queries as one bytes object, as rows are packed."""
    return marshal.dumps(flat, 2) if flat else b""


def unpack_queries(block: bytes) -> list[int]:
    """The flat list. Only for blocks of this very process: never a file's."""
    return list(marshal.loads(block)) if block else []


def queries_in(blocks: Iterable[bytes]) -> Iterator[tuple[int, int, int]]:
    """``(span, statement, ns)`` of every query in packed blocks."""
    for block in blocks:
        flat = iter(unpack_queries(block))
        yield from zip(flat, flat, flat, strict=True)


def pack_events(events: Sequence[Event]) -> bytes:
    """Events as one bytes object."""
    return marshal.dumps([tuple(each) for each in events], 2) if events else b""


def unpack_events(block: bytes) -> list[Event]:
    """The events of a block of this very process."""
    return [Event(*each) for each in marshal.loads(block)] if block else []
