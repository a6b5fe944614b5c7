"""The link of the signature, stage *analysis*: whether the receiver takes what the signal passes to it.

It is said where it is certain alone: of a function whose parameters the source has, and of keywords that are
passed in any case.
"""

from __future__ import annotations

from collections import Counter

from signaltrace.analysis.connected import listed, short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, hidden_by
from signaltrace.analysis.why.link import SIGNATURE, Fix, Link, broken, moot
from signaltrace.analysis.why.moments import KEYWORDS
from signaltrace.declarations import FUNCTION, LOCAL_FUNCTION, METHOD, PARTIAL, FunctionDef
from signaltrace.history import REFUSED
from signaltrace.trace import ErrorInfo

NAME = SIGNATURE
_READ = frozenset((FUNCTION, LOCAL_FUNCTION, METHOD, PARTIAL, ""))
_BOUND = (("self",), ("cls",))
_UNBOUND = ("staticmethod", "classmethod")


def check(case: Case) -> Link:
    """A ``self`` that nothing passes, and a keyword that it does not take; moot where neither is known."""
    function = case.target.function
    refused = any(each.what == REFUSED for each in case.events)
    if function is None or not case.about or refused or hidden_by(case.target):
        return moot(NAME)
    if _lacks_self(case, function):
        name = function.parameters[0]
        text = (
            f"It is connected as a plain function of its class: nothing passes {name}, "
            "and every call raises TypeError."
        )
        fix = Fix(
            "Make it a @staticmethod, with the decorator below @receiver, or a function of its module",
            case.target.file,
            function.def_line,
            _without(function, name),
        )
        return broken(NAME, text, *_evidence(case, function), fix=fix)
    missing = _not_taken(case, function)
    if not missing:
        return moot(NAME)
    text = (
        f"It takes no **kwargs, and {short_signal(case.signal)} passes {listed(missing)}: "
        "every call raises TypeError."
    )
    fix = Fix("Add **kwargs to its parameters", case.target.file, function.def_line, with_kwargs(function))
    return broken(NAME, text, *_evidence(case, function), fix=fix)


def with_kwargs(function: FunctionDef | None) -> tuple[str, ...]:
    """The ``def`` as it is to be."""
    if function is None or not function.parameters:
        return ("def receiver(sender, **kwargs):",)
    return (_written(function, (*function.parameters, "**kwargs")),)


def _without(function: FunctionDef, name: str) -> tuple[str, ...]:
    rest = tuple(each for each in function.parameters if each != name)
    return ("@staticmethod", _written(function, (*rest, "**kwargs")))


def _written(function: FunctionDef, parameters: tuple[str, ...]) -> str:
    lead = "async def" if function.is_async else "def"
    own = function.qualname.rpartition(".")[2]
    return f"{lead} {own}({', '.join(parameters)}):"


def _lacks_self(case: Case, function: FunctionDef) -> bool:
    """Whether it was connected in the body of its class, before there was an object to bind it to."""
    holder, _, _ = function.qualname.rpartition(".")
    if not holder or holder.endswith("<locals>") or function.parameters[:1] not in _BOUND:
        return False
    if any(each.partition("(")[0].rpartition(".")[2] in _UNBOUND for each in function.decorators):
        return False
    if case.alive:
        return all(each.kind in (FUNCTION, LOCAL_FUNCTION) for each in case.alive)
    return bool(case.declarations) and all(each.connect.form == "decorator" for each in case.declarations)


def _not_taken(case: Case, function: FunctionDef) -> list[str]:
    """The keywords that every dispatch passes, and the receiver has no parameter for."""
    if function.accepts_kwargs or any(each.accepts_kwargs for each in case.alive):
        return []
    kinds = {each.kind for each in case.alive} or {each.connect.receiver_kind for each in case.declarations}
    if not kinds or not kinds <= _READ:
        return []
    return [each for each in ("signal", *KEYWORDS.get(case.signal, ())) if each not in function.parameters]


def _evidence(case: Case, function: FunctionDef) -> list[Evidence]:
    found = [Evidence("its parameters", case.target.file, function.def_line)]
    seen = {} if case.observed is None else case.observed.of(case.signal)
    errors: Counter[tuple[str, ErrorInfo | None]] = Counter()
    for each in seen.values():
        errors.update(each.raised)
    for (_, error), number in errors.items():
        if error is not None and error.type.rpartition(".")[2] == "TypeError":
            times = "once" if number == 1 else f"{number:,} times"
            found.append(Evidence(f"raised TypeError {times}: {error.message[:160]}"))
    return found
