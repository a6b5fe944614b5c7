"""The fields of model classes, stage *capture*: read from class dictionaries only."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

from signaltrace.labels.looking import class_attribute, class_dict, own


class _Fields(NamedTuple):
    kept: dict[str, str]
    automatic: frozenset[str]


class FieldNames:
    """By ``id(class)``, dropped when the class dies."""

    def __init__(self) -> None:
        self._known: dict[int, _Fields] = {}
        self._watched: dict[int, weakref.ref[type]] = {}

    def of(self, kind: type) -> dict[str, str]:
        """Where an instance keeps what a field holds, by the names it can be asked for: a foreign key
        ``author`` and ``author_id`` are both in ``author_id``."""
        return self._find(kind).kept

    def automatic(self, kind: type) -> frozenset[str]:
        """Those that a save sets by itself: the time of a change, say."""
        return self._find(kind).automatic

    def _find(self, kind: type) -> _Fields:
        number = id(kind)
        known = self._known.get(number)
        if known is None:
            known = _read(kind)
            self._watched[number] = weakref.ref(kind, lambda _: self._forget(number))
            self._known[number] = known
        return known

    def _forget(self, number: int) -> None:
        self._known.pop(number, None)
        self._watched.pop(number, None)


def _read(kind: type) -> _Fields:
    from django.db.models.options import Options

    kept: dict[str, str] = {}
    automatic = set()
    for base in type.__dict__["__mro__"].__get__(kind):
        meta: Any = class_dict(base).get("_meta")
        if type(meta) is not Options:
            continue
        for field in vars(meta).get("local_fields", ()):
            name, attname = own(field, "name"), own(field, "attname")
            if type(name) is str and type(attname) is str:
                kept.setdefault(name, attname)
                kept.setdefault(attname, attname)
                if own(field, "auto_now") is True or own(field, "auto_now_add") is True:
                    automatic.add(attname)
    meta = class_attribute(kind, "_meta")
    pk = own(vars(meta).get("pk"), "attname") if type(meta) is Options else None
    if type(pk) is str:
        kept.setdefault("pk", pk)
        automatic.add(pk)
    return _Fields(kept, frozenset(automatic))
