"""Receivers that are connected for a model and did not run for it, and why, stage *analysis*.

Only what can be told for sure: which signals the method sends, for which sender, and what the trace has
of each dispatch. Whether a receiver that ran did anything (``created``, ``raw``) is its own business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from signaltrace.analysis.model_reach import DELETE as DELETE_SIGNALS
from signaltrace.analysis.model_reach import SAVE as SAVE_SIGNALS
from signaltrace.analysis.model_reach import ModelReach, Sending
from signaltrace.connections import Connection
from signaltrace.trace import RAISED, ReceiverInfo, Trace

Key = tuple[str, str | None, int | None]


@dataclass(frozen=True, slots=True)
class NotRun:
    """Connections to a signal that did not run, for one reason: the end of ``… did not run: why``.

    ``relative`` is the model they are connected for where it is another, "" where it is not.
    """

    signal: str
    why: str
    connections: tuple[Connection, ...]
    relative: str = ""


def is_heard(reach: ModelReach) -> bool:
    """Whether any receiver is connected for what is sent when the model is saved, deleted or related."""
    own = {reach.model.label, *reach.model.parents}
    sendings = (*reach.save, *(each for each in reach.delete if each.sender in own))
    return any(each.live for each in (*sendings, *(one.sent for one in reach.changes)))


def not_run(reach: ModelReach, trace: Trace, *, deletes: bool, ended: bool = False) -> tuple[NotRun, ...]:
    """What is connected for the model and did not run in ``trace``, while it was saved or deleted.

    ``ended``: whether the work was broken off by an exception.
    """
    seen = _Seen(trace)
    groups: dict[tuple[str, str, str], list[Connection]] = {}
    for signal, why, one, relative in _all(reach, seen, deletes=deletes, ended=ended):
        groups.setdefault((signal, why, relative), []).append(one)
    return tuple(
        NotRun(signal, why, tuple(found), relative) for (signal, why, relative), found in groups.items()
    )


class _Seen:
    """What ran, was muted or was passed over, by signal, sender and receiver."""

    def __init__(self, trace: Trace) -> None:
        self.sent: set[tuple[str, str]] = set()
        self.ran: set[tuple[str, str, Key]] = set()
        self.muted: set[tuple[str, str, Key]] = set()
        # Passed over, and who raised before its turn.
        self.skipped: dict[tuple[str, str, Key], str] = {}
        # Dropped spans have totals alone: on what occasion a receiver ran is not known.
        self.lost = {_key(trace.receivers[each]) for each in trace.tally.receivers}
        for signal, sender, _ in trace.orphaned:
            self.sent.add((trace.signals[signal].name, trace.senders[sender].name))
        for row in trace.rows():
            _, signal, sender = trace.routes[row[2]]
            occasion = (trace.signals[signal].name, trace.senders[sender].name)
            self.sent.add(occasion)
            raiser = ""
            for call in trace.calls(row):
                self.ran.add((*occasion, _key(trace.receivers[call.receiver])))
                if call.outcome == RAISED:
                    raiser = trace.receivers[call.receiver].name
            extra = row[9] or {}
            for each in extra.get("muted", ()):
                self.muted.add((*occasion, _key(trace.receivers[each])))
            for each in extra.get("not_called", ()):
                self.skipped[(*occasion, _key(trace.receivers[each]))] = raiser


def _key(receiver: ReceiverInfo) -> Key:
    return receiver.name, receiver.file, receiver.line


def _all(
    reach: ModelReach, seen: _Seen, *, deletes: bool, ended: bool
) -> Iterator[tuple[str, str, Connection, str]]:
    model = reach.model
    own = {model.label, *model.parents}
    deletions = [each for each in reach.delete if each.sender in own]
    done, other = (deletions, reach.save) if deletes else (reach.save, deletions)
    method, elsewhere = ("delete()", "save()") if deletes else ("save()", "delete()")
    for sending in done:
        for one in sending.connections:
            why = _why(sending, one, seen, reach, method=method, ended=ended)
            if why:
                yield sending.signal, why, one, "" if sending.sender == model.label else sending.sender
    for sending in other:
        if sending.sender == model.label:
            for each in _unless_ran(sending, f"sent by {elsewhere}, not by {method}", seen):
                yield *each, ""
    for change in reach.changes:
        why = f"sent when {change.field} is changed (add, remove, clear, set), not by {method}"
        for each in _unless_ran(change.sent, why, seen):
            yield *each, ""
    signals = DELETE_SIGNALS if deletes else SAVE_SIGNALS
    for unheard in reach.unheard:
        if unheard.signal in signals:
            why = f"{unheard.relative} ({unheard.kinship}) is not the sender: that is {model.label} itself"
            for one in unheard.connections:
                yield unheard.signal, why, one, unheard.relative


def _unless_ran(sending: Sending, why: str, seen: _Seen) -> Iterable[tuple[str, str, Connection]]:
    for one in sending.connections:
        if (sending.signal, sending.sender, _key(one.receiver)) not in seen.ran:
            yield sending.signal, why if one.alive else _DEAD, one


_DEAD = "it was collected: connected weakly, and nothing else held it"


def _why(
    sending: Sending, one: Connection, seen: _Seen, reach: ModelReach, *, method: str, ended: bool
) -> str:
    """Why a receiver did not run that a signal of the method itself should have reached; "" if it did."""
    if not one.alive:
        return _DEAD
    at = (sending.signal, sending.sender, _key(one.receiver))
    if at in seen.ran or _key(one.receiver) in seen.lost:
        return ""
    if at in seen.muted:
        return "it was muted"
    if at in seen.skipped:
        raiser = seen.skipped[at]
        return f"{raiser} raised before its turn" if raiser else "the dispatch ended before its turn"
    if (sending.signal, sending.sender) in seen.sent:
        if ended:
            return "the dispatch ended before its turn"
        return "possible: it was disconnected meanwhile, for the signal was sent and not to it"
    if ended:
        return f"not sent any more: {method} had ended by an exception"
    if reach.model.own_delete if method == "delete()" else reach.model.own_save:
        return f"not sent: the {method} that ran is not Django's own"
    if reach.model.auto_created:
        return "not sent: Django sends none for a model it made itself"
    return f"not sent for {sending.sender}"
