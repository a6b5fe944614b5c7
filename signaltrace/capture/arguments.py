"""What a dispatch was sent, stage *capture*: summarised at once, since the objects may change.

Only atoms are kept as they are. A model instance becomes its label and primary key, read from
its ``__dict__``; a number, date or id of Python's own its text, an enum's member its name;
everything else its type's name. No ``repr``, ``str`` or ``getattr`` of the program's objects runs:
``repr(instance)`` alone can issue a query.
"""

from __future__ import annotations

import re
import uuid
import weakref
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import EnumType
from typing import Any
from zoneinfo import ZoneInfo

from signaltrace.capture.table import Table
from signaltrace.labels.looking import instance_dict
from signaltrace.labels.senders import describe_sender
from signaltrace.rows import FIXED_VALUE, VALUE, WITH_PK, Shape

MAX_TEXT = 200
# Python refuses to write out numbers of thousands of digits.
MAX_BITS = 1_000
MAX_ITEMS = 8
MASK = "********"
_SECRET = re.compile(
    r"passw(or)?d|passphrase|token|secret|(^|_|api)keys?(_|$)|authorization|cookie|session|credential",
    re.IGNORECASE,
)
_NAMES_LIMIT = 4_096

# Sent with every save; kept only where they say something.
_USUAL: dict[str, Any] = {"raw": False, "update_fields": None, "using": "default", "origin": None}

_object_getattribute = object.__getattribute__


# What is done with a keyword of a given name.
_KEEP, _HIDE, _USUALLY_SKIP = 0, 1, 2

Summarise = Callable[[dict[str, Any]], Sequence[Any]]


class _Class:
    """What is known of a class whose instances are sent. The class itself is watched, not held."""

    __slots__ = ("alone", "label", "pk", "post_save", "pre_save")

    def __init__(self, kind: type, shapes: Table[Shape]) -> None:
        self.label = describe_sender(kind).name
        self.alone = (self.label,)
        self.pk = _pk_name(kind)
        instance = ("instance", WITH_PK, self.label)
        self.pre_save = shapes.add((instance,))
        self.post_save = shapes.add((instance, ("created", VALUE, None)))


class Classes:
    """Descriptions by ``id(class)``, dropped when the class dies."""

    def __init__(self, shapes: Table[Shape]) -> None:
        self.known: dict[int, _Class] = {}
        self._shapes = shapes
        self._watched: dict[int, weakref.ref[type]] = {}

    def learn(self, kind: type) -> _Class:
        """The description of a class."""
        number = id(kind)
        known = self.known.get(number)
        if known is None:
            known = _Class(kind, self._shapes)
            try:
                self._watched[number] = weakref.ref(kind, lambda _: self._forget(number))
            except TypeError:
                return known
            self.known[number] = known
        return known

    def _forget(self, number: int) -> None:
        self.known.pop(number, None)
        self._watched.pop(number, None)


def build_saved(shapes: Table[Shape]) -> Callable[..., Sequence[Any] | None]:
    """The same for the keywords of a save alone: quicker, and None where they are not the usual ones."""
    classes = Classes(shapes)
    known_classes, learn = classes.known, classes.learn
    default_alias = _USUAL["using"]

    def saved(
        form: int, instance: Any, created: Any, update_fields: Any, raw: Any, using: Any
    ) -> Sequence[Any] | None:
        """``form`` is 1 for post_save, 2 for pre_save, which has no ``created``."""
        if update_fields is None and raw is False and using is default_alias:
            known = known_classes.get(id(type(instance)))
            if known is None:
                known = learn(type(instance))
            if known.pk is not None:
                pk = _object_getattribute(instance, "__dict__").get(known.pk)
                if type(pk) is not int and pk is not None:
                    pk = _pk_atom(pk)
                if form == 2:
                    return known.pre_save, pk
                if created is True or created is False:
                    return known.post_save, pk, created
        return None

    return saved


