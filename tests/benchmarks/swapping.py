"""What a tool patched, switched back and forth without undoing the tool itself."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.dispatch import Signal

_PATCHED = (Signal, CursorWrapper, BaseDatabaseWrapper, QuerySet)
_ABSENT: Any = object()


class Swap:
    """Made before a tool patches; :meth:`learn` afterwards. Then either's methods can be put in place."""

    def __init__(self) -> None:
        self._before = [dict(vars(each)) for each in _PATCHED]
        self._changes: list[tuple[type, str, Any, Any]] = []

    def learn(self) -> None:
        """Note what differs now. Raises RuntimeError where nothing does."""
        for owner, before in zip(_PATCHED, self._before, strict=True):
            for name, value in vars(owner).items():
                if not name.startswith("__") and before.get(name) is not value:
                    self._changes.append((owner, name, before.get(name, _ABSENT), value))
        if not self._changes:
            raise RuntimeError("the tool has patched nothing")

    def patched(self) -> None:
        """The tool's methods."""
        for owner, name, _, value in self._changes:
            setattr(owner, name, value)

    def original(self) -> None:
        """Django's methods."""
        for owner, name, value, _ in self._changes:
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
