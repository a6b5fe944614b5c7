"""Receiver calls inside themselves, stage *analysis*: the same receiver, sender and instance further out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from signaltrace.analysis.remarks import once
from signaltrace.analysis.spans import by_dispatch
from signaltrace.analysis.traced import sent_as
from signaltrace.rows import Call, Row
from signaltrace.trace import Trace

# Of a longer cycle the middle is left out.
_MOST_LINKS = 10

_Key = tuple[int, int, Hashable]


class Reentry(NamedTuple):
    """A call that is inside itself: the ``cycle`` from the dispatch further out to its own, names in turn,
    and how many calls of the receiver are open around it."""

    cycle: tuple[str, ...]
    depth: int


def reentries(trace: Trace) -> Mapping[int, Reentry]:
    """The receiver calls that were running already, for the same sender and the same key of the instance,
    by span id."""
    return once(trace, _reentries)


class _Step(NamedTuple):
    """A call that is open, and the dispatch it is of."""

    key: _Key | None
    row: Row
    receiver: int


def _reentries(trace: Trace) -> dict[int, Reentry]:
    within = by_dispatch(trace.rows_by_parent)
    found: dict[int, Reentry] = {}
    path: list[_Step] = []
    open_at: dict[_Key, list[int]] = {}
    stack: list[Row | _Step | None] = [
        row for row in reversed(trace.rows_by_parent.get(0, ())) if row[0] in within
    ]
    while stack:
        step = stack.pop()
        if step is None:
            closed = path.pop()
            if closed.key is not None:
                open_at[closed.key].pop()
        elif isinstance(step, _Step):
            if step.key is not None:
                open_at.setdefault(step.key, []).append(len(path))
            path.append(step)
        else:
            for call in reversed(trace.calls(step)):
                key = _key(trace, step, call)
                if key is not None and open_at.get(key):
                    found[call.id] = _reentry(trace, path[open_at[key][-1] :], step, len(open_at[key]))
                below = trace.rows_by_parent.get(call.id)
                if below:
                    stack += [None, *reversed(below), _Step(key, step, call.receiver)]
    return found


def _key(trace: Trace, row: Row, call: Call) -> _Key | None:
    """Receiver, sender and key of the instance; None for what was sent without one."""
    arguments: Sequence[object] = row[8] or ()
    for name, value in zip(arguments[::2], arguments[1::2], strict=True):
        if name == "instance" and isinstance(value, (tuple, list)) and len(value) == 3 and value[1] == "pk":
            known = value[2] is not None and isinstance(value[2], Hashable)
            return (call.receiver, trace.routes[row[2]][2], value[2]) if known else None
    return None


def _reentry(trace: Trace, links: Sequence[_Step], row: Row, depth: int) -> Reentry:
    names: list[str] = []
    for link, sent in zip(links, [*(each.row for each in links[1:]), row], strict=True):
        names += (_sent(trace, link.row), trace.receivers[link.receiver].name, *_done(trace, sent))
    names.append(_sent(trace, row))
    if len(names) > _MOST_LINKS:
        names = [*names[: _MOST_LINKS // 2], "…", *names[-_MOST_LINKS // 2 + 1 :]]
    return Reentry(tuple(names), depth)


def _done(trace: Trace, row: Row) -> Sequence[str]:
    """What a receiver did to have a model's signal sent."""
    verb = trace.signals[trace.routes[row[2]][1]].name.rpartition("_")[2]
    return [verb] if verb in ("save", "delete") else []


def _sent(trace: Trace, row: Row) -> str:
    _, signal, sender = trace.routes[row[2]]
    return sent_as(trace, signal, sender).replace(" of ", " ", 1)
