"""Which models fixture files name, stage *inventory*: read as text and within bounds, never deserialised.

A fixture is a file that ``loaddata`` would take: in the ``fixtures`` folder of an app or in FIXTURE_DIRS,
by its name JSON, JSONL, XML or YAML, compressed or not. Of one longer than MAX_TEXT only the beginning is
read.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import pathlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings

from signaltrace.labels.looking import class_attribute, exact_text, is_a, own

MAX_TEXT = 8_000_000
MAX_TOTAL = 64_000_000
MAX_FILES = 2_000
MAX_FOLDERS = 2_000

_LABEL = rb"([A-Za-z_]\w*\.[A-Za-z_]\w*)"
_JSON = re.compile(rb'"model"\s*:\s*"' + _LABEL + rb'"')
_PATTERNS = {
    "json": _JSON,
    "jsonl": _JSON,
    "xml": re.compile(rb"<object\b[^<>]*?\smodel\s*=\s*[\"']" + _LABEL + rb"[\"']"),
    # In block style it begins a line, in flow style (and in JSON, which is YAML) it follows a brace or comma.
    "yaml": re.compile(
        rb"(?m)(?:^[ \t]*(?:-[ \t]+)*|[{,]\s*)[\"']?model[\"']?\s*:\s*[\"']?"
        + _LABEL
        + rb"[\"']?[ \t\r]*(?=$|[,}#])"
    ),
}
_OPENERS: dict[str, Any] = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open, "lzma": lzma.open}
_PATHS = (pathlib.PurePath,)

# By file, for as long as it is the same: (mtime, size), labels in small letters.
_known: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}


def fixture_models() -> dict[str, tuple[str, ...]]:
    """The files that name each model, by the model's label in small letters. Unreadable files name none."""
    found: dict[str, list[str]] = {}
    spent = 0
    for number, (file, kind) in enumerate(_files()):
        if number >= MAX_FILES or spent >= MAX_TOTAL:
            break
        named, read = _named(file, kind)
        spent += read
        for label in named:
            found.setdefault(label, []).append(file)
    return {label: tuple(sorted(files)) for label, files in found.items()}


def _named(file: str, kind: str) -> tuple[frozenset[str], int]:
    """The labels in a file, and how much had to be read for it."""
    try:
        state = os.stat(file)
        key = (state.st_mtime_ns, state.st_size)
        known = _known.get(file)
        if known is not None and known[0] == key:
            return known[1], 0
        text = _text(file)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError):
        return frozenset(), 0
    labels = frozenset(each.decode("ascii", "replace").lower() for each in _PATTERNS[kind].findall(text))
    if len(_known) >= MAX_FILES:
        _known.clear()
    _known[file] = (key, labels)
    return labels, len(text)


def _text(file: str) -> bytes:
    compressed = file.rpartition(".")[2].lower()
    if compressed == "zip":
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if len(names) != 1:  # loaddata refuses any other
                return b""
            with archive.open(names[0]) as inner:
                return inner.read(MAX_TEXT)
    with _OPENERS.get(compressed, open)(file, "rb") as stream:
        text: bytes = stream.read(MAX_TEXT)
        return text


def _files() -> Iterator[tuple[str, str]]:
    """Every fixture with its format; folders below a folder of fixtures can be named to loaddata, too."""
    seen = set()
    left = MAX_FOLDERS
    for root in _folders():
        for folder, below, names in os.walk(root):
            below.sort()
            left -= 1
            if left < 0:
                return
            for name in sorted(names):
                kind, path = _format(name), os.path.join(folder, name)
                if kind is not None and path not in seen and os.path.isfile(path):
                    seen.add(path)
                    yield path, kind


def _format(name: str) -> str | None:
    parts = name.lower().split(".")
    if len(parts) > 2 and (parts[-1] in _OPENERS or parts[-1] == "zip"):
        parts.pop()
    return parts[-1] if len(parts) > 1 and parts[-1] in _PATTERNS else None


def _folders() -> Iterator[str]:
    for config in list(apps.app_configs.values()):
        path = _path(own(config, "path") or class_attribute(type(config), "path"))
        if path:
            yield os.path.join(path, "fixtures")
    given = settings.FIXTURE_DIRS
    for each in list(given) if is_a(given, list) or is_a(given, tuple) else ():
        path = _path(each)
        if path:
            yield os.path.abspath(path)


def _path(value: object) -> str:
    return str(value) if any(is_a(value, kind) for kind in _PATHS) else exact_text(value) or ""
