"""Why a receiver runs twice for one dispatch, stage *analysis*: the cause, and its fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from signaltrace.analysis.connected import listed, overlap
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.paths import real
from signaltrace.analysis.why.beyond import sent_twice, two_signals
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.cause import (
    ANY_AND_ONE,
    EVERY_CALL,
    IMPORTED_TWICE,
    READY_TWICE,
    SEVERAL_OBJECTS,
    TWO_UIDS,
    Cause,
    connects,
    made,
    number_word,
    sites,
)
from signaltrace.analysis.why.link import Fix
from signaltrace.connections import Connection
from signaltrace.declarations import FUNCTION, METHOD, OBJECT, PARTIAL

_ANOTHER = {
    FUNCTION: "it once more",  # by a dispatch_uid that is another each time
    METHOD: "a method of another object",
    PARTIAL: "another partial",
    OBJECT: "another object",
}
# Comparing each pair is for the few connections of one receiver, not for hundreds.
_MOST_COMPARED = 50


def causes(cases: Sequence[Case], *, wide: bool) -> tuple[Cause, ...]:
    """Every cause there is; ``wide`` looks beyond one dispatch: at two signals, and at what a trace saw."""
    by_signal: dict[str, list[Case]] = {}
    for case in cases:
        by_signal.setdefault(case.signal, []).append(case)
    found = [each for of_one in by_signal.values() for each in _of_signal(of_one)]
    if not wide:
        # Methods of two objects are two receivers: whether that is a fault is for those to say who ask.
        found = [each for each in found if each.name != SEVERAL_OBJECTS]
    if wide and not found:
        found = [*sent_twice(cases), *two_signals(cases)]
    return tuple(found)


def _of_signal(cases: Sequence[Case]) -> Iterator[Cause]:
    """The first thing that two connections of which one dispatch reaches both have in common."""
    pairs = [(case, each) for case in cases for each in case.alive][:_MOST_COMPARED]
    met = [
        (one, other)
        for one, other in combinations(pairs, 2)
        if overlap(one[1], other[1]) and one[1] is not other[1]
    ]
    if not met:
        return
    reached = {id(each): each for pair in met for _, each in pair}
    connections = sorted(reached.values(), key=lambda each: each.order)
    case = met[0][0][0]
    yield _cause(case, cases, connections)


def _cause(case: Case, cases: Sequence[Case], connections: list[Connection]) -> Cause:
    modules = list(dict.fromkeys(each.module for each in connections if each.module))
    if len(modules) > 1 and len({each.qualname for each in connections}) == 1 and _one_file(connections):
        return _imported_twice(case, cases, modules, connections)
    named = [each for each in connections if each.sender.name != ANY_SENDER]
    anyone = [each for each in connections if each.sender.name == ANY_SENDER]
    if len(anyone) == 1 and named and len({each.sender.name for each in named}) == len(named):
        return _any_and_one(case, cases, named, anyone[0])
    uids = [each.dispatch_uid for each in connections]
    if connections[0].kind in (FUNCTION, "") and len(set(uids)) == len(uids):
        return _two_uids(case, cases, connections)
    return _several(case, cases, connections)


def _one_file(connections: Sequence[Connection]) -> bool:
    places = {(each.receiver.file, each.receiver.line) for each in connections}
    return len({(file and real(file), line) for file, line in places}) == 1


def _imported_twice(
    case: Case, cases: Sequence[Case], modules: list[str], connections: list[Connection]
) -> Cause:
    own = case.target.module.name if case.target.module is not None else modules[0]
    right = own if own in modules else min(modules, key=len)
    wrong = [each for each in modules if each != right]
    evidence = [Evidence(f"one file, imported as {listed(modules)}", case.target.file, case.target.line)]
    first: tuple[str | None, int | None] = (case.target.file, None)
    for module in case.facts.source.modules:
        if any(name == each or name.startswith(f"{each}.") for _, name in module.brings for each in wrong):
            evidence.append(Evidence(f"{module.name} imports {listed(wrong)}", module.file))
            first = (module.file, None) if first[0] == case.target.file else first
    names = f"{number_word(len(modules))} names, {listed(modules)}"
    text = f"Its file is imported under {names}: that makes as many functions of it."
    fix = Fix(f"Import it as {right} everywhere", *first, (f"import {right}",))
    return made(case, IMPORTED_TWICE, text, [*evidence, *sites(cases, connections)], fix, connections)


def _any_and_one(case: Case, cases: Sequence[Case], named: list[Connection], anyone: Connection) -> Cause:
    senders = listed([each.sender.name for each in named])
    text = f"It is connected for {senders}, and for any sender besides: what {senders} sends reaches both."
    where = sites(cases, [*named, anyone])
    fix = Fix("Drop one of the two, the connection for any sender or the other", *_last(case, where))
    return made(case, ANY_AND_ONE, text, where, fix, [*named, anyone], times=2)


def _two_uids(case: Case, cases: Sequence[Case], connections: list[Connection]) -> Cause:
    uids = listed(["none" if each.dispatch_uid is None else repr(each.dispatch_uid) for each in connections])
    text = f"It is connected {number_word(len(connections))} times with different dispatch_uids: {uids}."
    where = sites(cases, connections)
    fix = Fix("Connect it once, or with one dispatch_uid each time", *_last(case, where))
    return made(case, TWO_UIDS, text, where, fix, connections)


@dataclass(frozen=True, slots=True)
class _OneLine:
    """A line that made several of the connections: in which function, in which ``ready()`` if any.

    ``turns``: whether a branch or a loop decides how often it is run.
    """

    file: str
    line: int
    times: int
    scope: str
    within: str
    seen: bool
    turns: bool


def _several(case: Case, cases: Sequence[Case], connections: list[Connection]) -> Cause:
    """As many receivers as calls of one line: of ready(), of a function; or as many objects."""
    one = _line_of(cases, connections)
    uid = (f'dispatch_uid="{case.target.name}"',)
    if one is None:
        many = number_word(len(connections)).capitalize()
        text = f"{many} objects of this name are connected, each a receiver of its own."
        where = sites(cases, connections)
        fix = Fix("Connect one of them, or give all the same dispatch_uid", *_last(case, where), uid)
        return made(case, SEVERAL_OBJECTS, text, where, fix, connections, possible=True)
    times = number_word(one.times)
    at = [Evidence(f"connected here, {times} times", one.file, one.line)]
    if _ready_ran_again(case, one):
        text = f"{one.within or one.scope}() ran {times} times, and connected another receiver each time."
        fix = Fix("Give it a dispatch_uid, and find what calls ready() again", one.file, one.line, uid)
        return made(case, READY_TWICE, text, at, fix, connections, possible=not one.seen)
    other = _ANOTHER.get(next((each.kind for each in connections if each.kind), ""), "another function")
    who, done = (f"{one.scope}()", "called") if one.scope else ("One line", "run")
    if _is_ready(one.scope):
        who, done = f"One line of {who}", "run"
    text = f"{who} connects {other} each time it is {done}: {len(connections):,} are connected by now."
    fix = Fix(
        "Connect it once, at module level or in ready(), or give it a dispatch_uid", one.file, one.line, uid
    )
    return made(case, EVERY_CALL, text, at, fix, connections, possible=not one.seen)


def _ready_ran_again(case: Case, one: _OneLine) -> bool:
    """Whether it was ready() itself that ran again, and neither a function it calls nor a loop in it."""
    if not _is_ready(one.scope) or one.turns:
        return False
    lines = Counter(
        (each.site.file, each.site.line)
        for each in case.facts.history.events
        if each.site is not None and (each.site.file, each.site.function) == (one.file, one.scope)
    )
    return not lines or min(lines.values()) > 1


def _is_ready(scope: str) -> bool:
    return scope.rpartition(".")[2] == "ready"


def _line_of(cases: Sequence[Case], connections: Sequence[Connection]) -> _OneLine | None:
    """The line that connected more receivers than it names: seen, or the only one the source has."""
    declared = [(each.module.file, each.connect) for case in cases for each in case.declarations]
    seen = [each for each in connects(cases, connections) if each.site is not None]
    if not seen:
        if len(declared) != 1 or not declared[0][1].scope:
            return None
        file, only = declared[0]
        return _OneLine(file, only.line, len(connections), only.scope, "", False, only.conditional)
    (file, line), number = Counter(
        (each.site.file, each.site.line) for each in seen if each.site
    ).most_common(1)[0]
    if number <= max(sum(real(at) == real(file) and each.line == line for at, each in declared), 1):
        return None
    events = [
        each for each in seen if each.site is not None and (each.site.file, each.site.line) == (file, line)
    ]
    scope = next((each.scope for _, each in declared if each.line == line and each.scope), "")
    turns = any(each.conditional for at, each in declared if each.line == line and real(at) == real(file))
    site = events[0].site
    if not scope and site is not None and not site.function.startswith("<module"):
        scope = site.function
    # The outermost ready() may be another's, which called this one.
    within = next((each.within for each in events if each.within.endswith(f".{scope}")), "")
    return _OneLine(file, line, number, scope, within, True, turns)


def _last(case: Case, where: Sequence[Evidence]) -> tuple[str | None, int | None]:
    """The place to mend: of the last of the connections, else of the receiver."""
    return (where[-1].file, where[-1].line) if where else (case.target.file, case.target.line)
