"""Storage, stage *trace*: a Trace to and from a file; versioned, written whole or not at all, checked.

The file is one line of JSON, compressed with gzip when its name ends in ``.gz``: what
:meth:`Trace.to_dict` gives, behind ``"format"`` and ``"schema"``. The same trace gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import secrets
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any, TypeAlias

from signaltrace.errors import SignaltraceError
from signaltrace.shape import Misshapen, check_shape
from signaltrace.trace import Trace

__all__ = ["FORMAT", "MAX_BYTES", "SCHEMA", "check_writable", "load", "save", "to_text"]

Path: TypeAlias = str | PathLike[str]

FORMAT = "signaltrace"
SCHEMA = 1
MAX_BYTES = 512 * 1024 * 1024
"""The most a file may hold, unpacked: more than ten million receiver calls. What holds more is refused."""

_GZIP_MAGIC = b"\x1f\x8b"
_OPENING = f'{{"format":"{FORMAT}"'
# What JSON cannot hold: ints longer than Python itself is ready to print.
_MOST_BITS = 2048


def to_text(trace: Trace) -> str:
    """The whole trace as the one line of JSON that a file holds."""
    document = {"format": FORMAT, "schema": SCHEMA, **trace.to_dict()}
    try:
        return _dumps(document)
    except ValueError:
        document["rows"] = _plain(document["rows"])
        return _dumps(document)


def save(trace: Trace, path: Path) -> None:
    """Write the trace to ``path``, replacing what is there only once all is written.

    Raises SignaltraceError, with nothing written, where that cannot be done.
    """
    data = to_text(trace).encode("ascii") + b"\n"
    if os.fspath(path).endswith(".gz"):
        packed = io.BytesIO()
        # without name and time, so that the bytes depend on the trace alone
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
            file.write(data)
        data = packed.getvalue()
    with _named_errors("write", path):
        target = os.path.realpath(path)
        if _is_device(target):
            with open(target, "wb") as file:
                file.write(data)
        else:
            _replace(target, data)


def check_writable(path: Path) -> None:
    """Raise SignaltraceError if :func:`save` to ``path`` could not work; leaves nothing behind."""
    with _named_errors("write", path):
        target = os.path.realpath(path)
        if os.path.isdir(target):
            raise SignaltraceError(f"cannot write {_shown(path)}: it is a directory")
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise SignaltraceError(f"cannot write {_shown(path)}: Permission denied")
        if not _is_device(target):
            handle, name = _new_file(os.path.dirname(target))
            os.close(handle)
            os.unlink(name)


def load(path: Path) -> Trace:
    """The trace saved at ``path``. Raises SignaltraceError, in one line, on anything else."""
    shown = _shown(path)
    data = _parsed(_read(path), shown)
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
        raise SignaltraceError(f"{shown} is not a trace saved by signaltrace")
    schema = data.pop("schema", None)
    if type(schema) is int and schema > SCHEMA:
        raise SignaltraceError(
            f"{shown} was saved by a newer signaltrace (schema {schema}, this one reads up to {SCHEMA}):"
            " upgrade django-signaltrace"
        )
    try:
        if schema != SCHEMA or type(schema) is not int:
            raise Misshapen("schema")
        check_shape(data)
        return Trace.from_dict(data)
    except Misshapen as error:
        raise SignaltraceError(f"{shown} is damaged: its {error} cannot be understood") from error


def _dumps(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    """Numbers JSON has no way to write, as the description of a value (see trace.arguments_dict)."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return ["float", "value", repr(value)]
    if type(value) is int and value.bit_length() > _MOST_BITS:
        return ["int", "bits", value.bit_length()]
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


def _shown(path: Path) -> str:
    return repr(os.fspath(path))


def _is_device(target: str) -> bool:
    """Whether something other than a file is there (``/dev/stderr``, a pipe): written to, never replaced."""
    return os.path.exists(target) and not os.path.isfile(target) and not os.path.isdir(target)


def _new_file(folder: str) -> tuple[int, str]:
    """A new file with the permissions any new file gets, open for writing, and its name."""
    name = os.path.join(folder, f".signaltrace-{secrets.token_hex(8)}.tmp")
    return os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o666), name


def _replace(target: str, data: bytes) -> None:
    """Put ``data`` at ``target`` in one step, with the permissions of the file that was there."""
    handle, name = _new_file(os.path.dirname(target))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        if os.path.exists(target):
            os.chmod(name, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
