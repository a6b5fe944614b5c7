"""The SQL statements that were run, stage *capture*: each told once, found again by a look into a dict.

What a program gives its cursor as SQL is text, as a rule. Of the composed statements of PostgreSQL's
drivers the parts are read, without running any code of theirs; of anything else nothing is.
"""

from __future__ import annotations

from typing import Any

from signaltrace.capture.fingerprint import MAX_READ, fingerprint
from signaltrace.capture.recorder import Recorder
from signaltrace.event import Statement
from signaltrace.labels.looking import class_module, class_name, exact_text, is_a, is_exactly, own

MAX_KNOWN = 10_000
MAX_CHARACTERS = 2_000_000
UNREADABLE = "(a statement that is no text)"

_COMPOSED = ("psycopg.sql", "psycopg2.sql")
_MOST_PARTS = 1_000
_DEEPEST = 20


class Statements:
    """Indexes into a recorder's table of statements."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._table = recorder.noted.statements
        # By text, alias and call site: a text that was seen is not read again.
        self._known: dict[tuple[str, str, int], int] = {}
        self._characters = 0

    def find(self, sql: Any, database: Any, site: int, span: int) -> int:
        """The index of a statement that the receiver call ``span`` ran."""
        if type(sql) is not str:
            return self._read(sql, database, site, span)
        key = (sql if len(sql) <= MAX_READ else sql[: MAX_READ + 1], database.alias, site)
        found = self._known.get(key)
        if found is None:
            found = self._read(sql, database, site, span)
            self._remember(key, found)
        return found

    def _read(self, sql: Any, database: Any, site: int, span: int) -> int:
        """The same for one that is new. The time this takes is none of the receiver's."""
        recorder = self._recorder
        began = recorder.clock()
        text = _text(sql)
        shown = UNREADABLE if text is None else fingerprint(text, exact_text(database.vendor) or "")
        index = self._table.add(Statement(shown, exact_text(database.alias) or "", site))
        recorder.paused.append((span, began, recorder.clock() - began))
        return index

    def _remember(self, key: tuple[str, str, int], index: int) -> None:
        self._characters += len(key[0])
        if len(self._known) >= MAX_KNOWN or self._characters > MAX_CHARACTERS:
            self._known.clear()
            self._characters = len(key[0])
        self._known[key] = index


def _text(sql: Any) -> str | None:
    """SQL as text, as far as it need be read; None for what is none."""
    text = exact_text(sql)
    if text is None and is_a(sql, bytes):
        text = bytes.decode(sql, "utf-8", "replace")
    if text is None and class_module(type(sql)) in _COMPOSED:
        parts: list[str] = []
        _compose(sql, parts, 0)
        text = "".join(parts)
    return text


def _compose(part: Any, parts: list[str], depth: int) -> None:
    """Add what a composed statement is made of: names and fixed text as they are, ``?`` for the rest."""
    kind = class_name(type(part)).rpartition(".")[2]
    inside = own(part, "_obj") if class_module(type(part)) == "psycopg.sql" else own(part, "_wrapped")
    if kind == "SQL":
        parts.append(exact_text(inside) or "")
    elif kind == "Identifier" and is_exactly(inside, tuple, list):
        names = (exact_text(each) or "" for each in inside)
        parts.append(".".join('"' + name.replace('"', '""') + '"' for name in names))
    elif kind == "Composed" and is_exactly(inside, tuple, list) and depth < _DEEPEST:
        for each in inside[:_MOST_PARTS]:
            _compose(each, parts, depth + 1)
    else:
        parts.append("?")
