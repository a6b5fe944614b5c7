"""An SQL statement without what it was run with, stage *capture*: ``SELECT … WHERE id = ?``.

Statements that differ in nothing but literals, parameters, comments and the number of values in a list
have one fingerprint. No literal is left in it: what might be one is taken for one.
"""

from __future__ import annotations

import re

from signaltrace.capture.dialects import (
    BARE,
    COMMENT,
    EITHER,
    LITERAL,
    NAME,
    QUOTED,
    ROWS,
    RUN,
    SIGN,
    SPACE,
    UNSURE,
    dialect,
)

MAX_READ = 10_000
MAX_TEXT = 1_000
CUT = "…"
ONE = "?"
MANY = f"({CUT})"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W\d][\w$]*\Z")
# Names that Django gives what it selects from a subquery: with nothing before them, but no literals.
_DJANGOS = re.compile(r"(?:__)?(?:col|qual)\d+\Z")
_OPENS_OR_ENDS = re.compile(r"/\*|\*/")
# What stands in double quotes after these is a name.
_BEFORE_NAMES = _words(
    "FROM JOIN INTO UPDATE TABLE AS SET BY INDEX VIEW TRIGGER EXISTS COLUMN TO CONSTRAINT REFERENCES ADD "
    "DROP RENAME RETURNING"
)
_CLAUSES = _words("SELECT FROM WHERE SET BY VALUES RETURNING HAVING ON LIMIT")
_CLAUSES_OF_NAMES = _words("FROM SET BY RETURNING")
# After these a sign is part of the number that follows.
_BEFORE_VALUES = _words(
    "SELECT DISTINCT LIKE BETWEEN AND OR THEN ELSE WHEN CASE IS NOT LIMIT OFFSET VALUES IN WHERE BY"
)
_BEFORE_SIGNS = frozenset("=<>!|+-*/%~&^(,")
_FIXED = _words("NULL TRUE FALSE DEFAULT")
_LISTED = frozenset((ONE, CUT, ",", "(", ")", *_FIXED))
_BEFORE_COLUMNS = frozenset((QUOTED, "KEY", "UNIQUE", "USING", "CONFLICT"))
_BEFORE_TABLES = frozenset(("INTO", "TABLE", "REFERENCES", "ON"))


def fingerprint(sql: str, vendor: str) -> str:
    """``sql`` with ``?`` for every literal and parameter, without comments, lists as ``(…)``, at most
    MAX_TEXT characters. ``vendor`` is the database's, as Django names it."""
    writer = _Writer(sql[:MAX_READ], vendor)
    text = writer.written(whole=len(sql) <= MAX_READ)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT


