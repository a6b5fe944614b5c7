"""SQL as people read it, stage *analysis*: a statement's fingerprint in so few words that it fits a line."""

from __future__ import annotations

import re
from functools import lru_cache

# Of a fingerprint longer than this only the beginning is looked at: a file can say anything.
_LONGEST = 2_000
# A list of columns up to so long is told; `COUNT(*)` says more than `…`.
_SHORT_LIST = 16
_ELLIPSIS = "…"

_CONTROL = re.compile(r"\s*(BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|SET|ABORT)\b", re.IGNORECASE)
# What stands for statements that were not told apart: `(other statements)`, `(a composed statement)`.
_UNTOLD = re.compile(r"\((?:other|an?) [a-z ]+\)")
_QUOTED = re.compile(r"\"(\w+)\"|`(\w+)`")
_TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?((?:\w+\.)*\w+)", re.IGNORECASE)
_SELECT = re.compile(r"\bSELECT\s+(?:DISTINCT\s+)?", re.IGNORECASE)
_SET = re.compile(r"\bSET\s+", re.IGNORECASE)
_COLUMNS = re.compile(r"\([\w.?]+(?:, ?[\w.?]+){2,}\)")
# How two tables are joined follows from the models; that they are is worth saying.
_ON = re.compile(r" ON \([\w. =]+\)")
# Names Django makes up for columns that have none: `COUNT(*) AS __count`.
_MADE_UP = re.compile(r" AS __\w+", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def is_control(text: str) -> bool:
    """Whether a statement only begins or ends a transaction or a savepoint, or sets something up."""
    return _CONTROL.match(text) is not None


def is_told(text: str) -> bool:
    """Whether a fingerprint stands for one statement, and not for all that were not told apart."""
    return _UNTOLD.fullmatch(text) is None


def is_cut(text: str) -> bool:
    """Whether the end of a fingerprint is missing: what differs there looks the same."""
    return text.endswith(_ELLIPSIS)


def is_reading(text: str) -> bool:
    """Whether a statement reads rows and writes none."""
    return text.lstrip(" (")[:6].upper() == "SELECT"


@lru_cache(maxsize=4_096)
def in_short(text: str) -> str:
    """A fingerprint without what nobody reads: ``SELECT … FROM shop_author WHERE id = ?``.

    Lists of columns become ``…``, quotes around plain names go, conditions of joins, and the table before its
    columns where there is but one.
    """
    text = _SPACES.sub(" ", _QUOTED.sub(_unquoted, text[:_LONGEST])).strip()
    text = _MADE_UP.sub("", text)
    text = _without_lists(text, _SELECT, ("FROM",))
    text = _without_lists(text, _SET, ("WHERE", "FROM", "RETURNING"), "UPDATE")
    text = _ON.sub("", _COLUMNS.sub(f"({_ELLIPSIS})", text))
    tables = {each.casefold(): each for each in _TABLE.findall(text)}
    if len(tables) == 1:
        (table,) = tables.values()
        text = re.sub(rf"(?<![\w.]){re.escape(table)}\.(?=\w)", "", text)
    return text


def in_brief(text: str, longest: int) -> str:
    """The same, and no longer than that: its middle gives way, for its end says which rows are meant."""
    text = in_short(text)
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    first, last = text[:half], text[len(text) - half :]
    return f"{first.rpartition(' ')[0] or first} {_ELLIPSIS} {last.partition(' ')[2] or last}"


def _unquoted(found: re.Match[str]) -> str:
    return found[1] or found[2]


def _without_lists(text: str, before: re.Pattern[str], ends: tuple[str, ...], only: str = "") -> str:
    """The text with ``…`` for each long list between ``before`` and one of the words ``ends``."""
    if only and not text.upper().startswith(only):
        return text
    parts: list[str] = []
    at = 0
    while (found := before.search(text, at)) is not None:
        start = found.end()
        end = _end_of_list(text, start, ends)
        listed = text[start:end].rstrip()
        parts.append(text[at:start])
        parts.append(listed if len(listed) <= _SHORT_LIST and "," not in listed else _ELLIPSIS)
        parts.append(text[start + len(listed) : end])
        at = end
    return "".join(parts) + text[at:]


def _end_of_list(text: str, start: int, ends: tuple[str, ...]) -> int:
    """Where the list ends: at one of the words outside of all parentheses it opens, at a parenthesis it
    does not open, or with the text."""
    depth = 0
    for at in range(start, len(text)):
        character = text[at]
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth < 0:
                return at
        elif depth == 0 and character == " " and _begins(text, at + 1, ends):
            return at
    return len(text)


def _begins(text: str, at: int, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands here."""
    return any(
        text[at : at + len(word)].upper() == word and not text[at + len(word) : at + len(word) + 1].isalnum()
        for word in words
    )
