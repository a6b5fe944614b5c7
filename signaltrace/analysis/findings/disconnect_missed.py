"""W005: a disconnect() that matched nothing. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import place, short_signal
from signaltrace.analysis.disconnects import Missed, missed
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import Connection
from signaltrace.facts import Facts

ID = "signaltrace.W005"
NAME = "disconnect-missed"
SEVERITY = WARNING
SUMMARY = "A disconnect() that matched nothing."
WHY = (
    "disconnect() looks for the very receiver or dispatch_uid, and the very sender, that connect() was "
    "given. Where there is no such connection it returns False and raises nothing: the receiver runs on."
)
NEEDS_TRACE = False


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, signal and file."""
    for each in missed(facts):
        what = each.receiver or f'dispatch_uid "{each.uid}"'
        told, fix, possible = _told(each)
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=f"{each.signal}: {what} of {each.sender}" + (f", uid {each.uid}" if each.uid else ""),
            title=f"disconnect() of {what} from {short_signal(each.signal)} did nothing: {told}",
            evidence=tuple(_evidence(each)),
            fix=fix,
            possible=possible or each.from_source,
            mine=each.mine,
            app=each.app,
        )


def _evidence(each: Missed) -> Iterator[Evidence]:
    yield each.here
    if each.where is not None:
        yield each.where
    if each.near is not None:
        yield place(each.near.receiver, "the receiver, connected")


def _told(each: Missed) -> tuple[str, str, bool]:
    """What is the matter, what to do, and whether that is a guess."""
    if each.near is not None:
        return _near(each, each.near)
    if each.later:
        return (
            "it is connected only after that",
            "Disconnect it where it is connected already: in the ready() of an app that comes later.",
            False,
        )
    if each.other_signal:
        other = short_signal(each.other_signal)
        return f"it is connected to {other}", f"Disconnect it from {other}, if that was meant.", True
    return "it is not connected", "Take it out, or see why it is not connected: `signaltrace why`.", True


def _near(each: Missed, near: Connection) -> tuple[str, str, bool]:
    """A connection that differs in what disconnect() goes by."""
    how, arguments = [], []
    if near.sender.name != each.sender:
        any_sender = near.sender.name == ANY_SENDER
        how.append("for any sender" if any_sender else f"for {near.sender.name}")
        arguments.append("no sender" if any_sender else f"sender={near.sender.name.rpartition('.')[2]}")
    if near.dispatch_uid != each.uid:
        uid = near.dispatch_uid
        how.append("without a dispatch_uid" if uid is None else f"with the dispatch_uid {_literal(uid)}")
        arguments.append("no dispatch_uid" if uid is None else f"dispatch_uid={_literal(uid)}")
    if not how:
        return (
            "what is connected is another object that the same lines made",
            "Keep the very receiver that was connected, and disconnect that one.",
            False,
        )
    if each.receiver and near.receiver.name != each.receiver:
        return (
            f"{near.receiver.name} is connected {' '.join(how)}",
            f"Name that one: {_and(arguments)}.",
            True,
        )
    return f"it is connected {' '.join(how)}", f"Call disconnect() with {_and(arguments)}.", False


def _and(parts: list[str]) -> str:
    return " and ".join(parts)


def _literal(uid: str) -> str:
    """A uid as it would be written; a tuple's text is that already."""
    return uid if uid.startswith(("(", "<")) else f'"{uid}"'
