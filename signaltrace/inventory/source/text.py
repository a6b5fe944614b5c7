"""The text of a source file, read and parsed as Python would and never run, stage *inventory*."""

from __future__ import annotations

import ast
import io
import os
import tokenize
import warnings

from signaltrace.labels.looking import cut

MAX_BYTES = 2_000_000
MAX_TEXT = 80
# What stands for code nobody can read, however it is broken.
UNREADABLE = (OSError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError, OverflowError)


class Text:
    """The lines of a file, to quote from. ``ast`` counts columns in bytes of UTF-8."""

    def __init__(self, text: str) -> None:
        self.whole = text
        self.lines = text.split("\n")

    def of(self, node: ast.expr | ast.stmt, limit: int = MAX_TEXT) -> str:
        """The source of a node on one line, cut where it is long."""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        lines = self.lines[first : last + 1]
        if not lines:
            return ""
        lines[-1] = _bytes(lines[-1], 0, node.end_col_offset)
        lines[0] = _bytes(lines[0], node.col_offset, None)
        return cut(" ".join("\n".join(lines).split()) if len(lines) > 1 else lines[0], limit)


def _bytes(line: str, first: int, last: int | None) -> str:
    return line[first:last] if line.isascii() else line.encode()[first:last].decode("utf-8", "replace")


def read_text(file: str) -> str:
    """The file decoded by its cookie or BOM, every line ended by a line feed. Raises what is UNREADABLE."""
    if os.stat(file).st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES:,} bytes")
    with open(file, "rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    return decode(data)


def decode(data: bytes) -> str:
    """Source as Python decodes it."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return unified(data.decode(encoding))


def unified(text: str) -> str:
    """The text without a BOM, its lines as Python's parser counts them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff")


def parsed(text: str) -> ast.Module:
    """The tree. What Python would warn of in somebody else's file is not ours to say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def told(error: BaseException) -> str:
    """Why a file could not be read, in a line."""
    if isinstance(error, SyntaxError):
        where = f"line {error.lineno}: " if error.lineno else ""
        return cut(f"{where}{_line(error.msg) or 'invalid syntax'}")
    if isinstance(error, RecursionError | MemoryError):
        return "nested too deeply to be parsed"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} cannot be decoded as {error.encoding}"
    if isinstance(error, OSError):
        return cut(_line(error.strerror) or type(error).__name__)
    return cut(_line(str(error)) or type(error).__name__)


def _line(text: object) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""
