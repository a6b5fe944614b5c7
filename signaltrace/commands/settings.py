"""The ``SIGNALTRACE`` setting: a dict of defaults for the options of the subcommands, checked key by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from signaltrace import views
from signaltrace.analysis.matching import closest
from signaltrace.analysis.times import parse_duration
from signaltrace.errors import SignaltraceError

ARGUMENTS = ("none", "summary")


@dataclass(frozen=True)
class Defaults:
    """Where an option is not given. ``view`` is empty where the trace decides; ``max_spans``: what a
    recording keeps before it drops the oldest; ``max_depth``: how deep dispatches may nest in it. For
    ``doctor``: ``silenced`` are ids of rules, ``checks`` is whether a plain ``manage.py check`` runs them,
    ``budget_ns`` what a receiver may take in a trace."""

    view: tuple[str, ...] = ()
    arguments: str = "summary"
    orphaned: bool = False
    limit: int | None = None
    depth: int | None = None
    min_ns: int = 0
    max_spans: int = 1_000_000
    max_depth: int = 50
    silenced: tuple[str, ...] = ()
    checks: bool = False
    budget_ns: int = 100_000_000


def read_defaults() -> Defaults:
    """The defaults of the project that is set up. Raises SignaltraceError for what they cannot be."""
    from django.conf import settings

    return check_defaults(getattr(settings, "SIGNALTRACE", {}))


def check_defaults(value: Any) -> Defaults:
    """Defaults from what the setting holds: ``VIEW`` (a name or a list of them), ``ARGUMENTS``
    (none or summary), ``ORPHANED`` and ``CHECKS`` (bool), ``LIMIT`` and ``DEPTH`` (whole numbers), ``MIN``
    and ``BUDGET`` (durations, as text), ``MAX_SPANS`` and ``MAX_DEPTH`` (whole numbers), ``SILENCED`` (ids of
    rules)."""
    if not isinstance(value, Mapping):
        raise SignaltraceError(f"the setting SIGNALTRACE is a dict, not {type(value).__name__}")
    found: dict[str, Any] = {}
    for key, given in value.items():
        if key not in _KEYS:
            near = closest(str(key), _KEYS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(_KEYS)}"
            raise SignaltraceError(f"the setting SIGNALTRACE has no key {str(key)[:40]!r}; {hint}")
        field, wanted, read = _KEYS[key]
        try:
            found[field] = read(given)
        except (TypeError, ValueError, SignaltraceError) as error:
            shown = (
                f"{type(given).__name__} {given!r}" if isinstance(given, str | int) else type(given).__name__
            )
            raise SignaltraceError(
                f"the setting SIGNALTRACE[{key!r}] is {wanted}, not {shown[:60]}"
            ) from error
    return Defaults(**found)


def _views(value: Any) -> tuple[str, ...]:
    chosen = (value,) if isinstance(value, str) else tuple(value)
    if not chosen or not set(chosen) <= set(views.names()):
        raise ValueError
    return chosen


def _ids(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise TypeError
    return tuple(value)


def _arguments(value: Any) -> str:
    if value not in ARGUMENTS:
        raise ValueError
    return str(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError
    return value


def _count_or_all(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _duration(value: Any) -> int:
    if not isinstance(value, str):
        raise TypeError
    return parse_duration(value)


_WHOLE = "a whole number from 1"
# key -> field of Defaults, what it must be, how it is read
_KEYS: dict[str, tuple[str, str, Callable[[Any], Any]]] = {
    "VIEW": ("view", f"one or several of {', '.join(views.names())}", _views),
    "ARGUMENTS": ("arguments", "none or summary", _arguments),
    "ORPHANED": ("orphaned", "True or False", _flag),
    "LIMIT": ("limit", "a whole number from 0", _count_or_all),
    "DEPTH": ("depth", _WHOLE, _count),
    "MIN": ("min_ns", "a duration like '5ms'", _duration),
    "MAX_DEPTH": ("max_depth", "a whole number from 0", _count_or_all),
    "MAX_SPANS": ("max_spans", _WHOLE, _count),
    "SILENCED": ("silenced", "a list of ids of rules like 'W004'", _ids),
    "CHECKS": ("checks", "True or False", _flag),
    "BUDGET": ("budget_ns", "a duration like '100ms'", _duration),
}
