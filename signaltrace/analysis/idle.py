"""Receivers the source connects for a model and that do not run for it, stage *analysis*."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from signaltrace.analysis.declared import DEAD, NEVER_IMPORTED, NOT_CONNECTED, declared
from signaltrace.facts import Facts

_BECAUSE = {
    NEVER_IMPORTED: "its module was never imported",
    NOT_CONNECTED: "its connect() came to nothing",
    DEAD: "it is dead",
}


@dataclass(frozen=True, slots=True)
class Idle:
    """A receiver that is declared for ``signal`` and does not hear it, why, and the line that declares it."""

    receiver: str
    signal: str
    because: str
    file: str
    line: int


def idle(facts: Facts, senders: Collection[str]) -> Iterator[Idle]:
    """Those of model signals declared for one of ``senders``; a dead entry that a signal still has is not
    among them, for it stands with the connections. Each receiver once a signal."""
    told: set[tuple[str, str]] = set()
    for each in declared(facts):
        if each.sender not in senders or each.state not in _BECAUSE or each.connections:
            continue
        signal = each.signal or ""
        if signal.startswith("django.db.models.signals.") and (each.receiver, signal) not in told:
            told.add((each.receiver, signal))
            yield Idle(each.receiver, signal, _BECAUSE[each.state], each.module.file, each.connect.line)
