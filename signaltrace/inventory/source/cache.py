"""What was read before, kept in one file a project, stage *inventory*. It may be lost or damaged at any time.

Nothing in it is run: it is JSON, and what is not quite what this version writes is read anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import sys
import time
from typing import Any

import signaltrace
from signaltrace.inventory.source.draft import Draft
from signaltrace.inventory.source.rows import FORMAT, DamagedError, from_row, to_row

FOLDER = "SIGNALTRACE_CACHE_DIR"
MAX_BYTES = 128 * 1024 * 1024
# Some file systems know the time of a change to two seconds: a file this new may change again unseen.
_SETTLED_NS = 2_000_000_000


def cache_folder() -> str:
    """SIGNALTRACE_CACHE_DIR, else this system's own folder for such things; "" where there is none."""
    if own := os.environ.get(FOLDER):
        return os.path.abspath(own)
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA", "")
        return os.path.join(base, "signaltrace", "Cache") if base else ""
    if sys.platform != "darwin" and os.path.isabs(os.environ.get("XDG_CACHE_HOME", "")):
        return os.path.join(os.environ["XDG_CACHE_HOME"], "signaltrace")
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return ""
    kept = ("Library", "Caches") if sys.platform == "darwin" else (".cache",)
    return os.path.join(home, *kept, "signaltrace")


class Cache:
    """The drafts of a project's files by path, time of change and size."""

    def __init__(self, roots: tuple[str, ...]) -> None:
        folder = cache_folder()
        key = "\0".join((*roots, sys.prefix)).encode("utf-8", "surrogatepass")
        name = f"source-{hashlib.sha256(key).hexdigest()[:24]}.json"
        self.path = os.path.join(folder, name) if folder else ""
        self._before = _read(self.path) if folder else {}
        self._after: dict[str, list[Any]] = {}
        self._now = time.time_ns()
        self._changed = False

    def get(self, file: str, name: str, state: os.stat_result) -> Draft | None:
        """What was read of a file, if neither it nor its module's name has changed."""
        entry = self._before.get(file)
        if (
            type(entry) is not list
            or entry[:3] != [name, state.st_mtime_ns, state.st_size]
            or len(entry) != 4
        ):
            return None
        try:
            draft = from_row(entry[3], name, file)
        except DamagedError:
            return None
        self._after[file] = entry
        return draft

    def put(self, file: str, draft: Draft, state: os.stat_result) -> None:
        """Keep what was read. What could not be parsed is tried again, and what is brand-new may change."""
        if draft.module.error or self._now - state.st_mtime_ns < _SETTLED_NS:
            return
        self._after[file] = [draft.module.name, state.st_mtime_ns, state.st_size, to_row(draft)]
        self._changed = True

    def save(self) -> None:
        """Write what was got and put; files that are gone are left out. Nothing is said where it can't be."""
        if not self.path or (not self._changed and len(self._after) == len(self._before)):
            return
        with contextlib.suppress(OSError, ValueError):
            _replace(self.path, json.dumps(_head() | {"files": self._after}, separators=(",", ":")))


def _head() -> dict[str, Any]:
    return {
        "format": "signaltrace source",
        "version": FORMAT,
        "signaltrace": signaltrace.__version__,
        "python": list(sys.version_info[:3]),
    }


def _read(path: str) -> dict[str, Any]:
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > MAX_BYTES:
            return {}
        with open(path, "rb") as file:
            data = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError, MemoryError):
        return {}
    if not isinstance(data, dict):
        return {}
    files = data.pop("files", None)
    return files if data == _head() and isinstance(files, dict) else {}


def _replace(path: str, text: str) -> None:
    """Put a whole file in the place of another: who reads meanwhile gets the one or the other."""
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    name = os.path.join(folder, f".{os.path.basename(path)}.{os.getpid()}.{secrets.token_hex(6)}")
    try:
        # The names in it, and lines of the project's code, are its owner's alone.
        with os.fdopen(
            os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
        ) as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
