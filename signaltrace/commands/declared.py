"""From functions with dataclasses for parameters to what typer reads: one parameter an option."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

import typer

from signaltrace.commands.base_options import BaseOptions


class Given:
    """What parsing gathers from the levels of a command line: the base options may stand at each."""

    def __init__(self) -> None:
        self.base = BaseOptions()


def declared(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` for typer: fields of dataclass parameters become options, base options are added.

    The base options given at this level go into the :class:`Given` that is typer's ``obj``.
    """
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    plain = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in groups
    ]
    grouped = {name: _parameters(kind) for name, kind in groups.items()}
    base = _parameters(BaseOptions)

    def command(context: typer.Context, **values: Any) -> Any:
        given: Given = context.obj
        taken = {each.name: values.pop(each.name) for each in base}
        given.base = given.base.updated(BaseOptions(**taken))
        for name, parameters in grouped.items():
            values[name] = groups[name](**{each.name: values.pop(each.name) for each in parameters})
        if "context" in hints:
            values["context"] = context
        return function(**values)

    parameters = [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(each for each in plain if each.name != "context"),
        *(each for parameters in grouped.values() for each in parameters),
        *base,
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _parameters(kind: Any) -> list[inspect.Parameter]:
    """A dataclass's fields as keyword parameters with their defaults."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=each.default if each.default_factory is MISSING else each.default_factory(),
            annotation=hints[each.name],
        )
        for each in fields(kind)
    ]