def build_summary(shapes: Table[Shape]) -> Summarise:
    """The function that turns a dispatch's keywords into a shape's index and its values.

    A closure and written out for speed: it runs on every dispatch. Gives () where there is nothing
    to tell.
    """
    classes = Classes(shapes)
    known_classes, learn = classes.known, classes.learn
    rules: dict[str, int] = {}

    def summarise(named: dict[str, Any]) -> Sequence[Any]:
        shape: list[tuple[str, int, Any]] = []
        values: list[Any] = []
        for name, value in named.items():
            rule = rules.get(name)
            if rule is None:
                rule = _rule(name)
                if len(rules) < _NAMES_LIMIT:
                    rules[name] = rule
            if rule:
                if rule == _HIDE:
                    shape.append((name, FIXED_VALUE, MASK))
                    continue
                if _is_usual(name, value):
                    continue
            kind = type(value)
            if kind is bool or kind is int or value is None or kind is float:
                shape.append((name, VALUE, None))
                values.append(value)
            elif kind is str:
                shape.append((name, VALUE, None))
                values.append(value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…")
            else:
                known = known_classes.get(id(kind))
                if known is not None and known.pk is None:
                    shape.append((name, FIXED_VALUE, known.alone))
                else:
                    _describe(name, value, kind, learn, shape, values)
        return (shapes.add(tuple(shape)), *values) if shape else ()

    return summarise


def _describe(
    name: str,
    value: Any,
    kind: type,
    learn: Callable[[type], _Class],
    shape: list[tuple[str, int, Any]],
    values: list[Any],
) -> None:
    """One value that is no atom: a container by size, a class by name, an instance by type and pk."""
    described: Any
    if kind is list or kind is tuple or kind is set or kind is frozenset:
        items = _atoms(value)
        described = (kind.__name__, "len", len(value)) if items is None else (kind.__name__, "items", items)
    elif kind is dict or kind is bytes or kind is bytearray:
        described = (kind.__name__, "len", len(value))
    elif id(kind) in WRITTEN:
        text = WRITTEN[id(kind)](value)
        described = (kind.__name__,) if text is None else (kind.__name__, "value", text[:MAX_TEXT])
    elif issubclass(type(kind), EnumType):
        described = _member(value, learn(kind).label)
    elif issubclass(kind, type):
        shape.append((name, FIXED_VALUE, ("class", "name", learn(value).label)))
        return
    else:
        known = learn(kind)
        if known.pk is None:
            shape.append((name, FIXED_VALUE, known.alone))
            return
        try:
            pk = dict.get(_object_getattribute(value, "__dict__"), known.pk)
        except Exception:  # an instance without a usable __dict__ is only named
            shape.append((name, FIXED_VALUE, known.alone))
            return
        shape.append((name, WITH_PK, known.label))
        values.append(_pk_atom(pk))
        return
    shape.append((name, VALUE, None))
    values.append(described)


def _member(value: Any, label: str) -> tuple[str, ...]:
    """A member of an enum by its name, which stands in its own dict."""
    name = dict.get(instance_dict(value), "_name_")
    return (label, "name", name[:MAX_TEXT]) if type(name) is str else (label,)


def _moment(value: Any) -> str | None:
    """A date or time as text, unless its time zone is of somebody else's making."""
    zone = value.tzinfo
    return str(value) if zone is None or type(zone) in (timezone, ZoneInfo) else None


def _decimal(value: Decimal) -> str | None:
    """A number as text, unless it is of absurdly many digits."""
    return str(value) if len(value.as_tuple().digits) <= MAX_TEXT else None


# What Python itself can write down without running any code of the program's.
# By id: a class may have a metaclass that hashes it in a way of its own.
WRITTEN: dict[int, Callable[[Any], str | None]] = {
    id(Decimal): _decimal,
    id(date): str,
    id(datetime): _moment,
    id(time): _moment,
    id(timedelta): str,
    id(uuid.UUID): str,
}


def is_secret(name: str) -> bool:
    """Whether what goes by this name is to be masked."""
    return _SECRET.search(name) is not None


def _rule(name: str) -> int:
    return _HIDE if is_secret(name) else _USUALLY_SKIP if name in _USUAL else _KEEP


def _is_usual(name: str, value: Any) -> bool:
    kind = type(value)
    return (value is None or kind is str or kind is bool) and bool(value == _USUAL[name])


def _pk_name(kind: type) -> str | None:
    """The attribute in which a model keeps its primary key, from class dictionaries only."""
    from django.db.models.options import Options

    for base in type.__dict__["__mro__"].__get__(kind):
        meta = type.__dict__["__dict__"].__get__(base).get("_meta")
        if type(meta) is Options:
            name = getattr(vars(meta).get("pk"), "attname", None)
            return name if type(name) is str else None
    return None


def _pk_atom(pk: Any) -> Any:
    kind = type(pk)
    if pk is None or kind is int or kind is bool:
        return pk
    if kind is str:
        return pk[:MAX_TEXT]
    if kind is uuid.UUID:
        return str(pk)
    return f"<{kind.__name__}>"


def _atoms(values: Any) -> tuple[Any, ...] | None:
    """A few short names or numbers (``update_fields``, ``pk_set``) as they are; None for anything else."""
    if len(values) > MAX_ITEMS:
        return None
    items = tuple(values)
    for item in items:
        if not (
            (type(item) is int and item.bit_length() <= MAX_BITS) or (type(item) is str and len(item) <= 40)
        ):
            return None
    return tuple(sorted(items, key=str)) if type(values) in (set, frozenset) else items
