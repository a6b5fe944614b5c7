"""Text made harmless and made to fit, stage *views*: labels come from strangers and terminals are narrow."""

from __future__ import annotations

import os
import re

from rich.cells import cell_len
from rich.text import Text

# A label longer than this is nobody's name: its middle is cut out.
LONGEST = 240
_ELLIPSIS = "…"
_PLACE = re.compile(r"/.*:[0-9]+$|^/")
_ASCII = str.maketrans(
    {
        "│": "|",
        "├": "+",
        "└": "`",
        "→": ">",
        "─": "-",
        "█": "#",
        "▉": "#",
        "▊": "#",
        "▋": "#",
        "▌": "+",
        "▍": "+",
        "▎": "+",
        "▏": "+",
        "░": ".",
        "×": "x",
        "✗": "x",
        "○": "o",
        "–": "-",
        "·": "-",
        "µ": "u",
        "…": "~",
        "≥": ">",
    }
)


def inert(text: str, limit: int = LONGEST) -> str:
    """The text on one line with nothing a terminal obeys: controls, escapes, bidi marks, lone surrogates
    become visible escapes such as ``\\x1b``; what is longer than ``limit`` loses its middle.
    """
    if len(text) > limit:
        half = (limit - 1) // 2
        text = text[:half] + _ELLIPSIS + text[len(text) - half :]
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    code = ord(character)
    if known is not None:
        return known
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def to_ascii(text: Text) -> Text:
    """The same line for a terminal that knows ASCII alone, character for character."""
    plain = text.plain.translate(_ASCII)
    copy = text.copy()
    copy.plain = "".join(each if each.isascii() else "?" * max(cell_len(each), 1) for each in plain)
    return copy


def cut_path(path: str, width: int) -> str:
    """A dotted name or file path cut in its middle: ``shop.….orders.notify``.

    The last part is never cut, so the result can be wider than ``width``: wrap it then.
    """
    if cell_len(path) <= width:
        return path
    head, at, place = path.rpartition(" at ")
    if at:  # <lambda> at shop/apps.py:14
        return head + at + cut_path(place, width - cell_len(head + at))
    separator = "/" if _PLACE.search(path) else "."
    parts = re.split(rf"\{separator}(?=[^{separator}])", path)
    if len(parts) < 3:
        return path if len(parts) < 2 else _shorter(path, f"{_ELLIPSIS}{separator}{parts[-1]}")
    for first in (True, False):
        lead = [parts[0], _ELLIPSIS] if first else [_ELLIPSIS]
        tail = [parts[-1]]
        if cell_len(separator.join([*lead, *tail])) > width:
            continue
        for part in reversed(parts[1:-1]):
            if cell_len(separator.join([*lead, part, *tail])) > width:
                break
            tail.insert(0, part)
        return separator.join([*lead, *tail])
    return _shorter(path, f"{_ELLIPSIS}{separator}{parts[-1]}")


def _shorter(one: str, other: str) -> str:
    return other if cell_len(other) < cell_len(one) else one


def location(file: str | None, line: int | None) -> str:
    """``shop/receivers.py:14``: relative to the current folder, or to site-packages; empty if unknown."""
    if not file:
        return ""
    shown = file
    here = os.getcwd().rstrip(os.sep) + os.sep
    packages = f"{os.sep}site-packages{os.sep}"
    if packages in file:
        shown = file.rpartition(packages)[2]
    elif file.startswith(here):
        shown = file[len(here) :]
    return inert(shown) if line is None else f"{inert(shown)}:{line}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 dispatch``, ``2,500 dispatches``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
