"""The row, stage *trace*: the layout in which one dispatch and its receiver calls are kept.

Readers see one tuple a dispatch. While recording the same facts stand in one flat list, so that
nothing is left for the garbage collector to visit, and are packed a few hundred dispatches at a
time into one bytes object: about 39 bytes a receiver call. The fields::

    0  id          a multiple of STEP; the receiver call at position i is the span id + 1 + i
    1  parent      id of the receiver call that was running, 0 for none
    2  route       index into Trace.routes: method, signal, sender
    3  site        index into Trace.sites, 0 for none
    4  thread      index into Trace.threads
    5  start       ns on the recording's clock
    6  duration    ns
    7  calls       flat: receiver index, start offset ns, duration ns, receiver index, …
    8  arguments   None, or flat: name, value, name, value, …
    9  extra       None, or a dict of the rare facts below

Keys of ``extra``: ``outcomes`` ``[[call, outcome, error], …]`` with error as the fields of
ErrorInfo, ``busy`` ``[[call, ns], …]``, ``threads`` ``[[call, thread], …]``, ``positions`` (one per
call, where calls are not 0, 1, 2 …), ``not_called`` (receiver indexes), ``muted`` (the same),
``task`` (name), ``error`` and ``outcome`` (of the dispatch), ``opaque`` (a loop of a subclass's own)
and ``late``: the row continues an earlier one of the same id with calls that ended after it.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Sequence
from operator import add
from typing import Any, NamedTuple, TypeAlias

Shape: TypeAlias = tuple[tuple[str, int, Any], ...]
"""How a dispatch's arguments are recorded: per keyword its name, one of the three kinds below, and
the fixed value or the label of the model."""
VALUE, FIXED_VALUE, WITH_PK = 0, 1, 2

FIXED = 10
"""Atoms of a flattened row before its calls: fields 0 to 6, extra, and the two lengths."""

ON_COMMIT = "on_commit"
"""In place of a method: the row of a callback of ``transaction.on_commit``, told as a dispatch is, under
the receiver call that registered it. Its one call is the callback."""

STEP = 65_536
MAX_CALLS = STEP - 2

Row: TypeAlias = tuple[
    int, int, int, int, int, int, int, Sequence[int], Sequence[Any] | None, dict[str, Any] | None
]


def dispatch_of(span: int) -> int:
    """The id of the dispatch that a span is, or is a receiver call of."""
    return span - span % STEP


class Call(NamedTuple):
    """One receiver call of a row; ``start_ns`` is on the clock of the row's own start."""

    id: int
    receiver: int
    start_ns: int
    duration_ns: int
    outcome: str = "ok"
    error: Sequence[Any] | None = None
    busy_ns: int | None = None
    thread: int | None = None


def calls_of(row: Row) -> Iterator[Call]:
    """The receiver calls in a row, in the order of its ``calls`` field."""
    first = row[0] + 1
    start = row[5]
    flat = iter(row[7])
    extra = row[9]
    if extra is None:
        for position, (receiver, offset, duration) in enumerate(zip(flat, flat, flat, strict=True)):
            yield Call(first + position, receiver, start + offset, duration)
        return
    positions = extra.get("positions")
    outcomes = {call: (outcome, error) for call, outcome, error in extra.get("outcomes", ())}
    busy = dict(extra.get("busy", ()))
    threads = dict(extra.get("threads", ()))
    for index, (receiver, offset, duration) in enumerate(zip(flat, flat, flat, strict=True)):
        outcome, error = outcomes.get(index, ("ok", None))
        yield Call(
            first + (positions[index] if positions is not None else index),
            receiver,
            start + offset,
            duration,
            outcome,
            error,
            busy.get(index),
            threads.get(index),
        )


def is_continuation(row: Row) -> bool:
    """Whether the row only adds late calls to a dispatch whose own row came before."""
    return row[9] is not None and "late" in row[9]


def flatten(row: Row) -> list[Any]:
    """A row as it stands in a packed block: the fixed fields, the two lengths, calls and arguments."""
    arguments = () if row[8] is None else (tuple(row[8]),)
    return [*row[:7], row[9], len(row[7]), len(arguments), *row[7], *arguments]


