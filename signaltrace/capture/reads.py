"""What a receiver's code reads from the instance it is sent, stage *capture*: told from bytecode.

Nothing is run, no source is needed. Only what stands there plainly counts: an attribute of the parameter
``instance``, of ``kwargs["instance"]``, or of a variable that is assigned nothing else. Whether a call
came to it the code doesn't tell.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from inspect import CO_VARKEYWORDS
from types import CodeType, FunctionType, MethodType
from typing import Any

from signaltrace.labels.looking import own

_INSTANCE = "instance"
_MAX_CODES = 5_000
_MAX_WRAPPERS = 16
_PASSED_OVER = frozenset({"CACHE", "EXTENDED_ARG", "NOP", "NOT_TAKEN", "PRECALL", "RESUME"})

# Code objects are held, so that their ids stay theirs.
_known: dict[int, tuple[CodeType, tuple[str, ...]]] = {}


def reads_of(receiver: Any) -> tuple[str, ...]:
    """Names of the attributes of the instance that the code of a receiver reads; () for what is no plain
    function or method."""
    code = _code(receiver)
    if code is None:
        return ()
    known = _known.get(id(code))
    if known is None:
        if len(_known) >= _MAX_CODES:
            _known.clear()
        known = _known[id(code)] = (code, tuple(sorted(set(_reads(code, _given(code))))))
    return known[1]


def _code(receiver: Any) -> CodeType | None:
    """The code a receiver runs, what only wraps it left out."""
    for _ in range(_MAX_WRAPPERS):
        if type(receiver) is MethodType:
            receiver = receiver.__func__
        if type(receiver) is not FunctionType:
            return None
        wrapped = own(receiver, "__wrapped__")
        if wrapped is None:
            return receiver.__code__
        receiver = wrapped
    return None


def _given(code: CodeType) -> set[str]:
    """The names by which a receiver's code has the instance from its first line on."""
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {_INSTANCE} & {*named}


def _keywords(code: CodeType) -> str | None:
    """The name of a function's ``**kwargs``."""
    if not code.co_flags & CO_VARKEYWORDS:
        return None
    varargs = bool(code.co_flags & 0x04)
    return code.co_varnames[code.co_argcount + code.co_kwonlyargcount + varargs]


def _reads(code: CodeType, instances: set[str], keywords: str | None = "") -> Iterator[str]:
    """Attributes read in ``code`` and what is defined inside it; ``keywords`` is "" for the function."""
    if keywords == "":
        keywords = _keywords(code)
    steps = [each for each in dis.get_instructions(code) if each.opname not in _PASSED_OVER]
    arguments = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    instances = _with_aliases(steps, instances, keywords, arguments)
    for at, step in enumerate(steps):
        is_read = step.opname == "LOAD_ATTR" and "NULL|self" not in step.argrepr
        if is_read and _is_instance(steps, at - 1, instances, keywords):
            yield step.argval
    for each in code.co_consts:
        if type(each) is CodeType:
            inherited = {*each.co_freevars}
            yield from _reads(each, instances & inherited, keywords if keywords in inherited else None)


def _with_aliases(
    steps: list[Any], instances: set[str], keywords: str | None, arguments: tuple[str, ...]
) -> set[str]:
    """The names that hold the instance wherever they hold anything."""
    assigned = [(at, names) for at, step in enumerate(steps) if (names := _stored(step))]
    kept = instances - {name for _, names in assigned for name in names}
    # a name is the instance's where each of its assignments is: of two at once, the first has the top
    aliases: dict[str, bool] = {}
    for at, names in assigned:
        for number, name in enumerate(names):
            is_instance = number == 0 and _is_instance(steps, at - 1, kept, keywords)
            aliases[name] = is_instance and aliases.get(name, name not in arguments)
    return kept | {name for name, is_instance in aliases.items() if is_instance}


def _stored(step: Any) -> tuple[str, ...]:
    """The variables an instruction assigns (or deletes)."""
    name = step.opname
    if not name.startswith(("STORE_FAST", "STORE_DEREF", "DELETE_FAST", "DELETE_DEREF")):
        return ()
    values = step.argval if type(step.argval) is tuple else (step.argval,)
    return tuple(values[:1]) if "_LOAD" in name else tuple(values)


def _is_instance(steps: list[Any], at: int, instances: set[str], keywords: str | None) -> bool:
    """Whether what an instruction leaves on top of the stack is the instance."""
    if at < 0:
        return False
    name = steps[at].opname
    if name == "COPY" and steps[at].arg == 1:
        return _is_instance(steps, at - 1, instances, keywords)
    if name.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "STORE_FAST_LOAD")):
        return _top(steps[at]) in instances
    if name == "BINARY_SUBSCR" or (name == "BINARY_OP" and steps[at].argrepr == "[]"):
        return (
            at >= 2
            and steps[at - 1].opname.startswith("LOAD_CONST")
            and steps[at - 1].argval == _INSTANCE
            and keywords is not None
            and steps[at - 2].opname.startswith(("LOAD_FAST", "LOAD_DEREF"))
            and _top(steps[at - 2]) == keywords
        )
    return False


def _top(step: Any) -> str | None:
    """The variable an instruction loads last."""
    value = step.argval[-1] if type(step.argval) is tuple else step.argval
    return value if type(value) is str else None
