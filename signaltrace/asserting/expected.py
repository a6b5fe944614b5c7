"""The arguments an assertion expects: summarised as a dispatch's are when it is sent, then compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from signaltrace.analysis.words import describe_value
from signaltrace.capture.arguments import MASK, MAX_TEXT, build_summary
from signaltrace.capture.table import Table
from signaltrace.errors import SignaltraceError
from signaltrace.labels.looking import class_name
from signaltrace.rows import Shape, named_arguments
from signaltrace.span import arguments_dict

__tracebackhide__ = True
__unittest = True

# What stands for an argument that was not recorded.
_ABSENT: Any = object()


class Expected:
    """Some arguments of a dispatch, by name.

    ``unittest.mock.ANY`` is any value. An object may have changed since a block began, as an instance
    that was saved or deleted in it: it is compared as it was then, and as it is now.
    """

    def __init__(self, arguments: Mapping[str, Any] | None, named: Mapping[str, Any]) -> None:
        """Raises SignaltraceError for what is no mapping, is given twice, or is not recorded as it is."""
        if arguments is not None and not isinstance(arguments, Mapping):
            raise SignaltraceError(f"arguments is a dict of names and values, not {type(arguments).__name__}")
        twice = sorted({*(arguments or {})} & {*named})
        if twice:
            raise SignaltraceError(f"{twice[0]} is given twice: as a keyword and in arguments")
        self._given = {**(arguments or {}), **named}
        for name in self._given:
            if not isinstance(name, str):
                raise SignaltraceError(f"arguments go by str, not by {type(name).__name__}")
            if _recorded({name: None}).get(name) == MASK and not _is_any(self._given[name]):
                raise SignaltraceError(
                    f"{name} is masked when it is recorded, as what looks secret is: its value can't be "
                    "compared, only mock.ANY"
                )
            _check_whole(name, self._given[name])
        self._forms: dict[str, list[Any]] = {name: [] for name in self._given}
        self.look()

    def __bool__(self) -> bool:
        return bool(self._given)

    def look(self) -> Self:
        """Take the values as they are now, besides those of before."""
        for name, value in self._given.items():
            form = _ABSENT if _is_any(value) else _recorded({name: value}).get(name, _ABSENT)
            if form not in self._forms[name]:
                self._forms[name].append(form)
        return self

    def differences(self, recorded: Mapping[str, Any]) -> int:
        """How many of the arguments are not as expected."""
        return sum(not self._fits(name, recorded) for name in self._given)

    def _fits(self, name: str, recorded: Mapping[str, Any]) -> bool:
        if _is_any(self._given[name]):
            return name in recorded
        return recorded.get(name, _ABSENT) in self._forms[name]

    def __str__(self) -> str:
        """As in ``with total=5, order=shop.Order pk=5``."""
        return ", ".join(f"{name}={self._text(name)}" for name in self._given)

    def _text(self, name: str) -> str:
        if _is_any(self._given[name]):
            return "ANY"
        # the usual values are not recorded: there is no other form of them
        forms = [self._given[name] if form is _ABSENT else form for form in self._forms[name]]
        return " or ".join(describe_value(form) for form in forms)

    def seen(self, recorded: Mapping[str, Any]) -> str:
        """What was sent under the expected names; all that was sent where one is missing."""
        missing = any(name not in recorded and not self._fits(name, recorded) for name in self._given)
        names = [name for name in (recorded if missing else self._given) if name in recorded]
        return ", ".join(f"{name}={describe_value(recorded[name])}" for name in names) or "no arguments"


def _recorded(named: dict[str, Any]) -> dict[str, Any]:
    """Keywords as a span has them once they were recorded."""
    shapes: Table[Shape] = Table(())
    summary = build_summary(shapes)(named)
    return arguments_dict(named_arguments(summary, shapes.entries())) if summary else {}


def _check_whole(name: str, value: Any) -> None:
    """Raises SignaltraceError for a value of which so little is recorded that others would pass for it."""
    form = None if _is_any(value) else _recorded({name: value}).get(name)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        kept = f"the first {MAX_TEXT} characters"
    elif isinstance(form, dict) and form.keys() == {"type"}:
        kept = f"its type, {form['type']},"
    elif isinstance(form, dict) and "len" in form:
        kept = f"its type and size, {describe_value(form)},"
    else:
        return
    raise SignaltraceError(
        f"{name}: of such a value {kept} alone is recorded: it can't be compared, only mock.ANY"
    )


def _is_any(value: Any) -> bool:
    return class_name(type(value)) == "unittest.mock._ANY"