def pack(rows: Sequence[Row]) -> bytes:
    """Rows as one bytes object, to be read back by :func:`unpack` in the same Python version."""
    return pack_flat([atom for row in rows for atom in flatten(row)])


def pack_flat(flat: list[Any]) -> bytes:
    """Flattened rows as one bytes object. Version 2 of marshal keeps no table of repeated objects,
    which for numbers costs three times as much as it saves."""
    return marshal.dumps(flat, 2)


def relative(row: Sequence[Any]) -> list[int]:
    """The calls of a fast loop's flattened row as offsets and durations. Such a row has None for its
    duration and its arguments before its calls, whose times are readings of the clock."""
    start = row[5]
    flat = iter(row[FIXED + row[9] :])
    calls: list[int] = []
    for receiver, began, ended in zip(flat, flat, flat, strict=False):  # an interrupted call is cut off
        calls += (receiver, began - start, ended - began)
    return calls


def split(block: bytes) -> Iterator[list[Any]]:
    """The flattened rows of a block. Only for blocks of this very process: never a file's."""
    flat = marshal.loads(block)
    at, size = 0, len(flat)
    while at < size:
        end = at + FIXED + flat[at + 8] + flat[at + 9]
        yield flat[at:end]
        at = end


def spans_in(block: bytes) -> int:
    """How many spans a block holds: its dispatches and their receiver calls."""
    flat = marshal.loads(block)
    at, spans, size = 0, 0, len(flat)
    while at < size:
        spans += 1 + flat[at + 8] // 3
        at += FIXED + flat[at + 8] + flat[at + 9]
    return spans


def unpack(block: bytes, shapes: Sequence[Shape] = ()) -> list[Row]:
    """The rows of a block, see :func:`split` and :func:`unflatten`."""
    return [unflatten(flat, shapes) for flat in split(block)]


def unflatten(flat: list[Any], shapes: Sequence[Shape] = ()) -> Row:
    """A row from its flattened form; ``shapes`` name the arguments that were recorded by shape, without
    it those are left out."""
    duration, extra, sizes = flat[6], flat[7], flat[8:FIXED]
    if duration is None:
        arguments = flat[FIXED : FIXED + sizes[1]]
        calls = relative(flat)
        duration = calls[-2] + calls[-1] if calls else 0
    else:
        calls = flat[FIXED : FIXED + sizes[0]]
        arguments = flat[FIXED + sizes[0] :]
    return (
        flat[0], flat[1], flat[2], flat[3], flat[4], flat[5],
        duration,
        tuple(calls),
        named_arguments(arguments, shapes) if arguments else None,
        {"task": extra} if type(extra) is str else extra,
    )  # fmt: skip


def leaf_calls(flat: list[Any]) -> tuple[list[int], Iterable[tuple[int, int]]] | None:
    """Receivers and ``(start, end)`` of a flattened row's calls; None where there is more to tell of them."""
    if flat[7] is not None and type(flat[7]) is not str:
        return None
    if flat[6] is None:
        times = flat[FIXED + flat[9] :]
        return times[::3], zip(times[1::3], times[2::3], strict=True)
    calls, start = flat[FIXED : FIXED + flat[8]], flat[5]
    starts = [start + offset for offset in calls[1::3]]
    return calls[::3], zip(starts, map(add, starts, calls[2::3]), strict=True)


def named_arguments(recorded: Sequence[Any], shapes: Sequence[Shape]) -> Sequence[Any] | None:
    """Arguments as names and values, from a shape's index and its values (or already so)."""
    shape = recorded[0]
    if type(shape) is tuple:
        return shape
    if shape >= len(shapes):
        return None
    values = iter(recorded[1:])
    named: list[Any] = []
    for name, kind, fixed in shapes[shape]:
        if kind == FIXED_VALUE:
            named += (name, fixed)
        elif kind == WITH_PK:
            named += (name, (fixed, "pk", next(values)))
        else:
            named += (name, next(values))
    return tuple(named)
