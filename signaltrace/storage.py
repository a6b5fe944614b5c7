"""Storage, stage *trace*: a Trace to and from a file; versioned, written whole or not at all, checked.

The file is one line of JSON, compressed with gzip when its name ends in ``.gz``: what
:meth:`Trace.to_dict` gives, behind ``"format"`` and ``"schema"``. The same trace gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import secrets
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from os import PathLike
from typing import IO, Any, TypeAlias

from signaltrace.errors import SignaltraceError
from signaltrace.shape import Misshapen, check_shape
from signaltrace.shape.older import upgraded
from signaltrace.trace import Trace

__all__ = ["FORMAT", "MAX_BYTES", "SCHEMA", "check_writable", "from_text", "load", "save", "to_text"]

Path: TypeAlias = str | PathLike[str]

FORMAT = "signaltrace"
SCHEMA = 3
"""2 added ``tests`` and ``connected``, 3 what probes note; traces of schema 1 and 2 are read without."""
MAX_BYTES = 512 * 1024 * 1024
"""The most a file may hold, unpacked: more than ten million receiver calls. What holds more is refused."""

# A row with its arguments has a list or object in every twenty bytes or so. A text of nothing but brackets
# would take some thirty times its size in memory.
_BYTES_A_LIST = 8
_SMALL = 1_000_000
_GZIP_MAGIC = b"\x1f\x8b"
_OPENING = f'{{"format":"{FORMAT}"'
# So many rows are turned into text at once.
_ROWS = 1_000
# What JSON cannot hold: ints longer than Python itself is ready to print.
_MOST_BITS = 2048
# How deep in a list of rows an argument is.
_ARGUMENT = 3


def to_text(trace: Trace) -> str:
    """The whole trace as the one line of JSON that a file holds."""
    return "".join(_pieces(trace))


def from_text(text: str, name: str) -> Trace:
    """The trace that :func:`to_text` gave. Raises SignaltraceError about ``name`` on anything else."""
    return _understood(_parsed(text.encode("utf-8", "replace"), name), name)


def save(trace: Trace, path: Path) -> None:
    """Write the trace to ``path``, replacing what is there only once all is written.

    Raises SignaltraceError, with nothing written, where that cannot be done.
    """
    packed = os.fspath(path).endswith(".gz")
    with _named_errors("write", path):
        target = os.path.realpath(path)
        if _is_device(target):
            with open(target, "wb") as file:
                _write(trace, file, packed)
        else:
            _replace(target, lambda file: _write(trace, file, packed))


def check_writable(path: Path) -> None:
    """Raise SignaltraceError if :func:`save` to ``path`` could not work; leaves nothing behind."""
    with _named_errors("write", path):
        target = os.path.realpath(path)
        if os.path.isdir(target):
            raise SignaltraceError(f"cannot write {_shown(path)}: it is a directory")
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise SignaltraceError(f"cannot write {_shown(path)}: Permission denied")
        if not _is_device(target):
            if os.path.exists(target) and not _may_replace(target):
                raise SignaltraceError(
                    f"will not replace {_shown(path)}: it is no trace; delete it, or name another file"
                )
            handle, name = _new_file(os.path.dirname(target))
            os.close(handle)
            os.unlink(name)


def load(path: Path) -> Trace:
    """The trace saved at ``path``. Raises SignaltraceError, in one line, on anything else."""
    return _understood(_parsed(_read(path), _shown(path)), _shown(path))


def _understood(data: Any, shown: str) -> Trace:
    """The trace that the JSON of a file holds."""
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise SignaltraceError(f"{shown} is not a trace saved by signaltrace")
    schema = data.pop("schema", None)
    if type(schema) is int and SCHEMA < schema < 1_000_000:  # no newer one will ever have more
        raise SignaltraceError(
            f"{shown} was saved by a newer signaltrace (schema {schema}, this one reads up to {SCHEMA}):"
            " upgrade django-signaltrace"
        )
    try:
        if type(schema) is not int or not 1 <= schema <= SCHEMA:
            raise Misshapen("schema")
        data = upgraded(data, schema)
        check_shape(data)
        return Trace.from_dict(data)
    except Misshapen as error:
        raise SignaltraceError(f"{shown} is damaged: its {error} cannot be understood") from error


def _write(trace: Trace, file: IO[bytes], packed: bool) -> None:
    if packed:
        # without name and time, so that the bytes depend on the trace alone
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as inside:
            _write_text(trace, inside)
    else:
        _write_text(trace, file)


def _write_text(trace: Trace, file: IO[bytes] | gzip.GzipFile) -> None:
    for piece in _pieces(trace):
        file.write(piece.encode("ascii"))
    file.write(b"\n")


def _pieces(trace: Trace) -> Iterator[str]:
    """The text of a file bit by bit: a million rows as lists and as text at once are a gigabyte."""
    document = {"format": FORMAT, "schema": SCHEMA, **trace.tables(), "rows": []}
    yield _dumps(document).removesuffix("]}")
    rows = trace.plain_rows()
    comma = ""
    while some := list(islice(rows, _ROWS)):
        try:
            text = _dumps(some)
        except ValueError:
            text = _dumps(_plain(some))
        yield comma + text[1:-1]
        comma = ","
    yield "]}"


def _dumps(value: Any) -> str:
    # what is written is a tree, made here: there is no circle to look for
    return json.dumps(value, separators=(",", ":"), allow_nan=False, check_circular=False)


def _plain(value: Any, depth: int = 0) -> Any:
    """Numbers JSON has no way to write, as the description of a value (see span.arguments_dict) or, in
    what is itself such a description, as text."""
    if isinstance(value, list):
        return [_plain(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return ["float", "value", repr(value)] if depth <= _ARGUMENT else repr(value)
    if type(value) is int and value.bit_length() > _MOST_BITS:
        bits = value.bit_length()
        return ["int", "bits", bits] if depth <= _ARGUMENT else f"int of {bits} bits"
    return value


def _read(path: Path) -> bytes:
    """The bytes of a file, unpacked, if they are not too many."""
    shown = _shown(path)
    with _named_errors("read", path), open(path, "rb") as file:
        try:
            if file.peek(2)[:2] == _GZIP_MAGIC:
                with gzip.GzipFile(fileobj=file) as packed:
                    data = packed.read(MAX_BYTES + 1)
            else:
                data = file.read(MAX_BYTES + 1)
        except EOFError as error:
            raise SignaltraceError(f"{shown} is cut short: the end of the trace is missing") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise SignaltraceError(f"{shown} is damaged: {error}") from error
    if len(data) > MAX_BYTES:
        raise SignaltraceError(f"{shown} is too large: more than {MAX_BYTES:,} bytes unpacked")
    if len(data) > _SMALL and (data.count(b"[") + data.count(b"{")) * _BYTES_A_LIST > len(data):
        raise SignaltraceError(f"{shown} is not a trace saved by signaltrace")
    return data


def _parsed(data: bytes, shown: str) -> Any:
    """The JSON in ``data``; tells a file that stops too early from one that never was a trace."""
    text = ""
    try:
        text = data.decode("utf-8")
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        opening = "".join(text[:200].split())[: len(_OPENING)]
        if opening and _OPENING.startswith(opening):
            if isinstance(error, json.JSONDecodeError) and _stops_early(error):
                raise SignaltraceError(f"{shown} is cut short: the end of the trace is missing") from error
            raise SignaltraceError(f"{shown} is damaged: it is not JSON to the end") from error
        raise SignaltraceError(f"{shown} is not a trace saved by signaltrace") from error


def _stops_early(error: json.JSONDecodeError) -> bool:
    """Whether the text was fine until it ended: inside a string, a word, or between two tokens."""
    if error.msg.startswith("Unterminated string"):
        return True
    rest = error.doc[error.pos :].strip()
    if error.msg.startswith("Invalid \\u"):
        return len(rest) < len("\\u0000")
    return len(rest) <= 1 or any(word.startswith(rest) for word in ("true", "false", "null"))


@contextmanager
def _named_errors(verb: str, path: Path) -> Iterator[None]:
    """Failures of the file system in one line that names the file and the cause."""
    if "\0" in os.fspath(path):
        raise SignaltraceError(f"cannot {verb} {_shown(path)}: no file has such a name")
    try:
        yield
    except FileNotFoundError as error:
        if verb == "read":
            raise SignaltraceError(f"no such file: {_shown(path)}") from error
        raise SignaltraceError(f"cannot write {_shown(path)}: no such folder") from error
    except IsADirectoryError as error:
        raise SignaltraceError(f"cannot {verb} {_shown(path)}: it is a directory") from error
    except OSError as error:
        raise SignaltraceError(f"cannot {verb} {_shown(path)}: {error.strerror or error}") from error


def _may_replace(target: str) -> bool:
    """Whether a file is empty, or begins as a trace does: all else is somebody's work."""
    with open(target, "rb") as file:
        beginning = file.read(64)
        if beginning.startswith(_GZIP_MAGIC):
            file.seek(0)
            try:
                with gzip.GzipFile(fileobj=file) as packed:
                    beginning = packed.read(64)
            except (OSError, EOFError, zlib.error):
                return False
    return not beginning or b"".join(beginning.split()).startswith(_OPENING.encode("ascii"))


def _shown(path: Path) -> str:
    return repr(os.fspath(path))


def _is_device(target: str) -> bool:
    """Whether something other than a file is there (``/dev/stderr``, a pipe): written to, never replaced."""
    return os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target)


def _new_file(folder: str) -> tuple[int, str]:
    """A new file with the permissions any new file gets, open for writing, and its name."""
    name = os.path.join(folder, f".signaltrace-{secrets.token_hex(8)}.tmp")
    return os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666), name


def _replace(target: str, write: Callable[[IO[bytes]], None]) -> None:
    """Put what ``write`` writes at ``target`` in one step, with the permissions of the file there."""
    handle, name = _new_file(os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(handle)
        if os.path.exists(target):
            os.chmod(name, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
