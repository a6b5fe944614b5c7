"""Whose code a file is, and how to write its path short, stage *labels*.

The user's own code is what lies under the project: the folder from which the settings module is
imported, ``BASE_DIR``, and the current folder where it holds a ``manage.py`` or nothing else is
known; never the standard library, site-packages, or a virtual environment inside the project.
"""

from __future__ import annotations

import os
import pathlib
import sys
import sysconfig

from django.conf import settings

from signaltrace.labels.looking import exact_text, is_exactly, module_file, own

_MAX_KNOWN = 10_000
_PATHS = (pathlib.PosixPath, pathlib.WindowsPath)

_state: object = None
_roots: tuple[str, ...] = ()
_known: dict[str, tuple[bool, str]] = {}


def is_mine(file: str | None) -> bool:
    """Whether the file is the user's own code."""
    return file is not None and _place(file)[0]


def project_roots() -> tuple[str, ...]:
    """The folders the project is in, each as it is spelled and as it really is."""
    return _project_roots()


def short_path(file: str) -> str:
    """The path below the project or the entry of `sys.path` that holds it, whichever says less."""
    return _place(file)[1]


def _place(file: str) -> tuple[bool, str]:
    global _state, _roots
    # The settings are not there from the start, and override_settings puts others in front.
    state = id(own(settings, "_wrapped"))
    if state != _state or len(_known) > _MAX_KNOWN:
        roots = _project_roots()
        if roots != _roots or len(_known) > _MAX_KNOWN:
            _known.clear()
            _roots = roots
        _state = state
    place = _known.get(file)
    if place is None:
        place = _known[file] = _find(file)
    return place


def _find(file: str) -> tuple[bool, str]:
    if file.startswith("<"):
        return False, file
    path = os.path.abspath(file)
    real = os.path.realpath(path)
    mine = any(_below(each, root) and not _foreign(each, root) for each in {path, real} for root in _roots)
    bases = [*_roots, *(os.path.abspath(each) for each in list(sys.path) if type(each) is str)]
    found = [base for base in bases if _below(path, base)]
    short = os.path.relpath(path, max(found, key=len)) if found else path
    return mine, short.replace(os.sep, "/")


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _foreign(path: str, root: str) -> bool:
    """Whether a file under the project is there only because something was installed into it."""
    inside = path[len(root) :].split(os.sep)
    if "site-packages" in inside or "dist-packages" in inside:
        return True
    installed = [*_LIBRARIES]
    if sys.prefix != sys.base_prefix and _below(sys.prefix, root):
        installed.append(sys.prefix)
    return any(_below(path, folder) for folder in installed)


_LIBRARIES = tuple(
    {
        spelled
        for key in ("stdlib", "platstdlib", "purelib", "platlib")
        for folder in (sysconfig.get_path(key),)
        if folder
        for spelled in (os.path.abspath(folder), os.path.realpath(folder))
    }
)


def _project_roots() -> tuple[str, ...]:
    module, base = _settings()
    roots = [base] if base else []
    file = module_file(module) if module else None
    if module and file:
        levels = module.count(".") + 1 + os.path.basename(file).startswith("__init__.")
        folder = os.path.abspath(file)
        for _ in range(levels):
            folder = os.path.dirname(folder)
        roots.append(folder)
    try:
        here = os.getcwd()
    except OSError:
        here = ""
    if here and (not roots or os.path.isfile(os.path.join(here, "manage.py"))):
        roots.append(here)
    spelled = {each for root in roots for each in (os.path.abspath(root), os.path.realpath(root))}
    return tuple(sorted(each for each in spelled if os.path.dirname(each) != each))


def _settings() -> tuple[str | None, str | None]:
    """The settings module's name and BASE_DIR, as far as they are known without loading anything."""
    module = os.environ.get("DJANGO_SETTINGS_MODULE")
    base = None
    level = own(settings, "_wrapped")
    for _ in range(50):
        if level is None:
            break
        module = exact_text(own(level, "SETTINGS_MODULE")) or module
        found = own(level, "BASE_DIR")
        base = str(found) if is_exactly(found, *_PATHS) else exact_text(found) or base
        level = own(level, "default_settings")
    return module, base
