"""What receivers changed in their instance, and which of them depend on their order, stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from signaltrace.analysis.remarks import once
from signaltrace.event import Event
from signaltrace.rows import Row, dispatch_of, is_continuation
from signaltrace.trace import Trace

KIND = "fields"

CHANGED, LOADED, ADDED, REMOVED = "changed", "loaded", "added", "removed"
# How an attribute that is absent is told, and how long a value may be.
_ABSENT: list[Any] = []
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute of an instance's own that a receiver changed; ``before`` and ``after`` as they are told.

    ``is_field``: it holds a field of the model; ``automatic``: a save sets that field by itself. ``loaded``:
    a field that was not there was loaded, not set; None where that is not known.
    """

    name: str
    before: Any
    after: Any
    is_field: bool
    automatic: bool
    loaded: bool | None = True

    @property
    def kind(self) -> str:
        """What happened to it: a field that was not there was deferred, and has been loaded, or set."""
        if self.before == _ABSENT:
            return LOADED if self.is_field and self.loaded is not False else ADDED
        return REMOVED if self.after == _ABSENT else CHANGED

    @property
    def text(self) -> str:
        """``status: new → paid``."""
        name = self.name if self.is_field else f"{self.name} (no field)"
        if self.kind in (LOADED, ADDED):
            if self.kind == LOADED and self.loaded:
                return f"{name}: loaded"
            how = "loaded or set to" if self.kind == LOADED else "set to"
            deferred = " (it was deferred)" if self.is_field else ""
            return f"{name}: {how} {_told(self.after, _is_doubtful(self.after))}{deferred}"
        if self.kind == REMOVED:
            return f"{name}: {_told(self.before, _is_doubtful(self.before))} → removed"
        before, after = _told(self.before), _told(self.after)
        alike = before == after and self.before != self.after
        if alike or _is_doubtful(self.before) or _is_doubtful(self.after):
            before, after = _told(self.before, quoted=True), _told(self.after, quoted=True)
        return f"{name}: {before} → {after}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one receiver call: its changes, and the attributes its code reads."""

    changes: tuple[Change, ...]
    reads: frozenset[str]

    def writes(self) -> dict[str, Change]:
        """The fields it gave another value; what is only loaded, or no field, or set by any save, is none."""
        return {
            each.name: each
            for each in self.changes
            if each.is_field and not each.automatic and each.kind != LOADED
        }


@dataclass(frozen=True, slots=True)
class Dependency:
    """Two calls of one dispatch, by span id, the ``first`` before the ``later``, whose order matters for a
    field: both write it, or the first only ``reads`` it (its code does, at least)."""

    row: Row
    field: str
    first: int
    later: int
    first_receiver: int
    later_receiver: int
    reads: bool


def seen_by_span(trace: Trace) -> dict[int, Seen]:
    """What is known of receiver calls, by span id."""
    return once(trace, _seen)


def dependencies(trace: Trace) -> list[Dependency]:
    """All of a trace, dispatch by dispatch."""
    return once(trace, _dependencies)


def _seen(trace: Trace) -> dict[int, Seen]:
    return {event.span: _one(trace, event) for event in trace.events_of(KIND) if event.span}


def _one(trace: Trace, event: Event) -> Seen:
    """An event's data, which may come from a file: what is not as it should be is passed over.

    A field is loaded by a query. Where the call ran none it was set; where it did, and its code reads the
    field, that is what the query was for.
    """
    data = event.data
    attributes, automatic = _names(data, "attributes"), _names(data, "automatic")
    reads = _names(data, "reads")
    asked = bool(trace.queries_of(event.span)) if trace.queries else None
    changes = tuple(
        Change(
            each[0],
            each[1],
            each[2],
            each[0] not in attributes,
            each[0] in automatic,
            False if asked is False else True if each[0] in reads else None,
        )
        for each in _list(data, "changes")
        if type(each) is list and len(each) == 3 and type(each[0]) is str
    )
    return Seen(changes, reads)


def _list(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if type(value) is list else []


def _names(data: dict[str, Any], key: str) -> frozenset[str]:
    return frozenset(each for each in _list(data, key) if type(each) is str)


def _is_doubtful(value: Any) -> bool:
    """Whether it is a text that can't be told from other words without quotes."""
    return type(value) is str and (value != value.strip() or not value or "→" in value)


def _told(value: Any, quoted: bool = False) -> str:
    """A value in a few words: text as it is or ``quoted``, anything else by its value or else its type."""
    quoted = quoted and type(value) is str
    if type(value) is list:
        value = next((each for each in reversed(value) if type(each) is str), "?")
    if quoted:
        return repr(value) if len(value) <= _LONGEST else repr(f"{value[: _LONGEST - 1]}…")
    text = " ".join(str(value).split()) if type(value) is str else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _dependencies(trace: Trace) -> list[Dependency]:
    seen = seen_by_span(trace)
    if not seen:
        return []
    dispatches = {dispatch_of(span) for span in seen}
    rows = {row[0]: row for row in trace.rows() if row[9] is None or not is_continuation(row)}
    own = _own_writes(seen, rows)
    return [
        each for number, row in rows.items() if number in dispatches for each in _of_dispatch(trace, row, own)
    ]


def _own_writes(
    seen: dict[int, Seen], rows: dict[int, Row]
) -> dict[int, tuple[dict[str, Change], frozenset[str]]]:
    """What each call wrote and reads. What a call further in wrote as well is left out: which of the two
    did is not known."""
    inside: dict[int, set[str]] = {}
    for span, one in seen.items():
        names = one.writes().keys()
        row = rows.get(dispatch_of(span)) if names else None
        while row is not None and row[1]:
            inside.setdefault(row[1], set()).update(names)
            row = rows.get(dispatch_of(row[1]))
    found = {}
    for span, one in seen.items():
        others = inside.get(span, ())
        writes = {name: each for name, each in one.writes().items() if name not in others}
        found[span] = (writes, one.reads)
    return found


def _of_dispatch(
    trace: Trace, row: Row, own: dict[int, tuple[dict[str, Change], frozenset[str]]]
) -> Iterator[Dependency]:
    calls = [call for call in trace.calls(row) if call.id in own]
    for at, first in enumerate(calls):
        written, read = own[first.id]
        for later in calls[at + 1 :]:
            both_async = trace.receivers[first.receiver].is_async and trace.receivers[later.receiver].is_async
            for name in own[later.id][0]:
                # async receivers run together: there is no before for one that only reads
                reads = name not in written
                if reads and (name not in read or both_async):
                    continue
                yield Dependency(row, name, first.id, later.id, first.receiver, later.receiver, reads)
