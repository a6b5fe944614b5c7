"""Attributes of other people's classes swapped for a time, stage *capture*: put back as the very objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_INHERITED: Any = object()


class Swaps:
    """What was replaced, by what, and where."""

    def __init__(self) -> None:
        self._done: list[tuple[type, str, Any, Any]] = []

    def put(self, owner: type, name: str, make: Callable[[Any], Any]) -> bool:
        """Replace ``owner.name`` by what ``make`` makes of it; False where there is no such attribute.

        Private attributes of a library may be gone in its next version: that is no failure.
        """
        found = getattr(owner, name, None)
        if found is None:
            return False
        replacement = make(found)
        self._done.append((owner, name, vars(owner).get(name, _INHERITED), replacement))
        setattr(owner, name, replacement)
        return True

    def back(self) -> None:
        """Put everything back, except where somebody has replaced it meanwhile: ours only passes on then."""
        while self._done:
            owner, name, original, replacement = self._done.pop()
            if vars(owner).get(name) is not replacement:
                continue
            if original is _INHERITED:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
