"""The link of what came later, stage *analysis*: disconnected, removed from outside, or still there."""

from __future__ import annotations

from signaltrace.analysis.connected import listed, short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, hidden_by, is_any
from signaltrace.analysis.why.link import BROKEN, CONNECTED, Fix, Link, broken, holds, unknown
from signaltrace.declarations import CODE, UNDECIDED
from signaltrace.history import CONNECTED as WAS_CONNECTED
from signaltrace.history import DISCONNECTED, REMOVED, Event

NAME = CONNECTED


def check(case: Case) -> Link:
    """What is connected now is; else the last that was seen to happen, else what the source has."""
    if case.alive:
        where = next((each.order for each in case.alive), 0)
        among = f"number {where} of the {_receivers(case)}" if _size(case) > 1 else "the only receiver"
        return holds(NAME, f"It is {among} of {short_signal(case.signal)}.")
    last = next(
        (each for each in reversed(case.events) if each.what in (DISCONNECTED, REMOVED, WAS_CONNECTED)), None
    )
    if last is not None and last.what == DISCONNECTED:
        return _disconnected(last)
    if last is not None and last.what == REMOVED:
        return _removed(case, last)
    history = case.facts.history
    if not (history.on and history.complete):
        found = _in_source(case)
        if found:
            text = "It is not connected now, and a line of the source disconnects it."
            fix = Fix("Drop that disconnect, or connect it again after", found[0].file, found[0].line)
            return broken(NAME, text, *found, fix=fix, possible=True)
    return _gone(case)


def _disconnected(event: Event) -> Link:
    where = () if event.site is None else (Evidence("disconnected here", event.site.file, event.site.line),)
    within = (
        f" in {event.site.function}()" if event.site is not None and event.site.function != "<module>" else ""
    )
    site = (None, None) if event.site is None else (event.site.file, event.site.line)
    fix = Fix("Drop that disconnect, or connect it again after", *site)
    return broken(NAME, f"It was connected, and disconnected again{within}.", *where, fix=fix)


def _removed(case: Case, event: Event) -> Link:
    # Nobody saw where it was removed: where it was made is all there is.
    sites = [each.site for each in case.events if each.what == WAS_CONNECTED and each.site is not None]
    text = "It was connected, and is gone from the signal's receivers though nothing disconnected it"
    where = [Evidence("it was connected here", each.file, each.line) for each in sites[-1:]]
    reason = (
        f": {event.reason.rstrip('.')}." if event.reason else ": something wrote them behind Django's back."
    )
    fix = Fix(
        "Find what writes Signal.receivers: a helper that mutes signals and does not put all of them back"
    )
    return broken(NAME, text + reason, *where, fix=fix)


def _in_source(case: Case) -> list[Evidence]:
    """The lines of imported code that disconnect this receiver from this signal."""
    references, found = case.project.references, []
    for module in case.facts.source.modules:
        for connect in module.connects if module.loaded_as and module.role == CODE else ():
            if connect.action != "disconnect" or references.signal(connect.signal) != case.signal:
                continue
            name = references.canonical(connect.receiver.name)
            sender = references.sender(connect.sender)
            same = (
                connect.sender.kind == UNDECIDED
                or sender == case.sender
                or (sender is None and is_any(case.sender))
            )
            if name in case.target.names and same:
                where = f"disconnected in {connect.scope}()" if connect.scope else "disconnected here"
                found.append(Evidence(where, module.file, connect.line))
    return found


def _gone(case: Case) -> Link:
    """It is not there, and nothing says why."""
    history = case.facts.history
    hidden = hidden_by(case.target)
    evidence = [Evidence("connected here", each.module.file, each.connect.line) for each in case.imported[:1]]
    if hidden and not case.events:
        text = (
            f"It is not among the receivers of {case.signal} by its own name: "
            f"what {listed(list(hidden))} makes of it may be."
        )
        return unknown(NAME, text, *evidence, tells=history.advice or "functools.wraps in the decorator")
    if case.project.references.connected(case.signal) is None:
        return unknown(
            NAME,
            f"Which signal {case.signal or 'it'} is can't be told from the source.",
            *evidence,
            tells=history.advice,
        )
    among = f"is not among the {_receivers(case)} of" if _size(case) else "is not connected to"
    text = f"It {among} {short_signal(case.signal)} now."
    tells = "" if history.on and history.complete else history.advice
    place = (evidence[0].file, evidence[0].line) if evidence else (None, None)
    fix = Fix("See what became of its connect: what ended it, or which it lost against", *place)
    return Link(NAME, BROKEN, text, tuple(evidence), fix, tells)


def _receivers(case: Case) -> str:
    return "1 receiver" if _size(case) == 1 else f"{_size(case):,} receivers"


def _size(case: Case) -> int:
    connections = () if case.live_signal is None else case.live_signal.connections
    return sum(each.alive for each in connections)