class _Writer:
    """Reads a statement token by token, and keeps what is to be written."""

    def __init__(self, sql: str, vendor: str) -> None:
        self._sql = sql
        self._dialect = dialect(vendor)
        self._out: list[str] = []
        # Of each: whether a space was before it, and what it is as a word of SQL ("" if it is none).
        self._spaced: list[bool] = []
        self._words: list[str] = []
        # Of each parenthesis that is open: where it stands, what it lists, whether it holds names.
        self._open: list[tuple[int, str, bool]] = []
        # The clause that each level of parentheses is in.
        self._clauses = [""]
        self._unsure = False
        self._read()

    def written(self, whole: bool) -> str:
        """The text; ``whole`` is False where the statement goes on beyond what was read."""
        cut = self._unsure or not whole
        if not whole and (self._before(1) == "%" or self._word(1) not in ("", MANY)):
            self._drop(len(self._out) - 1)  # half a parameter or name, perhaps
        while cut and self._open:
            self._close()
        while self._out and self._out[-1] in (";", ","):
            self._drop(len(self._out) - 1)
        text = "".join(f" {one}" if gap else one for one, gap in zip(self._out, self._spaced, strict=True))
        return f"{text.strip()} {CUT}".strip() if cut else text.strip()

    def _read(self) -> None:
        sql, match = self._sql, self._dialect.tokens.match
        at, spaced, size = 0, False, len(self._sql)
        while at < size:
            found = match(sql, at)
            if found is None or found.lastgroup is None:  # the last alternative takes anything
                self._unsure = True
                return
            kind, text, at = found.lastgroup.rpartition("_")[0], found[0], found.end()
            if kind == COMMENT:
                at = self._after_comment(found.start(), at)
            if kind in (SPACE, COMMENT):
                spaced = True
                continue
            if kind == UNSURE or self._is_unsure(kind, text):
                self._unsure = True
                return
            for each in ("(", CUT, ")") if kind == ROWS else (text,):
                part = SIGN if kind == ROWS else kind
                self._take(part, each, spaced and each not in (CUT, ")"), following=sql[at : at + 1])
            spaced = False

    def _after_comment(self, start: int, end: int) -> int:
        """Where a comment ends: one of a line is known whole, of the other kind its opening."""
        if self._sql[start:end] != "/*":
            return end
        depth = 0
        for each in _OPENS_OR_ENDS.finditer(self._sql, start):
            depth += 1 if each[0] == "/*" else -1
            if depth == 0 or (each[0] == "*/" and not self._dialect.nested):
                return each.end()
        return len(self._sql)

    def _is_unsure(self, kind: str, text: str) -> bool:
        """Whether databases end a string, or a name, elsewhere."""
        if not self._dialect.backslash or text[:2] in self._dialect.escaped:
            return False
        return (kind == LITERAL and "\\'" in text) or (kind == EITHER and '\\"' in text)

    # -- single tokens ---------------------------------------------------------------------------

    def _take(self, kind: str, text: str, spaced: bool, following: str) -> None:
        word = ""
        if kind == EITHER:
            kind = self._dialect.quoted
            if kind == EITHER:
                kind = QUOTED if self._is_name(text, following) else LITERAL
        if kind in (QUOTED, BARE, NAME) and self._names_savepoint(text):
            kind = LITERAL
        if kind == RUN:
            text = CUT
        elif kind == LITERAL:
            text, spaced = ONE, self._drop_sign() or spaced
        elif kind in (QUOTED, BARE):
            text, word = _unquoted(text), QUOTED
        elif kind == NAME:
            word = text.upper()
            if word in _CLAUSES:
                self._clauses[-1] = word
        self._add(text, spaced, word)
        if kind == SIGN and text in ("(", "["):
            self._begin(text)
        elif kind == SIGN and text in (")", "]") and self._open:
            self._close()

    def _names_savepoint(self, text: str) -> bool:
        """Whether a name is a savepoint's, which is another one each time."""
        if self._word(1) in ("TRANSACTION", "TRAN"):
            return self._word(2) in ("SAVE", "ROLLBACK") and text.upper() not in ("TO", "SAVEPOINT")
        return self._word(1) == "SAVEPOINT"

    def _add(self, text: str, spaced: bool, word: str) -> None:
        self._out.append(text)
        self._spaced.append(spaced)
        self._words.append(word)

    def _drop(self, start: int) -> None:
        del self._out[start:], self._spaced[start:], self._words[start:]

    def _drop_sign(self) -> bool:
        """``= -5`` is one literal; in ``a - 5`` the sign is an operator. True where a space was before it."""
        if self._before(1) not in ("-", "+"):
            return False
        if self._before(2) not in _BEFORE_SIGNS and self._word(2) not in _BEFORE_VALUES:
            return False
        spaced = self._spaced[-1]
        self._drop(len(self._out) - 1)
        return spaced

    def _is_name(self, text: str, following: str) -> bool:
        """Whether text in double quotes is a name, where databases take what is none for a literal."""
        before, word, inside = self._before(1), self._word(1), text[1:-1]
        # right behind a name it is another name for it
        if before == "." or following == "." or word in _BEFORE_NAMES or word == QUOTED:
            return True
        if not _WORD.match(inside):
            return False
        if before == "," and self._clauses[-1] in _CLAUSES_OF_NAMES:
            return True
        if before in ("(", ",") and self._open and self._open[-1][2]:
            return True
        return _DJANGOS.match(inside) is not None

    def _before(self, back: int) -> str:
        return self._out[-back] if len(self._out) >= back else ""

    def _word(self, back: int) -> str:
        return self._words[-back] if len(self._words) >= back else ""

    # -- lists ------------------------------------------------------------------------------------

    def _begin(self, text: str) -> None:
        """A parenthesis or bracket opens, which was written just now."""
        word, lists = self._word(2), ""
        if text == "[":
            lists = "ARRAY" if word == "ARRAY" else ""
        elif word in ("VALUES", "VALUE", "IN"):
            lists = "IN" if word == "IN" else "VALUES"
        elif self._before(2) == "," and self._word(3) == MANY:
            lists = "VALUES"
        columns = word in _BEFORE_COLUMNS or (bool(word) and self._word(3) in _BEFORE_TABLES)
        self._open.append((len(self._out) - 1, lists, columns and not lists))
        self._clauses.append("")

    def _close(self) -> None:
        """A list is over: of values whatever they are, of others if there are literals alone."""
        at, lists, _ = self._open.pop()
        self._clauses.pop()
        inside = [word or text for text, word in zip(self._out[at + 1 :], self._words[at + 1 :], strict=True)]
        if lists == "VALUES":
            if self._out[at - 1] == ",":
                self._drop(at - 1)
            else:
                self._drop(at)
                self._add(MANY, True, MANY)
        elif lists and all(each in _LISTED or each == "]" for each in inside):
            self._drop(at)
            self._add(MANY if lists == "IN" else f"[{CUT}]", lists == "IN", "")


def _unquoted(text: str) -> str:
    """A name without its quotes, where it reads well."""
    inside = text[1:-1]
    return inside if _WORD.match(inside) else " ".join(text.split())
