"""E002: connected weakly, and nothing else keeps the receiver alive. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from signaltrace.analysis.connected import connected_at, live, place, receiver_subject, short_signal
from signaltrace.analysis.declared import CONNECTED, DEAD, Declared, declared
from signaltrace.analysis.finding import ERROR, Evidence, Finding
from signaltrace.analysis.functions import SECOND_OF_ITS_NAME, Functions
from signaltrace.analysis.paths import real
from signaltrace.connections import Connection
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION, METHOD, OBJECT, FunctionDef
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED as WAS_CONNECTED
from signaltrace.history import DIED, SENDER_COLLECTED, Event
from signaltrace.span import SignalInfo

ID = "signaltrace.E002"
NAME = "weak-temporary"
SEVERITY = ERROR
SUMMARY = "A weakly connected local function, lambda, partial or method of a temporary object."
WHY = (
    "connect() keeps only a weak reference. Where nothing else refers to the receiver it is collected, "
    "and is never called again: nothing is raised, nothing is logged."
)
NEEDS_TRACE = False

_COLLECTED_SENDER = "collected sender"
# An object may have been meant to take its receivers along when it went.
_MAY_BE_MEANT = (METHOD, OBJECT)


def find(facts: Facts) -> Iterator[Finding]:
    """Receivers that are dead; then weak connects of what nothing keeps, as the source has them."""
    functions = Functions(facts.source)
    in_source = [each for each in declared(facts) if _is_weak_temporary(each)]
    told: set[tuple[str, int | None]] = set()
    subjects: set[str] = set()
    starts = _Starts(facts)
    for signal, connection, made in (*_dead(facts), *_died(facts, starts)):
        where = {(real(each.file), each.line) for each in made if each.file}
        same = [each for each in in_source if connection in each.connections or _place(each) in where]
        if connection.kind in _MAY_BE_MEANT and not same and not starts.made_all(signal.name, connection):
            continue  # an object that connects itself does so for its own life
        told.update(_place(each) for each in same)
        found = _of_dead(signal, connection, made, same)
        second = functions.second_of(connection.receiver)
        if second is not None:
            found = _of_first(found, connection.receiver.name, signal.name, second)
        if found.subject not in subjects:
            yield found
        subjects.add(found.subject)
    for each in in_source:
        if _place(each) not in told and _is_lost(each, facts):
            told.add(_place(each))
            yield _of_source(each)


_Dead: TypeAlias = tuple[SignalInfo, Connection, list[Evidence]]


def _dead(facts: Facts) -> Iterator[_Dead]:
    """Dead entries that a signal still has."""
    for signal in facts.inventory.signals:
        for one in signal.connections:
            if one.weak and not one.alive and one.sender.name != _COLLECTED_SENDER:
                yield signal.signal, one, connected_at(facts, signal.signal.name, one)


def _died(facts: Facts, starts: _Starts) -> Iterator[_Dead]:
    """Those that the ledger saw die, connected for good: by a module when imported, or by a ready()."""
    signals = {each.signal.name: each.signal for each in facts.inventory.signals}
    alive = {
        (signal.signal.name, one.receiver.name, one.receiver.line, one.sender.name, one.dispatch_uid)
        for signal, one in live(facts)
    }
    made = {each.number: each for each in facts.history.events if each.what == WAS_CONNECTED}
    for event in facts.history.events:
        begun = made.get(event.rival, event)
        if (
            event.what == DIED
            and event.weak
            and event.reason != SENDER_COLLECTED
            and _key(event) not in alive
            and starts.made(begun)
        ):
            one = Connection(
                0, event.receiver, event.sender, True, False, event.dispatch_uid, event.kind, event.module,
                event.qualname,
            )  # fmt: skip
            site = begun.site
            where = [] if site is None else [Evidence("connected here", site.file, site.line)]
            yield signals.get(event.signal, SignalInfo(event.signal)), one, where


class _Starts:
    """Which connections a ready() or the import of a module made, and not a script or a call."""

    def __init__(self, facts: Facts) -> None:
        self._files = {real(each.file) for each in facts.source.modules if "__main__" not in each.loaded_as}
        self._stay: dict[tuple[object, ...], bool] = {}
        for each in facts.history.events:
            if each.what == WAS_CONNECTED:
                self._stay[_key(each)] = self._stay.get(_key(each), True) and self.made(each)

    def made(self, begun: Event) -> bool:
        """Whether this connection was made at the start."""
        if begun.within or begun.site is None or begun.site.function != "<module>":
            return bool(begun.within)
        return real(begun.site.file) in self._files

    def made_all(self, signal: str, one: Connection) -> bool:
        """Whether all that are like it were: of several objects of a class nobody can tell which it was."""
        who = one.receiver
        return self._stay.get((signal, who.name, who.line, one.sender.name, one.dispatch_uid), False)


def _key(event: Event) -> tuple[object, ...]:
    who = event.receiver
    return (event.signal, who.name, who.line, event.sender.name, event.dispatch_uid)


def _place(each: Declared) -> tuple[str, int | None]:
    return (real(each.module.file), each.connect.line)


def _is_weak_temporary(each: Declared) -> bool:
    return each.signal is not None and each.connect.temporary and each.connect.weak is True


def _is_lost(each: Declared, facts: Facts) -> bool:
    """Whether its line was, or may have been, reached; and what it connects is not alive all the same.

    What is disconnected again in the same function was kept by that function for as long as it was wanted.
    """
    connect = each.connect
    if not each.module.loaded_as or each.state in (CONNECTED, DEAD):
        return False
    if connect.receiver_kind not in (LOCAL_FUNCTION, LAMBDA) and any(
        signal.signal.name == each.signal and one.weak and one.kind == connect.receiver_kind
        for signal, one in live(facts)
    ):
        return False  # it may be this one, kept by something that the source does not show
    return not any(
        other.action == "disconnect"
        and other.scope == connect.scope
        and other.receiver.text == connect.receiver.text
        for other in each.module.connects
    )


def _of_dead(
    signal: SignalInfo, connection: Connection, made: list[Evidence], same: list[Declared]
) -> Finding:
    receiver = connection.receiver
    evidence = [*made]
    known = {(each.file, each.line) for each in made}
    evidence += [
        Evidence("connected weakly here, and nothing keeps it", each.module.file, each.connect.line)
        for each in same
        if (each.module.file, each.connect.line) not in known
    ]
    # What is to be mended is the connect(), and so its line comes first.
    evidence += [place(receiver, "the receiver, collected")] if receiver.file else []
    if not evidence:
        evidence = [Evidence(f"a dead entry of {signal.name} for {connection.sender.name}")]
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{signal.name}: {receiver_subject(connection)}",
        title=f"{receiver.name} was connected to {short_signal(signal.name)} weakly and is gone: "
        "it is never called",
        evidence=tuple(evidence),
        fix=_FIX,
        possible=connection.kind in _MAY_BE_MEANT and not same,
        mine=receiver.mine or any(each.module.mine for each in same),
        app=receiver.app or signal.app,
    )


def _of_first(finding: Finding, receiver: str, signal: str, second: FunctionDef) -> Finding:
    """The finding of a function that was all right until another took its name."""
    file = finding.evidence[0].file
    return replace(
        finding,
        title=f"{receiver} was connected to {short_signal(signal)} weakly and is gone: a second function "
        "took its name",
        evidence=(*finding.evidence, Evidence("the second function of that name", file, second.line)),
        fix=SECOND_OF_ITS_NAME,
    )


_FIX = "Add weak=False to the connect(), or keep a reference, in the receiver's module for one."


def _of_source(each: Declared) -> Finding:
    connect, module = each.connect, each.module
    where = f"{module.name}.{connect.scope}" if connect.scope else module.name
    inside = f"{where}.<locals>" if connect.scope else where
    if connect.receiver_kind == LAMBDA:
        receiver = f"{inside}.<lambda>"
    elif connect.receiver_kind == LOCAL_FUNCTION:
        receiver = f"{inside}.{connect.receiver.name.rpartition('.')[2] or connect.receiver.text}"
    else:
        receiver = f"{connect.receiver.text or connect.receiver_kind} in {where}"
    evidence = [Evidence("connected weakly here", module.file, connect.line)]
    if connect.receiver_line is not None and connect.receiver_line != connect.line:
        evidence.append(Evidence("the receiver", module.file, connect.receiver_line))
    kind = connect.receiver_kind
    article = "an" if kind[:1] in "aeiou" else "a"
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{each.signal}: {receiver}",
        title=f"{short_signal(each.signal or '')} is connected weakly to {article} {kind} that nothing keeps",
        evidence=tuple(evidence),
        fix=_FIX,
        possible=True,
        mine=module.mine,
        app=module.app,
    )
