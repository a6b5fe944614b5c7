"""W019: receivers taken out of a signal without disconnect(). Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import live, short_signal
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.connections import Connection
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED, REMOVED, Event

ID = "signaltrace.W019"
NAME = "removed-behind-django"
SEVERITY = WARNING
SUMMARY = "Receivers that something took out of a signal without disconnect()."
WHY = (
    "Something wrote the signal's list of receivers, as helpers that mute signals do, and did not put back "
    "what was there: these receivers are connected no more, and no disconnect() says where."
)
NEEDS_TRACE = False

_MOST_NAMED = 5


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a signal, for what is gone from it still."""
    connected = {_key_of(signal.signal.name, one) for signal, one in live(facts)}
    made = {each.number: each for each in facts.history.events if each.what == CONNECTED}
    last: dict[tuple[str, str, str, str | None], Event] = {}
    for event in facts.history.events:
        if event.what in (CONNECTED, REMOVED):
            last[_key(event)] = event
    by_signal: dict[str, list[Event]] = {}
    for key, event in last.items():
        if event.what == REMOVED and key not in connected:
            by_signal.setdefault(event.signal, []).append(event)
    for signal, gone in by_signal.items():
        yield _finding(signal, gone, made)


def _key(event: Event) -> tuple[str, str, str, str | None]:
    return (event.signal, event.receiver.name, event.sender.name, event.dispatch_uid)


def _key_of(signal: str, one: Connection) -> tuple[str, str, str, str | None]:
    return (signal, one.receiver.name, one.sender.name, one.dispatch_uid)


def _finding(signal: str, gone: list[Event], made: dict[int, Event]) -> Finding:
    evidence = []
    for event in gone[:_MOST_NAMED]:
        begun = made.get(event.rival)
        site = begun.site if begun is not None else None
        name = event.receiver.name
        if site is not None:
            evidence.append(Evidence(f"{name} was connected here", site.file, site.line))
        else:
            evidence.append(Evidence(name, event.receiver.file, event.receiver.line))
    if len(gone) > _MOST_NAMED:
        evidence.append(Evidence(f"and {len(gone) - _MOST_NAMED:,} more"))
    mine = [each for each in gone if each.receiver.mine]
    one = len(gone) == 1
    what = f"{gone[0].receiver.name} is" if one else f"{len(gone):,} receivers are"
    them = "it" if one else "them"
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=signal,
        title=f"{what} gone from {short_signal(signal)}, and no disconnect() took {them}",
        evidence=tuple(evidence),
        fix="Find what writes its receivers and have it put them back; signaltrace.mute() would.",
        mine=bool(mine),
        app=(mine or gone)[0].receiver.app,
    )
