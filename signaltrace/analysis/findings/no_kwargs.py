"""W012: a receiver whose signature does not take the call that Django makes. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from signaltrace.analysis.connected import connected_at, listed, live, place, receiver_subject, short_signal
from signaltrace.analysis.declared import (
    CONNECTED,
    NEVER_IMPORTED,
    NOT_CONNECTED,
    NOT_REACHED,
    WAITING,
    Declared,
    declared,
)
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.functions import Functions, is_plain
from signaltrace.analysis.paths import real
from signaltrace.analysis.references import References
from signaltrace.analysis.signatures import never_given, wants_self
from signaltrace.declarations import FUNCTION, FunctionDef
from signaltrace.facts import Facts

ID = "signaltrace.W012"
NAME = "no-kwargs"
SEVERITY = WARNING
SUMMARY = "A receiver whose signature does not take the call: no **kwargs, or a parameter nobody fills."
WHY = (
    "Django calls a receiver with keywords alone, signal= and sender= always among them. One that does not "
    "take them all, or requires another, raises TypeError at every dispatch. connect() checks for **kwargs "
    "only while DEBUG is on, and for the rest never."
)
NEEDS_TRACE = False

_NOT_THERE = (NEVER_IMPORTED, NOT_CONNECTED, NOT_REACHED, WAITING)
_ADD_KWARGS = "Add **kwargs to its parameters."
_NO_METHOD = "Make it a function of its module, or a staticmethod without that parameter."
_TAKE_LESS = "Take what the signal sends, and give any other parameter a default."


@dataclass(slots=True)
class _Receiver:
    """A receiver that does not take the call, and what it is to hear."""

    subject: str
    name: str
    evidence: list[Evidence]
    mine: bool
    app: str
    connected: bool
    no_kwargs: bool = False
    lacks: list[str] = field(default_factory=list)
    method: bool = False
    possible: bool = False
    signals: list[str] = field(default_factory=list)


_Key = tuple[str, str | None, int | None]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, whatever it hears: of what is connected, then of what the source declares."""
    found: dict[_Key, _Receiver] = {}
    for signal, one in live(facts):
        if not one.accepts_kwargs:
            info = one.receiver
            key = (receiver_subject(one), info.file and real(info.file), info.line)
            where = [place(info), *connected_at(facts, signal.signal.name, one)]
            new = _Receiver(key[0], info.name, where, info.mine, info.app, connected=True, no_kwargs=True)
            found.setdefault(key, new).signals.append(signal.signal.name)
    _add_declared(facts, found)
    for each in found.values():
        yield _finding(each)


def _add_declared(facts: Facts, found: dict[_Key, _Receiver]) -> None:
    references, functions = References(facts), Functions(facts.source)
    for each in declared(facts, references):
        told = _function(each, references, functions)
        if told is None or each.signal is None or each.state not in (CONNECTED, *_NOT_THERE):
            continue
        file, function = told
        by_decorator = each.connect.form == "decorator"
        method = by_decorator and wants_self(function)
        lacks = [*function.parameters[:1]] if method else []
        if by_decorator and not method:
            lacks = never_given(function, each.signal)
        no_kwargs = not function.accepts_kwargs and each.state in _NOT_THERE
        if lacks or no_kwargs:
            key = (each.receiver, real(file), function.line)
            if key not in found:
                found[key] = _declared(each, file, function)
            one = found[key]
            one.signals.append(each.signal)
            one.method = one.method or method
            one.no_kwargs = one.no_kwargs or no_kwargs
            one.lacks += [name for name in lacks if name not in one.lacks]


def _function(each: Declared, references: References, functions: Functions) -> tuple[str, FunctionDef] | None:
    """The definition of a receiver that is a function, with its file; none where a decorator may have
    changed what it takes."""
    connect = each.connect
    if connect.receiver_kind != FUNCTION:
        return None
    found = functions.at(each.module.file, connect.receiver_line)
    if found is None and connect.form == "call":
        found = references.function(references.canonical(connect.receiver.name))
    return (found[0].file, found[1]) if found is not None and is_plain(found[1], found[0]) else None


def _declared(each: Declared, file: str, function: FunctionDef) -> _Receiver:
    connect = each.connect
    is_connected = each.state == CONNECTED
    evidence = [Evidence("the receiver", file, function.line)]
    if connect.form == "call":
        evidence.append(Evidence("to be connected here", each.module.file, connect.line))
    return _Receiver(
        each.receiver,
        each.receiver,
        evidence,
        each.module.mine,
        each.module.app,
        connected=is_connected,
        # what is called by its name may have been given another value since
        possible=connect.form == "call",
    )


def _finding(each: _Receiver) -> Finding:
    signals = listed(list(dict.fromkeys(short_signal(name) for name in each.signals)))
    connected = f"{'is' if each.connected else 'is to be'} connected to {signals}"
    if each.method:
        what, fix = f"{connected} as a plain function: nothing gives it {each.lacks[0]}", _NO_METHOD
    elif each.lacks:
        what, fix = f"{connected}, and nothing gives it {listed(each.lacks)}", _TAKE_LESS
    else:
        what, fix = f"takes no **kwargs, and {connected}", _ADD_KWARGS
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=each.subject,
        title=f"{each.name} {what}",
        evidence=tuple(each.evidence),
        fix=fix,
        possible=each.possible,
        mine=each.mine,
        app=each.app,
    )
