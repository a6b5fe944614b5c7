"""Asides, stage *analysis*: what happened between dispatches and has a line of its own in the tree.

A write that bypassed receivers, and a callback of ``on_commit`` that never ran. They are told where
they happened: under the receiver call that was running, among the dispatches it sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signaltrace.analysis.matching import matches
from signaltrace.analysis.remarks import once
from signaltrace.analysis.selection import Selection
from signaltrace.event import Event
from signaltrace.rows import ON_COMMIT
from signaltrace.trace import CallSite, Trace

BYPASS = "bypass"
_KINDS = (BYPASS, ON_COMMIT)
# Where Django's word for it is none a reader knows.
_RAW = "raw"
_NAMES = {"_raw_delete": "fast delete", _RAW: "raw load"}


@dataclass(frozen=True, slots=True)
class Aside:
    """One aside, or many that are alike.

    ``name`` and ``sender`` are as a dispatch's; ``rows`` are those written (None for what writes
    none); ``missed`` did not run, for the reason ``why``; ``raw``: receivers ran, with ``raw=True``.
    ``place`` says where among the dispatches under the same receiver call it belongs: it is what those
    ids are, less the call's.
    """

    kind: str
    name: str
    sender: str
    missed: tuple[str, ...]
    why: str
    place: int
    count: int
    duration_ns: int
    rows: int | None
    at_most: bool
    sites: tuple[CallSite, ...]
    raw: bool = False


def asides_of(trace: Trace, spans: Iterable[int], selection: Selection) -> list[Aside]:
    """The asides under these receiver calls, 0 for those outside of any, those alike together."""
    by_span = once(trace, _by_span)
    if not by_span or selection.errors or selection.signals:
        return []
    found: dict[tuple[Any, ...], list[Event]] = {}
    for span in spans:
        for event in by_span.get(span, ()):
            if _is_wanted(trace, event, selection):
                key = (event.kind, event.receivers, *map(str, sorted(_told(event.data).items())))
                found.setdefault(key, []).append(event)
    asides = [_aside(trace, events) for events in found.values()]
    return sorted(asides, key=lambda each: each.place)


def _by_span(trace: Trace) -> Mapping[int, Sequence[Event]]:
    """Events by the receiver call to tell them under: 0 for a call that is not in the trace."""
    kinds = [event for kind in _KINDS for event in trace.events_of(kind)]
    found: dict[int, list[Event]] = {}
    if kinds:
        known = trace.spans_among({event.span for event in kinds})
        for event in sorted(kinds, key=lambda each: each.id):
            found.setdefault(event.span if event.span in known else 0, []).append(event)
    return found


def _told(data: Mapping[str, Any]) -> dict[str, Any]:
    """What makes two events different ones to the reader: rows are added up."""
    return {name: value for name, value in data.items() if name not in ("rows", "at_most")}


def _is_wanted(trace: Trace, event: Event, selection: Selection) -> bool:
    if event.kind == BYPASS and not selection.bypassed:
        return False
    if event.duration_ns < selection.min_ns:
        return False
    if selection.senders and not matches(selection.senders, str(event.data.get("model", ""))):
        return False
    infos = [trace.receivers[each] for each in event.receivers]
    if selection.receivers and not any(matches(selection.receivers, each.name) for each in infos):
        return False
    app = str(event.data.get("model", "")).partition(".")[0]
    return not selection.apps or any(
        matches(selection.apps, each) for each in (app, *(info.app for info in infos))
    )


def _aside(trace: Trace, events: Sequence[Event]) -> Aside:
    first = events[0]
    places = dict.fromkeys(trace.sites[each.site] for each in events)
    name, sender, why = "on commit", first.data.get("alias", ""), first.data.get("fate", "")
    missed: Iterable[str] = (trace.receivers[each].name for each in first.receivers)
    rows = None
    if first.kind == BYPASS:
        how, why = first.data.get("how", ""), "did not run"
        name, sender = _NAMES.get(how, how), first.data.get("model", "")
        missed = _missed(trace, first, str(sender))
        rows = sum(count for each in events if isinstance(count := each.data.get("rows"), int))
    return Aside(
        kind=first.kind,
        name=str(name),
        sender=str(sender),
        missed=tuple(missed),
        why=str(why),
        place=first.id - first.span,
        count=len(events),
        duration_ns=sum(each.duration_ns for each in events),
        rows=rows,
        at_most=any(each.data.get("at_most") is True for each in events),
        sites=tuple(each for each in places if each is not None),
        raw=first.kind == BYPASS and first.data.get("how") == _RAW,
    )


def _missed(trace: Trace, event: Event, model: str) -> Iterator[str]:
    """Overridden methods first: they are the model's own."""
    for method in event.data.get("overrides", ()):
        yield f"{model.rpartition('.')[2]}.{method}()"
    for each in event.receivers:
        yield trace.receivers[each].name
