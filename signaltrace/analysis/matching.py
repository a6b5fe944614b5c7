"""Names against what the user typed, stage *analysis*: partial matches and the closest name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def matches(patterns: Sequence[str], text: str) -> bool:
    """Whether any pattern is part of the text, whatever the case. No patterns match everything."""
    if not patterns:
        return True
    folded = text.casefold()
    return any(pattern.casefold() in folded for pattern in patterns)


def closest(pattern: str, names: Iterable[str]) -> str | None:
    """The name most like the pattern, as a whole or by its last dotted part; None if none is like it."""
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(name.casefold(), name)
        by_key.setdefault(name.rsplit(".", 1)[-1].casefold(), name)
    wanted = pattern.casefold()
    found = get_close_matches(wanted, by_key, n=1) or get_close_matches(
        wanted.rsplit(".", 1)[-1], by_key, n=1
    )
    return by_key[found[0]] if found else None
