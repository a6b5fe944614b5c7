"""The last link, stage *analysis*: whether its turn comes, or a receiver before it raises, or it is muted."""

from __future__ import annotations

from signaltrace.analysis.connected import listed, overlap, short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, is_any
from signaltrace.analysis.why.link import CALLED, Fix, Link, broken, holds, unknown
from signaltrace.analysis.why.observed import SentBy
from signaltrace.connections import Connection

NAME = CALLED
# Sent with send_robust() by Django, which calls every receiver whatever the others raise.
_ROBUST = frozenset({"django.test.signals.setting_changed"})


def check(case: Case) -> Link:
    """What a trace saw; else who comes before it."""
    seen = _seen(case)
    if seen is None:
        return _untraced(case)
    if seen.muted:
        text = f"It was muted {_times(seen.muted)}: signaltrace or the test it ran in left it out."
        return broken(NAME, text, fix=Fix("Take it out of what is muted"))
    if seen.not_called:
        return _stopped(case, seen)
    if seen.called:
        text = f"It was called {_times(seen.called)} in {_dispatches(seen.sent)}"
        raised = f", and raised {_times(seen.failed)}" if seen.failed else ""
        return holds(NAME, f"{text}{raised}.")
    if not seen.sent:
        return unknown(NAME, "It was not to be called: nothing was sent for it.")
    text = f"It was sent {_times(seen.sent)} for it, and it was not called in any of them."
    fix = Fix("See whether it was connected at the time: what was recorded may be another process's")
    return broken(NAME, text, fix=fix, possible=True)


def _seen(case: Case) -> SentBy | None:
    """What the trace has of the senders that this connection hears."""
    if case.observed is None:
        return None
    total = SentBy()
    for sender, each in case.observed.of(case.signal).items():
        wanted = case.expected or case.sender
        if sender == wanted or (is_any(case.sender) and not case.expected):
            for name in ("sent", "called", "failed", "not_called", "muted", "more_than_once"):
                setattr(total, name, getattr(total, name) + getattr(each, name))
            total.stopped_by.update(each.stopped_by)
    return total


def _stopped(case: Case, seen: SentBy) -> Link:
    """An earlier receiver raised under send()."""
    evidence, names = [], []
    for (receiver, error), number in seen.stopped_by.most_common(4):
        own = "" if error is None else error.type.rpartition(".")[2]
        names.append(f"{receiver.name} raised {own}".rstrip())
        message = f": {error.message[:120]}" if error is not None and error.message else ""
        file, line = (
            (receiver.file, receiver.line) if error is None or not error.file else (error.file, error.line)
        )
        evidence.append(Evidence(f"{receiver.name} raised {own}{message} ({_times(number)})", file, line))
    who = f"{listed(names)} before it" if names else "the dispatch ended before its turn"
    text = f"It was not called in {seen.not_called:,} of {_dispatches(seen.sent)}: {who}."
    first = evidence[0] if evidence else None
    fix = Fix(
        "Correct what that receiver raises, or send with send_robust(), which calls the others all the same",
        None if first is None else first.file,
        None if first is None else first.line,
    )
    return broken(NAME, text, *evidence, fix=fix)


def _untraced(case: Case) -> Link:
    """Who comes first could raise: nothing of the source proves it, so it is not said of any one."""
    if not case.alive:
        return unknown(NAME, "It is not connected, so it has no turn.")
    own = min(case.alive, key=lambda each: each.order)
    before = (
        []
        if case.live_signal is None
        else [each for each in case.live_signal.connections if _comes_first(each, own)]
    )
    if case.signal in _ROBUST or not before:
        first = (
            "It is the first to be called"
            if not before
            else "Every receiver is called, whatever others raise"
        )
        return holds(NAME, f"{first}.")
    many = "1 receiver is" if len(before) == 1 else f"{len(before):,} receivers are"
    names = listed([each.receiver.name for each in before], most=3)
    send = f"{short_signal(case.signal)}.send()"
    text = f"{many} called before it: {names}. Should one raise under {send}, it is not called."
    return unknown(NAME, text, tells='whether one does: --run "COMMAND" or --trace FILE')


def _comes_first(each: Connection, own: Connection) -> bool:
    return each.alive and each.order < own.order and overlap(each, own) and each.receiver != own.receiver


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _dispatches(number: int) -> str:
    return "1 dispatch" if number == 1 else f"{number:,} dispatches"
