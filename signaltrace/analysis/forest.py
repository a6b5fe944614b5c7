"""The rows a view shows, nested, stage *analysis*: a trace seen through a Selection's filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from signaltrace.analysis.matching import matches
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import by_dispatch, has_failed, is_orphaned
from signaltrace.rows import Call, Row
from signaltrace.trace import RAISED, Trace


@dataclass(frozen=True, slots=True)
class Forest:
    """Dispatch rows under the id of the receiver call that sent them, roots under 0.

    ``visible`` holds the ids of the receiver calls to show, None for all of them. ``orphaned``
    counts the dispatches left out because no receiver heard them, by route.
    """

    trace: Trace
    children: Mapping[int, Sequence[Row]]
    visible: Set[int] | None = None
    orphaned: Mapping[int, int] | None = None

    def roots(self) -> Sequence[Row]:
        """The outermost dispatches, by start."""
        return self.children.get(0, ())

    def below(self, call: Call) -> Sequence[Row]:
        """The dispatches a receiver call sent, by start."""
        return self.children.get(call.id, ())

    def calls(self, row: Row) -> list[Call]:
        """The receiver calls of a dispatch that are to be shown."""
        calls = self.trace.calls(row)
        if self.visible is None:
            return calls
        return [call for call in calls if call.id in self.visible]

    def senders_within(self) -> dict[int, list[int]]:
        """The ids of the receiver calls that sent something, by the id of their dispatch."""
        return by_dispatch(sorted(self.children))

    def parents_first(self, within: Mapping[int, Sequence[int]] | None = None) -> list[Row]:
        """Every row of the forest, each before those below it; ``within``: senders_within() if at hand."""
        within = self.senders_within() if within is None else within
        ordered: list[Row] = []
        stack = list(self.roots())
        if not within:
            return stack
        while stack:
            row = stack.pop()
            ordered.append(row)
            for span in within.get(row[0], ()):
                stack.extend(self.children[span])
        return ordered


def select(trace: Trace, selection: Selection) -> Forest:
    """The part of a trace a selection asks for: what matches, and what leads to it."""
    heard = _heard(trace, selection)
    if not (
        selection.signals or selection.senders or selection.receivers or selection.apps or selection.errors
    ):
        return heard
    kept: set[int] = set()
    visible: set[int] = set()
    rules = Rules(trace, selection)
    for row in reversed(heard.parents_first()):
        shown = rules.shown_calls(row)
        here = rules.hit(row, shown)
        for call in trace.calls(row):
            if call.id in shown or any(child[0] in kept for child in heard.below(call)):
                visible.add(call.id)
                here = True
        if here:
            kept.add(row[0])
    children = {
        parent: rows
        for parent, siblings in heard.children.items()
        if (rows := [row for row in siblings if row[0] in kept])
    }
    return Forest(trace, children, visible, heard.orphaned)


def _heard(trace: Trace, selection: Selection) -> Forest:
    """The trace without the dispatches nobody heard, unless those are asked for."""
    everything = trace.rows_by_parent
    if selection.orphaned:
        return Forest(trace, everything)
    orphaned: dict[int, int] = {}
    children: dict[int, Sequence[Row]] = {}
    for parent, siblings in everything.items():
        rows: Sequence[Row] = siblings
        if not all(row[7] for row in siblings):
            late = trace.late_calls
            rows = [row for row in siblings if not is_orphaned(row) or row[0] in late]
            for row in siblings:
                if is_orphaned(row) and row[0] not in late:
                    orphaned[row[2]] = orphaned.get(row[2], 0) + 1
        if rows:
            children[parent] = rows
    return Forest(trace, children if orphaned else everything, None, orphaned)


class Rules:
    """A selection's patterns looked up once per name of the trace instead of once per span."""

    def __init__(self, trace: Trace, selection: Selection) -> None:
        self._trace = trace
        self._errors = selection.errors
        self._by_call = bool(selection.receivers or selection.apps or selection.errors)
        self.receivers = [matches(selection.receivers, each.name) for each in trace.receivers]
        self.receiver_apps = [matches(selection.apps, each.app) for each in trace.receivers]
        self.routes: list[bool] = []
        self.route_apps: list[bool] = []
        for _, signal, sender in trace.routes:
            signal_info, sender_info = trace.signals[signal], trace.senders[sender]
            named = matches(selection.signals, signal_info.name) and matches(
                selection.senders, sender_info.name
            )
            self.routes.append(named)
            apps = (signal_info.app, sender_info.app)
            self.route_apps.append(any(matches(selection.apps, app) for app in apps))

    def matches(self, route: int, receiver: int) -> bool:
        """Whether a call of this receiver on this route is asked for, whatever became of it."""
        return (
            self.routes[route]
            and self.receivers[receiver]
            and (self.receiver_apps[receiver] or self.route_apps[route])
        )

    def shown_calls(self, row: Row) -> set[int]:
        """The ids of a dispatch's calls that match in their own right."""
        return {
            call.id
            for call in self._trace.calls(row)
            if self.matches(row[2], call.receiver) and (has_failed(call) or not self._errors)
        }

    def hit(self, row: Row, shown: set[int]) -> bool:
        """Whether a dispatch matches in its own right: by itself, a call, or one that never came."""
        if not self.routes[row[2]]:
            return False
        extra = row[9] or {}
        if shown or not self._by_call:
            return True
        if any(self.matches(row[2], receiver) for receiver in extra.get("not_called", ())):
            return True
        # a mute is no consequence of an error, as not being called is
        muted = extra.get("muted", ()) if not self._errors else ()
        if any(self.matches(row[2], receiver) for receiver in muted):
            return True
        by_route_alone = all(self.receivers) and self.route_apps[row[2]]
        failed = extra.get("outcome") == RAISED or bool(extra.get("error"))
        return by_route_alone and (failed or not self._errors)
