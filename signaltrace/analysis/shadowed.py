"""Connections of the source that lost against another's dispatch_uid, stage *analysis*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signaltrace.analysis.declared import (
    CONNECTED,
    NOT_CONNECTED,
    NOT_REACHED,
    NOT_TOLD,
    Declared,
    is_sure_to_run,
)
from signaltrace.declarations import VALUE, Connect, SourceModule
from signaltrace.facts import Facts


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A declaration that is not connected, and the one of the same uid that is. ``sure`` where its line
    must have been reached."""

    declared: Declared
    rival: Declared
    sure: bool

    @property
    def module(self) -> SourceModule:
        """The module of the one that lost."""
        return self.declared.module

    @property
    def connect(self) -> Connect:
        """The connect of the one that lost."""
        return self.declared.connect


def shadowed(facts: Facts, found: Sequence[Declared]) -> list[Shadowed]:
    """Two receivers of one literal uid, signal and sender, of which only one is connected."""
    by_uid: dict[tuple[str, str, str], list[Declared]] = {}
    for each in found:
        uid = each.connect.dispatch_uid
        if each.signal is not None and each.sender is not None and uid.kind == VALUE and uid.name:
            by_uid.setdefault((each.signal, each.sender, uid.name), []).append(each)
    lost = []
    for (_, _, uid_text), same in by_uid.items():
        winner = next((each for each in same if _holds(each, uid_text)), None)
        if winner is None:
            continue
        for each in same:
            if _loses(each) and each.receiver != winner.receiver:
                lost.append(Shadowed(each, winner, is_sure_to_run(facts, each.module, each.connect)))
    return lost


def _loses(each: Declared) -> bool:
    """Whether it has no connection, for all that its module was imported. Of a uid and a sender there is
    only one, so that not even the name matters; what is temporary may have had it before, and died."""
    unconnected = each.state in (NOT_CONNECTED, NOT_REACHED, NOT_TOLD) and not each.connections
    return unconnected and bool(each.module.loaded_as) and not each.connect.temporary


def _holds(each: Declared, uid: str) -> bool:
    """Whether it is connected under this very uid."""
    return each.state == CONNECTED and any(one.alive and one.dispatch_uid == uid for one in each.connections)
