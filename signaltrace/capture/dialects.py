"""How SQL is cut into tokens, stage *capture*: one regular expression a kind of database.

Where a text can be read in two ways, as a string that holds a backslash before a quote can, what is
left of it is a token of its own: whoever guesses wrong takes the inside of a literal for a name.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

# Kinds of tokens: groups of the expression.
SPACE, COMMENT, ROWS, RUN, LITERAL, QUOTED, BARE, NAME, SIGN, UNSURE = (
    "space", "comment", "rows", "run", "literal", "quoted", "bare", "name", "sign", "unsure",
)  # fmt: skip
# What stands in double quotes: a name, a literal, or either.
EITHER = "either"

_POSTGRES = ("postgresql", "cockroachdb", "redshift")
_MYSQL = ("mysql", "tidb")


class Dialect(NamedTuple):
    """``tokens`` matches one token at a time, whatever the text; its group is the kind. ``nested``:
    comments hold comments; ``backslash``: one before a quote may escape it, or not, in strings that don't
    begin with one of ``escaped``."""

    tokens: re.Pattern[str]
    quoted: str
    nested: bool
    backslash: bool
    escaped: tuple[str, ...]


@cache
def dialect(vendor: str) -> Dialect:
    """The dialect of a database by Django's name for it; the most careful one for a name it has not."""
    known = vendor in (*_POSTGRES, *_MYSQL, "sqlite", "oracle", "microsoft")
    groups = [
        (SPACE, r"\s++"),
        (UNSURE, "" if known else _TWO_WAYS),
        (UNSURE, r"/\*!" if vendor in _MYSQL else ""),  # a comment that MySQL runs
        (COMMENT, _comments(vendor)),
        (LITERAL, _strings(vendor, known)),
        (BARE, _bare_quotes(vendor)),
        (EITHER, _DOUBLE),
        (ROWS, _ROWS),
        (RUN, _RUN),
        (LITERAL, _NUMBERS),
        (NAME, r"[^\W\d][\w$#]*+"),
        (SIGN, r"::|:=|%%|."),
    ]
    expression = "|".join(f"(?P<{kind}_{at}>{one})" for at, (kind, one) in enumerate(groups) if one)
    return Dialect(
        tokens=re.compile(expression, re.DOTALL),
        quoted=LITERAL if vendor in _MYSQL else EITHER if vendor == "sqlite" or not known else QUOTED,
        nested=vendor in (*_POSTGRES, "microsoft") or not known,
        backslash=vendor not in ("sqlite", "oracle", "microsoft"),
        escaped=("e'", "E'") if vendor in _POSTGRES else (),
    )


_DOUBLE = r'"(?:[^"]++|"")*+(?:"|\Z)'
# Parameters by the thousand, and rows of them, are read at once.
_ROWS = r"\((?:%s[,\s]*+)++\)(?:,\s*+\((?:%s[,\s]*+)++\)){4,}+"
_RUN = r"%s(?:,\s*+%s(?!\w)){8,}+"
_NUMBERS = (
    r"%(?:\([^)]*\))?[sbt](?!\w)"  # placeholders
    r"|\?(?![|&])|\$\d++|(?<![:\w]):(?!=)\w++"
    r"|(?:\d|\.\d)(?:[eE][+-]?\d|[\w.])*+"
)
# Of databases that are not known: strings in three quotes, names in brackets that hold a quote, a
# comment that may end at a carriage return.
_TWO_WAYS = r"""'''|\"\"\"|\[[^\]]*['"`]|--[^\n\r]*\r(?!\n)"""


def _comments(vendor: str) -> str:
    line = r"--[^\n]*+"
    if vendor in _MYSQL:
        line = r"--(?=\s|\Z)[^\n]*+|\#[^\n]*+"
    elif vendor in _POSTGRES:
        line = r"--[^\n\r]*+"
    return rf"{line}|/\*"


def _strings(vendor: str, known: bool) -> str:
    """Strings, whatever letters stand before them; one that is not ended goes on to the end."""
    found = []
    if vendor in _POSTGRES or not known:
        found += [
            r"[eE]'(?:[^'\\]++|\\.|'')*+(?:'|\Z)",
            r"\$(?P<tag>(?:[^\W\d]\w*+)?)\$.*?(?:\$(?P=tag)\$|\Z)",
        ]
    if vendor == "oracle":
        pairs = "".join(
            rf"{re.escape(one)}.*?(?:{re.escape(two)}'|\Z)|" for one, two in ("[]", "{}", "()", "<>")
        )
        found.append(rf"[nN]?[qQ]'(?:{pairs}(?P<ends>\S).*?(?:(?P=ends)'|\Z))")
    found.append(r"(?:[uU]&|[^\W\d]\w*+)?'(?:[^']++|'')*+(?:'|\Z)")
    return "|".join(found)


def _bare_quotes(vendor: str) -> str:
    """Names in quotes that can't be a string's."""
    brackets = {"sqlite": r"\[[^\]]*+(?:\]|\Z)", "microsoft": r"\[(?:[^\]]++|\]\])*+(?:\]|\Z)"}
    found = [brackets[vendor]] if vendor in brackets else []
    if vendor not in (*_POSTGRES, "oracle", "microsoft"):
        found.append(r"`(?:[^`]++|``)*+(?:`|\Z)")
    return "|".join(found)
