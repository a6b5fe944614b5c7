"""W004: a connect that Django ignored, for another receiver had the dispatch_uid. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import live, place, short_signal
from signaltrace.analysis.declared import declared
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.paths import same_file
from signaltrace.analysis.shadowed import Shadowed, shadowed
from signaltrace.facts import Facts
from signaltrace.history import IGNORED, SAME_UID, Event
from signaltrace.span import ReceiverInfo

ID = "signaltrace.W004"
NAME = "uid-shadowed"
SEVERITY = WARNING
SUMMARY = "Two receivers with one dispatch_uid: the second was never connected."
WHY = (
    "Django knows a connection by dispatch_uid and sender, not by its receiver. A second connect() with the "
    "same uid is taken for a repetition of the first and is ignored without a word."
)
NEEDS_TRACE = False

_UNIQUE = 'Give it a dispatch_uid of its own: its dotted name, "{}", would do.'


def find(facts: Facts) -> Iterator[Finding]:
    """What the ledger saw ignored; where it did not see everything, what the source says besides."""
    told: set[tuple[str, str]] = set()
    connected = {
        (signal.signal.name, one.receiver.name, one.receiver.line, one.sender.name)
        for signal, one in live(facts)
    }
    numbered = {each.number: each for each in facts.history.events}
    for event in facts.history.events:
        if event.what != IGNORED or event.reason != SAME_UID:
            continue
        key = (event.signal, event.receiver.name, event.receiver.line, event.sender.name)
        if key not in connected and not _is_one(event.receiver, event.rival_receiver):
            connected.add(key)
            told.add((event.signal, event.receiver.name))
            yield _of_event(event, numbered.get(event.rival))
    if facts.history.on and facts.history.complete and not facts.history.dropped:
        return
    for lost in shadowed(facts, declared(facts)):
        if (lost.declared.signal or "", lost.declared.receiver) not in told:
            yield _of_source(lost)


def _is_one(one: ReceiverInfo, other: ReceiverInfo | None) -> bool:
    """Whether both are what the same lines made, be it that their file was imported twice.

    To connect such a one only once is what a dispatch_uid is for.
    """
    if other is None:
        return False
    if one.name == other.name:
        return True
    if one.file is None or other.file is None or one.line is None or one.line != other.line:
        return False
    return same_file(one.file, other.file)


def _of_event(event: Event, rival: Event | None) -> Finding:
    uid, other = event.dispatch_uid or "", event.rival_receiver
    evidence = []
    if event.site is not None:
        evidence.append(Evidence("this connect() was ignored", event.site.file, event.site.line))
    evidence.append(place(event.receiver, f"{event.receiver.name}, not connected"))
    name = other.name if other is not None else "a receiver that is gone"
    if rival is not None and rival.site is not None:
        text = f"{name} had the uid: it was connected here"
        evidence.append(Evidence(text, rival.site.file, rival.site.line))
    elif other is not None:
        evidence.append(place(other, f"{name} had the uid"))
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=_subject(event.signal, event.receiver.name, event.sender.name, uid),
        title=_title(event.receiver.name, event.signal, event.sender.name, name, uid),
        evidence=tuple(evidence),
        fix=_UNIQUE.format(event.receiver.name),
        mine=event.receiver.mine,
        app=event.receiver.app,
    )


def _of_source(lost: Shadowed) -> Finding:
    each, rival = lost.declared, lost.rival
    uid, sender = each.connect.dispatch_uid.name, each.sender or ANY_SENDER
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=_subject(each.signal or "", each.receiver, sender, uid),
        title=_title(each.receiver, each.signal or "", sender, rival.receiver, uid),
        evidence=(
            Evidence(f"{each.receiver}, not connected", each.module.file, each.connect.line),
            Evidence(f"{rival.receiver} has the uid", rival.module.file, rival.connect.line),
        ),
        fix=_UNIQUE.format(each.receiver),
        possible=not lost.sure,
        mine=each.module.mine,
        app=each.module.app,
    )


def _subject(signal: str, receiver: str, sender: str, uid: str) -> str:
    return f"{signal}: {receiver} of {sender}, uid {uid}"


def _title(receiver: str, signal: str, sender: str, rival: str, uid: str) -> str:
    of = "" if sender == ANY_SENDER else f" of {sender}"
    return f'{receiver} does not hear {short_signal(signal)}{of}: {rival} has its dispatch_uid "{uid}"'
