"""Names in Markdown, stage *exports*: shown as they are, whatever GitHub would make of what is in them."""

from __future__ import annotations

import re

from signaltrace.exports.graph import one_line

# What a code span shows as it is, in a table too: no backtick ends it, no pipe the cell, nothing is escaped.
_CODE = re.compile(r"[ -~]+")
_AWKWARD = re.compile(r"[`|\\]|^ | $")


def code(text: str) -> str:
    """A name in code: in backticks where that can be, else in HTML of which every sign is spelled out."""
    shown = one_line(text)
    if not shown:
        return ""
    if _CODE.fullmatch(shown) and not _AWKWARD.search(shown):
        return f"`{shown}`"
    return f"<code>{_spelled(shown)}</code>"


def plain(text: str) -> str:
    """Text that is no markup: all but letters, digits and spaces are entities."""
    return _spelled(one_line(text))


def _spelled(text: str) -> str:
    kept = (each.isascii() and (each.isalnum() or each == " ") for each in text)
    return "".join(each if keep else f"&#{ord(each)};" for each, keep in zip(text, kept, strict=True))
