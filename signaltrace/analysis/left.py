"""What left a transaction before it was committed, stage *analysis*: by receiver call, undone or not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from signaltrace.analysis.remarks import once
from signaltrace.event import Event
from signaltrace.trace import CallSite, Trace

LEFT = "left"
MAIL = "mail"
CELERY = "celery"

# What to say of one of which the text is not told.
_KINDS = {MAIL: "mail", CELERY: "a Celery task"}
_WENT = {MAIL: "the mail went out", CELERY: "the task was queued"}


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that left. ``undone`` is what was rolled back afterwards, and took with it all that the
    receiver had written until then."""

    event: Event
    how: str
    what: str
    site: CallSite | None
    undone: Event | None

    @property
    def without_subject(self) -> str:
        """``mail to 1 recipient``, ``Celery task shop.tasks.pack``, ``connection to example.org:443``."""
        return self.what.partition(": ")[0] if self.how == MAIL else self.told

    @property
    def told(self) -> str:
        """The same, with the subject of a mail."""
        if self.how == MAIL:
            return self.what
        return f"Celery task {self.what}" if self.how == CELERY else f"connection to {self.what}"

    @property
    def kind(self) -> str:
        """``mail``, ``a Celery task``, ``a connection``."""
        return _KINDS.get(self.how, "a connection")

    @property
    def fate(self) -> str:
        """What it left, and what became of that."""
        if self.undone is None:
            return "left the transaction before it committed"
        savepoint = self.undone.data.get("to") == "savepoint"
        return f"left the {'savepoint' if savepoint else 'transaction'}, which was rolled back"

    @property
    def went(self) -> str:
        """What can't be undone by the rollback."""
        return f"{_WENT.get(self.how, 'the connection was made')}, what it tells of did not happen"


def left_by_span(trace: Trace) -> Mapping[int, list[Left]]:
    """All that left, in order, by the span id of the receiver call it left."""
    return once(trace, _left_by_span)


def alike(found: Iterable[Left]) -> list[list[Left]]:
    """Those that left the same way from the same line, and were rolled back or not, together."""
    groups: dict[tuple[str, int, bool, str], list[Left]] = {}
    for each in found:
        own = each.what if each.how == CELERY else ""
        groups.setdefault((each.how, each.event.site, each.undone is not None, own), []).append(each)
    return list(groups.values())


def in_short(group: list[Left]) -> str:
    """What they are, subjects left out: in full where that is the same for all."""
    said = {each.without_subject for each in group}
    return said.pop() if len(said) == 1 else group[0].kind


def why_undone(undone: Event) -> str:
    """`` (shop.errors.NoStock)``, or nothing where no exception was the cause."""
    why = undone.data.get("why")
    return f" ({why})" if isinstance(why, str) and why else ""


def _left_by_span(trace: Trace) -> dict[int, list[Left]]:
    found: dict[int, list[Left]] = {}
    events = trace.events_of(LEFT)
    rollbacks = _Rollbacks(trace) if events else None
    for event in events:
        how, what = event.data.get("how"), event.data.get("what")
        if rollbacks is not None and isinstance(how, str) and isinstance(what, str):
            one = Left(event, how, what, trace.sites[event.site], rollbacks.around(event))
            found.setdefault(event.span, []).append(one)
    return found


class _Rollbacks:
    """Rollbacks by thread and database: of one of those, each is inside of or beside another."""

    def __init__(self, trace: Trace) -> None:
        self._by_place: dict[tuple[int, str], tuple[list[int], list[Event], list[int]]] = {}
        for event in sorted(trace.events_of("rollback"), key=lambda each: (each.id, -each.last)):
            place = (event.thread, str(event.data.get("alias")))
            ids, events, outer = self._by_place.setdefault(place, ([], [], []))
            at = len(events) - 1
            while at >= 0 and events[at].last <= event.id:
                at = outer[at]
            ids.append(event.id)
            events.append(event)
            outer.append(at)

    def around(self, event: Event) -> Event | None:
        """What was rolled back with an event in it; of several the first."""
        ids, events, outer = self._by_place.get((event.thread, str(event.data.get("alias"))), ([], [], []))
        at = bisect_left(ids, event.id) - 1
        while at >= 0 and events[at].last <= event.id:
            at = outer[at]
        return events[at] if at >= 0 else None
