"""The link of Django's answer, stage *analysis*: it took the connection, kept another, refused, or waits."""

from __future__ import annotations

from dataclasses import replace

from signaltrace.analysis.declared import Declared
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.matching import closest
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.link import ACCEPTED, Fix, Link, broken, holds, unknown
from signaltrace.analysis.why.links.signature import with_kwargs
from signaltrace.connections import Connection
from signaltrace.declarations import VALUE
from signaltrace.history import CONNECTED, DIED, DISCONNECTED, IGNORED, REFUSED, REMOVED, SAME_UID, Event
from signaltrace.trace import ReceiverInfo

NAME = ACCEPTED
_TAKEN = (CONNECTED, DISCONNECTED, DIED, REMOVED)


def check(case: Case) -> Link:
    """A connection, dead or alive, is proof; else what became of the last try."""
    if case.connections:
        return holds(NAME, "Django accepted the connection.")
    if case.pending:
        return _waiting(case)
    taken = [each for each in case.events if each.what in _TAKEN]
    refused = [each for each in case.events if each.what == REFUSED]
    ignored = [each for each in case.events if each.what == IGNORED]
    if taken:
        made = next((each for each in reversed(taken) if each.what == CONNECTED), None)
        where = () if made is None else _site(made, "accepted")
        return holds(NAME, "Django accepted the connection.", *where)
    if ignored:
        return _ignored(case, ignored[-1])
    if refused:
        return _refused(case, refused[-1])
    shadow = _shadow(case)
    if shadow is not None:
        return shadow
    if case.facts.history.on and case.facts.history.complete:
        return unknown(NAME, "No connect of it was seen.", tells="a connect() that Signal.connect never got")
    return unknown(NAME, "What Django made of the connect can't be told.", tells=case.facts.history.advice)


def _waiting(case: Case) -> Link:
    """The name of a model that is not there: nothing is raised, and it waits for ever."""
    pending = case.pending[0]
    near = closest(pending.sender, [each.label for each in case.facts.models])
    like = f"; the closest is {near}" if near else ""
    text = (
        f"It waits for the model {case.sender}, which does not exist{like}. "
        "Until one of that name is loaded it is not connected."
    )
    at = replace(_declared_or_defined(case), text="its connect stands here")
    code = (f'sender="{near}"',) if near else ()
    fix = Fix("Name a model that exists" if not near else "Correct the sender", at.file, at.line, code)
    return broken(NAME, text, at, fix=fix)


def _ignored(case: Case, event: Event) -> Link:
    """Django kept an earlier connection: this very one, or one it could not tell apart from it."""
    rival = next(
        (each for each in case.facts.history.events if event.rival and each.number == event.rival), None
    )
    receiver = event.rival_receiver or (None if rival is None else rival.receiver)
    site = _site(event, "ignored here")
    known = receiver is not None or event.reason != SAME_UID
    if known and (receiver is None or _same(receiver, event.receiver)):
        return holds(NAME, "It was connected before, so that this connect changed nothing.", *site)
    if event.reason == SAME_UID or event.dispatch_uid is not None:
        other = "an earlier receiver" if receiver is None else receiver.name
        held = () if rival is None else _site(rival, f"{other} was connected here")
        return _uid_taken(case, event.dispatch_uid or "", other, (*site, *held))
    text = (
        f"Django took it for {receiver.name if receiver else 'another receiver'}, which is gone and whose "
        "address in memory it got: the connect was ignored."
    )
    earlier = () if rival is None else _site(rival, "the one that is gone was connected here")
    return broken(
        NAME,
        text,
        *site,
        *earlier,
        fix=Fix("Keep receivers alive, or give each a dispatch_uid", *_place(event)),
    )


def _uid_taken(case: Case, uid: str, other: str, evidence: tuple[Evidence, ...]) -> Link:
    text = f"Ignored: {other} has the same dispatch_uid {uid!r} for the same sender, and was connected first."
    at = next(iter(evidence), _declared_or_defined(case))
    code = (f'dispatch_uid="{case.target.name}"',)
    return broken(NAME, text, *evidence, fix=Fix("Give it a dispatch_uid of its own", at.file, at.line, code))


def _refused(case: Case, event: Event) -> Link:
    target, function = case.target, case.target.function
    text = f"Django refused the connection: {event.reason.rstrip('.')}."
    if "keyword arguments" in event.reason or "kwargs" in event.reason:
        line = target.line if function is None else function.def_line
        fix = Fix("Let the receiver accept **kwargs", target.file, line, with_kwargs(function))
    else:
        fix = Fix("Correct what the exception names", *_place(event))
    return broken(NAME, text, *_site(event, "refused here"), fix=fix)


def _shadow(case: Case) -> Link | None:
    """Without a history: another receiver is connected with the uid that the source gives this one."""
    for each in case.imported:
        uid = each.connect.dispatch_uid
        if uid.kind != VALUE:
            continue
        for rival in () if case.live_signal is None else case.live_signal.connections:
            if rival.alive and rival.sender.name == case.sender and _is_uid(rival, uid.name or uid.text):
                here = Evidence(
                    f"dispatch_uid {uid.text or uid.name} here", each.module.file, each.connect.line
                )
                name = rival.receiver.name
                there = Evidence(f"{name} has it", *_rival_place(case, rival, each))
                return _uid_taken(case, rival.dispatch_uid or "", name, (here, there))
    return None


def _rival_place(case: Case, rival: Connection, ours: Declared) -> tuple[str | None, int | None]:
    for each in case.project.declarations:
        if each is not ours and rival in each.connections:
            return each.module.file, each.connect.line
    return rival.receiver.file, rival.receiver.line


def _is_uid(rival: Connection, text: str) -> bool:
    if rival.dispatch_uid is None:
        return False
    return rival.dispatch_uid.strip("'\"") == text.strip("'\"")


def _same(one: ReceiverInfo, other: ReceiverInfo) -> bool:
    return (one.name, one.file, one.line) == (other.name, other.file, other.line)


def _site(event: Event, text: str) -> tuple[Evidence, ...]:
    return () if event.site is None else (Evidence(text, event.site.file, event.site.line),)


def _place(event: Event) -> tuple[str | None, int | None]:
    return (None, None) if event.site is None else (event.site.file, event.site.line)


def _declared_or_defined(case: Case) -> Evidence:
    for each in case.declarations:
        return Evidence("connected here", each.module.file, each.connect.line)
    for event in case.events:
        if event.site is not None:
            return Evidence("connected here", event.site.file, event.site.line)
    return Evidence("defined here", case.target.file, case.target.line)
