"""The link of life, stage *analysis*: a weakly connected receiver that nothing keeps is gone at once."""

from __future__ import annotations

from signaltrace.analysis.declared import Declared
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, is_sender_gone
from signaltrace.analysis.why.link import ALIVE, Fix, Link, broken, holds, unknown
from signaltrace.connections import Connection
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION, METHOD, OBJECT, PARTIAL, FunctionDef
from signaltrace.history import CONNECTED, DIED

NAME = ALIVE
_OF_A_CALL = {
    LOCAL_FUNCTION: "it is a function made inside another one, which ends with the call",
    LAMBDA: "it is a lambda that nothing else names",
    PARTIAL: "it is a partial that nothing else names",
    METHOD: "it is a method of an object that nothing else keeps",
    OBJECT: "it is an object that nothing else keeps",
}


def check(case: Case) -> Link:
    """Alive and kept, alive by Django's debug cache alone, or dead."""
    alive = case.alive
    if alive and all(each.kept_by_debug for each in alive):
        return _kept_by_debug(case, alive[0])
    if alive:
        weakly = "weakly; something else keeps it" if alive[0].weak else "strongly"
        return holds(NAME, f"It is alive: connected {weakly}.")
    died = next((each for each in reversed(case.events) if each.what in (DIED, CONNECTED)), None)
    if is_sender_gone(case):
        text = "The sender it was connected for is gone, and the connection with it."
        fix = Fix("Connect it for a class that stays: one at module level", *_where(case))
        return broken(NAME, text, *_evidence(case), fix=fix)
    if died is not None and died.what == DIED:
        return _dead(case, possible=False)
    if case.connections:
        return _dead(case, possible=False)
    if died is None and (_sure_to_die(case) is not None or _namesake(case) is not None):
        return _dead(case, possible=True)
    if died is not None:
        return holds(NAME, "It was not seen to die.")
    return unknown(
        NAME, "Whether it is alive can't be told: it is not connected.", tells=case.facts.history.advice
    )


def _kept_by_debug(case: Case, connection: Connection) -> Link:
    text = (
        "It is alive only because DEBUG is True: Django's cache of signatures keeps it. With DEBUG=False it "
        f"is gone right after its connect, for {_reason(case, connection.kind)}."
    )
    return broken(NAME, text, *_evidence(case), fix=_fix(case, connection.kind))


def _dead(case: Case, *, possible: bool) -> Link:
    kind = _kind(case)
    reason = _reason(case, kind)
    other = _namesake(case)
    if other is not None:
        at = Evidence("the other one", case.target.file, other.line)
        text = f"It is gone: it was connected weakly, and the file makes another {other.qualname} later."
        fix = Fix("Give one of the two another name", case.target.file, other.def_line)
        return broken(NAME, text, *_evidence(case), at, fix=fix, possible=possible)
    text = f"It was connected weakly, and {reason}: it is gone."
    return broken(NAME, text, *_evidence(case), fix=_fix(case, kind), possible=possible)


def _sure_to_die(case: Case) -> Declared | None:
    """A declaration of what nothing keeps, weakly, and that is not connected now."""
    for each in case.imported:
        if each.connect.weak is not False and (
            each.connect.temporary or each.connect.receiver_kind in (LOCAL_FUNCTION, LAMBDA)
        ):
            return each if each.connect.weak else None
    return None


def _namesake(case: Case) -> FunctionDef | None:
    """A later function of the file that took the name, so that nothing keeps this one."""
    target, function = case.target, case.target.function
    if target.module is None or function is None or any(not each.connect.weak for each in case.declarations):
        return None
    later = (each for each in target.module.functions if each.qualname == function.qualname)
    return next((each for each in later if each.line > function.line), None)


def _kind(case: Case) -> str:
    kinds = [each.kind for each in case.connections] + [
        each.connect.receiver_kind for each in case.declarations
    ]
    kinds.append(case.target.kind)
    return next((each for each in kinds if each in _OF_A_CALL), "")


def _reason(case: Case, kind: str) -> str:
    if not kind and "<locals>" in case.target.name:
        kind = LOCAL_FUNCTION
    return _OF_A_CALL.get(kind, "nothing else keeps it")


def _fix(case: Case, kind: str) -> Fix:
    place = _where(case)
    code = ("weak=False",)
    if kind == METHOD:
        return Fix("Keep the object in a module's variable, or connect the method strongly", *place, code)
    if kind in (PARTIAL, OBJECT):
        return Fix("Keep it in a module's variable, or connect it strongly", *place, code)
    return Fix("Define it at module level, or connect it strongly", *place, code)


def _where(case: Case) -> tuple[str | None, int | None]:
    for each in case.declarations:
        return each.module.file, each.connect.line
    for event in reversed(case.events):
        if event.site is not None:
            return event.site.file, event.site.line
    return case.target.file, case.target.line


def _evidence(case: Case) -> list[Evidence]:
    file, line = _where(case)
    found = [Evidence("connected here", file, line)]
    if (case.target.file, case.target.line) != (file, line) and case.target.file:
        found.append(Evidence("defined here", case.target.file, case.target.line))
    return found
