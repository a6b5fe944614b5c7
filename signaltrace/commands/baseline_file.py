"""A baseline to and from its file: written whole or not at all, never over somebody's work."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from signaltrace.analysis.baseline import Entry, from_text, is_baseline, to_text
from signaltrace.errors import SignaltraceError

MAX_BYTES = 64 * 1024 * 1024


def read_baseline(path: str) -> tuple[Entry, ...]:
    """The entries in a file. Raises SignaltraceError, in one line, on anything else."""
    with _named_errors("read", path), open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise SignaltraceError(f"{path!r} is no baseline: it is larger than {MAX_BYTES:,} bytes")
    return from_text(data.decode("utf-8", "replace"), repr(path))


def check_baseline_writable(path: str) -> None:
    """Raise SignaltraceError if :func:`write_baseline` could not work; leaves nothing behind."""
    with _named_errors("write", path):
        target = os.path.realpath(path)
        if os.path.isdir(target):
            raise IsADirectoryError
        if os.path.exists(target):
            with open(target, "rb") as file:
                beginning = file.read(200)
            if beginning.strip() and not is_baseline(beginning.decode("utf-8", "replace")):
                raise SignaltraceError(
                    f"will not replace {path!r}: it is no baseline; delete it, or name another file"
                )
            if not os.access(target, os.W_OK):
                raise PermissionError(13, "Permission denied")
        name = _temporary(target)
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        os.unlink(name)


def write_baseline(path: str, entries: Sequence[Entry]) -> None:
    """Put the entries at ``path`` in one step. Raises SignaltraceError, with nothing written, if it can't."""
    check_baseline_writable(path)
    with _named_errors("write", path):
        target = os.path.realpath(path)
        name = _temporary(target)
        try:
            with open(name, "x", encoding="utf-8", newline="\n") as file:
                file.write(to_text(entries))
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            if os.path.exists(name):
                os.unlink(name)
            raise


def _temporary(target: str) -> str:
    return os.path.join(os.path.dirname(target), f".signaltrace-{secrets.token_hex(8)}.tmp")


@contextmanager
def _named_errors(verb: str, path: str) -> Iterator[None]:
    """Failures of the file system in one line that names the file and the cause."""
    if not path:
        option = "--baseline" if verb == "read" else "--write-baseline"
        raise SignaltraceError(f"{option} needs the name of a file, not an empty text")
    if "\0" in path:
        raise SignaltraceError(f"cannot {verb} {path!r}: no file has such a name")
    try:
        yield
    except FileNotFoundError as error:
        if verb == "read":
            raise SignaltraceError(f"no such baseline: {path!r}; --write-baseline makes one") from error
        raise SignaltraceError(f"cannot write {path!r}: no such folder") from error
    except IsADirectoryError as error:
        raise SignaltraceError(f"cannot {verb} {path!r}: it is a directory") from error
    except OSError as error:
        raise SignaltraceError(f"cannot {verb} {path!r}: {error.strerror or error}") from error
