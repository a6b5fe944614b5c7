"""Comments that silence rules, stage *inventory*: ``# signaltrace: ignore[W004, E002] why``."""

from __future__ import annotations

import io
import re
import tokenize

from signaltrace.declarations import Silence

_MARK = re.compile(r"#\s*signaltrace:\s*ignore\b(?:\s*\[([^\]]*)\])?", re.IGNORECASE)
_BLANK = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT)


def read_silences(text: str) -> tuple[Silence, ...]:
    """The comments of a text; what looks like one inside a string is none.

    A comment alone on its line is about the next line of code; one behind code about its statement, as far
    as it has come.
    """
    if _MARK.search(text) is None:
        return ()
    found: list[Silence] = []
    alone: list[tuple[int, tuple[str, ...]]] = []
    code = 0  # the last line that had code on it
    first = 0  # the line the statement began on; 0 between two
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line = token.start[0]
            if token.type == tokenize.COMMENT:
                ids = _ids(token.string)
                if ids is not None and code == line:
                    found.append(Silence(line, ids, first=first if 0 < first < line else 0))
                elif ids is not None:
                    alone.append((line, ids))
            elif token.type not in _BLANK and token.type != tokenize.ENDMARKER:
                found += [Silence(line, ids, at) for at, ids in alone]
                alone.clear()
                first = first or line
                code = token.end[0]
            elif token.type == tokenize.NEWLINE:
                first = 0
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # the parser has the last word on what is Python; the comments so far stand
    found += [Silence(line, ids) for line, ids in alone]
    return tuple(sorted(found, key=lambda each: each.line))


def _ids(comment: str) -> tuple[str, ...] | None:
    match = _MARK.search(comment)
    if match is None:
        return None
    return tuple(filter(None, (each.strip() for each in (match[1] or "").split(","))))
