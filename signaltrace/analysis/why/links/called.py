"""The last link, stage *analysis*: whether its turn comes, or a receiver before it raises, or it is muted."""

from __future__ import annotations

from signaltrace.analysis.connected import listed, overlap, short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, is_any
from signaltrace.analysis.why.link import CALLED, Fix, Link, broken, holds, unknown
from signaltrace.analysis.why.observed import SentBy
from signaltrace.analysis.why.sending import may_send, open_sends, sends
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
        return _raised(seen) if seen.failed else holds(NAME, f"{text}.")
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
            total.raised.update(each.raised)
    return total


def _raised(seen: SentBy) -> Link:
    """It ran, and what it does was not done: who heard of that depends on how it was sent."""
    (method, error), number = seen.raised.most_common(1)[0]
    name = "an exception" if error is None else error.type.removeprefix("builtins.")
    robust = method.endswith("_robust")
    then = f"which {method}() swallowed" if robust else f"which {method}() passed on to who sent it"
    often = "" if number == seen.called == 1 else f" {_times(number)}"
    text = f"It was called {_times(seen.called)}, and raised {name}{often}, {then}."
    message = "" if error is None or not error.message else f": {error.message[:120]}"
    evidence = [] if error is None else [Evidence(f"{name}{message}", error.file, error.line)]
    place = (None, None) if error is None else (error.file, error.line)
    return broken(NAME, text, *evidence, fix=Fix("Correct what it raises, or catch it there", *place))


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
    if not before:
        among = "" if own.order == 1 or is_any(case.sender) else f"Of those that hear {case.sender} it"
        return holds(NAME, f"{among or 'It'} is the first to be called.")
    if case.signal in _ROBUST or _all_robust(case):
        return holds(NAME, "It is called whatever those before it raise: it is sent robustly.")
    many = "1 receiver is" if len(before) == 1 else f"{len(before):,} receivers are"
    names = listed([each.receiver.name for each in before], most=3)
    send = f"{short_signal(case.signal)}.send()"
    text = f"{many} called before it: {names}. Should one raise under {send}, it is not called."
    return unknown(NAME, text, tells='whether one does: --run "COMMAND" or --trace FILE')


def _all_robust(case: Case) -> bool:
    """Whether every line that sends it is known, and lets no receiver stop the others."""
    found = sends(case)
    if not found or case.signal.startswith("django.") or open_sends(case) or may_send(case):
        return False
    return all(send.method.endswith("_robust") for _, send in found)


def _comes_first(each: Connection, own: Connection) -> bool:
    return each.alive and each.order < own.order and overlap(each, own) and each.receiver != own.receiver


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _dispatches(number: int) -> str:
    return "1 dispatch" if number == 1 else f"{number:,} dispatches"
