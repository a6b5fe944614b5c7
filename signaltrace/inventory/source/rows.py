"""Drafts as lists and back, stage *inventory*: what a cache holds. What is not quite a draft is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from signaltrace.declarations import (
    BulkCall,
    Connect,
    FunctionDef,
    Reference,
    SendCall,
    Silence,
    SourceModule,
    Write,
)
from signaltrace.inventory.source.draft import Class, Draft, Made

# Raise it whenever what the parts of this package read, or how it is written here, changes.
FORMAT = 3

Row = list[Any]
_T = TypeVar("_T")

_REFERENCE = (str, str, str)
_CONNECT = (str, str, list, list, str, int, bool, list, list, int, int, str, bool, str)
_SEND = (list, str, list, int, str)
_BULK = (str, list, int, str)
_FUNCTION = (str, int, int, int, list, bool, bool, list, bool, list, list, list, bool, list)
_DRAFT = (list, list, list, list, list, list, list, list, list)
_NO_LINE = 0
_WEAK: tuple[bool | None, ...] = (False, True, None)


class DamagedError(Exception):
    """A row is not what this version writes."""


def to_row(draft: Draft) -> Row:
    """A draft without its name and file."""
    module = draft.module
    return [
        [list(each) for each in module.brings],
        [_of_connect(*each) for each in zip(module.connects, draft.decorators, strict=True)],
        [[_of(each.signal), each.method, _of(each.sender), each.line, each.scope] for each in module.sends],
        [[each.operation, _of(each.model), each.line, each.scope] for each in module.bulk],
        [_of_function(each) for each in module.functions],
        [[each.line, list(each.ids), each.at, each.first] for each in module.silences],
        [[each.qualname, each.line, list(each.bases)] for each in draft.classes],
        [[each.name, each.line, each.called] for each in draft.made],
        list(module.discovers),
    ]


def from_row(row: Any, name: str, file: str) -> Draft:
    """The draft that :func:`to_row` was given. Raises DamagedError for anything else."""
    _check(row, _DRAFT)
    brings, connects, sends, bulk, functions, silences, classes, made, discovers = row
    read = [_connect(each) for each in connects]
    module = SourceModule(
        name,
        file,
        brings=_all(brings, (str, str), lambda local, absolute: (local, absolute)),
        connects=tuple(each for each, _ in read),
        sends=_all(sends, _SEND, _send),
        bulk=_all(bulk, _BULK, lambda operation, model, *more: BulkCall(operation, _reference(model), *more)),
        functions=_all(functions, _FUNCTION, _function),
        silences=_all(
            silences, (int, list, int, int), lambda line, ids, *others: Silence(line, _texts(ids), *others)
        ),
        discovers=_texts(discovers),
    )
    return Draft(
        module,
        tuple(each for _, each in read),
        _all(classes, (str, int, list), lambda qualname, line, bases: Class(qualname, line, _texts(bases))),
        _all(made, (str, int, str), Made),
    )


def _of(reference: Reference) -> Row:
    return [reference.kind, reference.name, reference.text]


def _of_connect(each: Connect, decorator: str) -> Row:
    return [
        each.action,
        each.form,
        _of(each.signal),
        _of(each.receiver),
        each.receiver_kind,
        each.receiver_line or _NO_LINE,
        each.temporary,
        _of(each.sender),
        _of(each.dispatch_uid),
        _WEAK.index(each.weak),
        each.line,
        each.scope,
        each.conditional,
        decorator,
    ]


def _of_function(each: FunctionDef) -> Row:
    return [
        each.qualname,
        each.line,
        each.def_line,
        each.end_line,
        list(each.parameters),
        each.accepts_kwargs,
        each.is_async,
        list(each.decorators),
        each.reads_raw,
        [[one.text, one.line] for one in each.writes],
        list(each.saves_instance),
        list(each.unguarded_saves),
        each.judges_sender,
        list(each.required),
    ]


def _check(row: Any, types: tuple[type, ...]) -> None:
    if type(row) is not list or tuple(map(type, row)) != types:
        raise DamagedError


def _all(rows: Iterable[Any], types: tuple[type, ...], make: Callable[..., _T]) -> tuple[_T, ...]:
    found = []
    for row in rows:
        _check(row, types)
        found.append(make(*row))
    return tuple(found)


def _texts(values: list[Any]) -> tuple[str, ...]:
    if values and set(map(type, values)) != {str}:
        raise DamagedError
    return tuple(values)


def _numbers(values: list[Any]) -> tuple[int, ...]:
    if values and set(map(type, values)) != {int}:
        raise DamagedError
    return tuple(values)


def _reference(row: Any) -> Reference:
    _check(row, _REFERENCE)
    return Reference(*row)


def _connect(row: Any) -> tuple[Connect, str]:
    _check(row, _CONNECT)
    action, form, signal, receiver, kind, at, temporary, sender, uid, weak, line, scope, conditional, name = (
        row
    )
    if not 0 <= weak < len(_WEAK):
        raise DamagedError
    connect = Connect(
        action,
        form,
        _reference(signal),
        _reference(receiver),
        kind,
        at or None,
        temporary,
        _reference(sender),
        _reference(uid),
        _WEAK[weak],
        line,
        scope,
        conditional,
    )
    return connect, name


def _send(signal: Any, method: str, sender: Any, line: int, scope: str) -> SendCall:
    return SendCall(_reference(signal), method, _reference(sender), line, scope)


def _function(*values: Any) -> FunctionDef:
    qualname, line, def_line, end_line, parameters, kwargs, is_async, decorators, raw, writes, *saves = values
    written = _all(writes, (str, int), Write) if writes else ()
    return FunctionDef(
        qualname,
        line,
        def_line,
        end_line,
        _texts(parameters),
        kwargs,
        is_async,
        _texts(decorators),
        raw,
        written,
        _numbers(saves[0]),
        _numbers(saves[1]),
        saves[2],
        _texts(saves[3]),
    )
