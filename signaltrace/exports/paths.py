"""Files as other tools want them named, stage *exports*: below a folder, with slashes."""

from __future__ import annotations

import os
from urllib.parse import quote


def below(file: str | None, root: str) -> str | None:
    """``shop/apps.py`` for a file below ``root``, links followed or not; None for any other."""
    if not file or file.startswith("<"):
        return None
    for resolve in (os.path.abspath, os.path.realpath):
        path, start = resolve(file), resolve(root).rstrip(os.sep) + os.sep
        if path.startswith(start):
            return path[len(start) :].replace(os.sep, "/")
    return None


def shown(file: str | None, root: str) -> str | None:
    """The path below ``root`` if it is there, else as it is."""
    return below(file, root) or file


def uri(path: str) -> str:
    """A relative path as a relative URI."""
    return quote(path)


def file_uri(file: str) -> str:
    """An absolute path as a URI."""
    path = os.path.abspath(file).replace(os.sep, "/")
    return f"file://{'' if path.startswith('/') else '/'}{quote(path)}"
