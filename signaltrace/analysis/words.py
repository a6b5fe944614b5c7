"""Names and arguments as short as they can be without being wrong, stage *analysis*."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from signaltrace.rows import Row
from signaltrace.span import arguments_dict
from signaltrace.trace import Trace

# What Django's model signals nearly always say, and so need not be said.
_USUAL: dict[str, tuple[Any, ...]] = {
    "created": (False,),
    "raw": (False,),
    "update_fields": (None,),
    "using": ("default",),
    "reverse": (False,),
    "origin": (),
}
_MISSING = object()


def short_signals(names: Iterable[str]) -> list[str]:
    """Signal names for a view: ``post_save`` for Django's own where only one is called so, else in full."""
    names = list(names)
    last = Counter(name.rsplit(".", 1)[-1] for name in set(names))
    short = []
    for name in names:
        own = name.rsplit(".", 1)[-1]
        short.append(own if name.startswith("django.") and last[own] == 1 and own.isidentifier() else name)
    return short


def brief(receiver: str) -> str:
    """A receiver by its last name, a method with its class: where several are listed in one go."""
    *_, owner, last = ["", *receiver.split(".")]
    return f"{owner}.{last}" if owner[:1].isupper() and owner.isidentifier() else last


def describe_arguments(trace: Trace, rows: Sequence[Row]) -> list[str]:
    """The arguments all these dispatches of one signal have in common: ``["pk=5", "created"]``."""
    row = rows[0]
    common = arguments_dict(row[8])
    for other in rows[1:]:
        if not common:
            break
        if other[8] != row[8]:
            theirs = arguments_dict(other[8])
            common = {
                name: value for name, value in common.items() if _same(theirs.get(name, _MISSING), value)
            }
    _, signal, sender = trace.routes[row[2]]
    by_django = trace.signals[signal].name.startswith("django.")
    return _described(common, trace.senders[sender].name, by_django)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _described(arguments: dict[str, Any], sender: str, by_django: bool) -> list[str]:
    parts: list[str] = []
    for name, value in arguments.items():
        if by_django and name in _USUAL and (_is_one_of(value, _USUAL[name]) or name == "origin"):
            continue
        if isinstance(value, dict) and "pk" in value and value["type"] == sender and name == "instance":
            parts.insert(0, f"pk={_atom(value['pk'])}")
        elif value is True:
            parts.append(name)
        elif by_django and name == "action" and isinstance(value, str):
            parts.insert(0, value)
        else:
            parts.append(f"{name}={describe_value(value)}")
    return parts


def _is_one_of(value: Any, usual: tuple[Any, ...]) -> bool:
    return any(_same(value, each) for each in usual)


def describe_value(value: Any) -> str:
    """One recorded argument as text: ``5``, ``shop.Order pk=5``, ``list of 12``."""
    if not isinstance(value, dict):
        return _atom(value)
    if "pk" in value:
        return f"{value['type']} pk={_atom(value['pk'])}"
    if isinstance(value.get("items"), (list, tuple)):  # a file can say anything here
        items = (each if isinstance(each, str) else _atom(each) for each in value["items"])
        return ",".join(items) or f"no {value['type']}"
    if "name" in value:
        return str(value["name"])
    if "value" in value:
        return str(value["value"])
    if "len" in value:
        return f"{value['type']} of {value['len']}"
    return str(value["type"])


def _atom(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 1_000:
        return "a huge number"  # str() itself refuses beyond 4300 digits
    return repr(value) if isinstance(value, (str, bytes)) else str(value)
