"""What is done with a trace at the end: kept in a file, printed as views or as JSON, filters checked."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signaltrace import storage
from signaltrace.analysis.inventory_filter import select
from signaltrace.analysis.matching import closest, matches
from signaltrace.analysis.selection import Selection
from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door, NoMatch
from signaltrace.commands.options import Plan
from signaltrace.connections import Inventory
from signaltrace.exports import json
from signaltrace.trace import Trace


def check_patterns(trace: Trace, selection: Selection) -> None:
    """Raise NoMatch for the first pattern that is part of no name in the trace."""
    signals = [each.name for each in trace.signals]
    senders = [each.name for each in trace.senders]
    receivers = [each.name for each in trace.receivers]
    apps = [each.app for table in (trace.signals, trace.senders, trace.receivers) for each in table]
    for option, patterns, names in (
        ("--signal", selection.signals, signals),
        ("--sender", selection.senders, senders),
        ("--receiver", selection.receivers, receivers),
        ("--app", selection.apps, apps),
    ):
        check_matches(option, patterns, names, "in this trace")


def check_matches(option: str, patterns: Iterable[str], names: Iterable[str], where: str) -> None:
    """Raise NoMatch for the first of ``patterns`` that is part of none of ``names``."""
    known = {each for each in names if each}
    for pattern in patterns:
        if not any(matches((pattern,), name) for name in known):
            raise _no_match(option, pattern, known, where)


@dataclass(frozen=True)
class Picked:
    """The part of an inventory that was asked for, and the senders to list it by."""

    inventory: Inventory
    senders: tuple[str, ...]


def pick_connections(
    inventory: Inventory,
    by: str,
    patterns: Sequence[str],
    signals: Sequence[str],
    senders: Sequence[str],
    apps: Sequence[str],
    *,
    mine: bool,
) -> Picked:
    """What the filters of ``receivers`` leave. Raises NoMatch for a pattern that matches nothing.

    By sender, a pattern that is part of a sender's name is meant as a sender.
    """
    known = _Known(inventory)
    turned = [
        each for each in patterns if by == "sender" and any(matches((each,), one) for one in known.senders)
    ]
    patterns = [each for each in patterns if each not in turned]
    for option, given, names in (
        (
            "",
            known.unaliased(patterns),
            {*known.signals, *known.receivers, *(known.senders if by == "sender" else ())},
        ),
        ("--signal", known.unaliased(signals), known.signals),
        ("--sender", senders, known.senders),
        ("--app", apps, known.apps),
    ):
        check_matches(option, given, names, "that is connected here")
    senders = (*senders, *turned)
    kept = select(inventory, patterns, signals, senders, apps, mine)
    if not kept.signals and (patterns or signals or senders or apps):
        raise NoMatch("nothing that is connected here matches all of that; try it with fewer options")
    return Picked(kept, tuple(senders))


class _Known:
    """Every name in an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        connections = [one for each in inventory.signals for one in each.connections]
        self.signals = {each.signal.name for each in inventory.signals}
        self.aliases = {name.casefold() for each in inventory.signals for name in each.aliases}
        self.receivers = {one.receiver.name for one in connections}
        self.senders = {one.sender.name for one in connections} | set(inventory.models)
        self.apps = {one.receiver.app for one in connections} | {
            each.signal.app for each in inventory.signals
        }

    def unaliased(self, patterns: Iterable[str]) -> list[str]:
        """Those that are not another name of a signal; such a name counts in full only."""
        return [each for each in patterns if each.casefold() not in self.aliases]


def _no_match(option: str, pattern: str, known: Iterable[str], where: str) -> NoMatch:
    near = closest(pattern, sorted(known))
    hint = f"; the closest is {near}" if near else ""
    label = f"{option} {pattern[:60]!r}" if option else repr(pattern[:60])
    return NoMatch(f"{label} matches nothing {where}{hint}")


def save_trace(door: Door, trace: Trace, plan: Plan) -> None:
    """Save where that was asked for, and say so."""
    if plan.save is not None:
        storage.save(trace, plan.save)
        if not (door.quiet or plan.as_json):
            door.say(f"trace saved, see it again with: signaltrace show {shlex.quote(plan.save)}")


def print_trace(door: Door, stream: Stream, trace: Trace, plan: Plan) -> None:
    """The views that were asked for, or the whole trace as JSON."""
    if plan.as_json:
        stream.write(json.render(trace) + "\n")
    else:
        console = door.console(stream)
        for position, view in enumerate(plan.views_of(trace)):
            if position:
                console.print()
            console.print(view.render(trace, plan.selection))
    stream.flush()
