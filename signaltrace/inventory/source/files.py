"""The source files of installed apps and of the project, stage *inventory*, by the names of their modules.

Left out is what is there only because something was installed or built: virtual environments, site-packages,
hidden folders, other projects with a ``manage.py`` of their own; and signaltrace itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import signaltrace
from signaltrace.declarations import CODE, MIGRATION, TESTS
from signaltrace.labels.places import is_mine

MAX_FILES = 50_000
_MAX_FOLDERS = 50_000
_SUFFIX = ".py"
# Folders of these names hold no code of the project's.
_SKIPPED = frozenset(
    (
        "__pycache__",
        "__pypackages__",
        "bower_components",
        "dist-packages",
        "locale",
        "node_modules",
        "site-packages",
    )
)
# Nor do these, unless they are packages.
_SKIPPED_UNLESS_PACKAGE = frozenset(("build", "dist", "fixtures", "htmlcov", "media", "static", "templates"))
_ENVIRONMENT_MARKS = frozenset(("pyvenv.cfg", "conda-meta"))


@dataclass(frozen=True, slots=True)
class AppPlace:
    """An installed app: its label, its package's name and its folder."""

    label: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be read. ``app`` is the label of the app that holds it, "" for none."""

    name: str
    path: str
    app: str
    mine: bool
    role: str


def find_files(apps: Iterable[AppPlace], roots: Iterable[str]) -> list[Found]:
    """Every source file once: those of apps, each by the nearest around it; then the project's others."""
    return list(_Search(list(apps), list(roots)).found())


def role_of(parts: list[str], file: str) -> str:
    """What a file below an app or a project is for: ``parts`` are the folders between."""
    if file in ("tests.py", "conftest.py") or file.startswith("test_") or file.endswith("_test.py"):
        return TESTS
    if "tests" in parts:
        return TESTS
    return MIGRATION if "migrations" in parts else CODE


class _Search:
    def __init__(self, apps: list[AppPlace], roots: list[str]) -> None:
        self._apps = apps
        self._roots = sorted(roots, key=len)
        self._homes = {os.path.realpath(each.path) for each in apps}
        self._kept = self._homes | {os.path.realpath(each) for each in roots}
        self._paths = {os.path.realpath(each or ".") for each in list(sys.path) if type(each) is str}
        # One folder is read once, however many ways lead there; our own never.
        self._seen = {os.path.realpath(os.path.dirname(signaltrace.__file__))}
        self._left = MAX_FILES

    def found(self) -> Iterator[Found]:
        for app in self._apps:
            yield from self._walk(app.path, app.name, app.label)
        for root in self._roots:
            yield from self._walk(root, self._prefix(os.path.realpath(root)), "")

    def _walk(self, folder: str, name: str, app: str) -> Iterator[Found]:
        start = os.path.realpath(folder)
        waiting = [(folder, start, name, list[str]())]
        while waiting and self._left > 0 and len(self._seen) < _MAX_FOLDERS:
            path, real, package, parts = waiting.pop()
            if real in self._seen:
                continue
            entries = _entries(path)
            names = {each.name for each in entries}
            if real != start and self._is_foreign(real, names, app):
                continue
            self._seen.add(real)
            mine: bool | None = None
            for entry in entries:
                if _is_file(entry):
                    mine = is_mine(entry.path) if mine is None else mine
                    self._left -= 1
                    yield Found(
                        _module(package, entry.name), entry.path, app, mine, role_of(parts, entry.name)
                    )
                elif _is_folder(entry):
                    inner = (
                        os.path.realpath(entry.path) if entry.is_symlink() else os.path.join(real, entry.name)
                    )
                    waiting.append(
                        (entry.path, inner, self._inner(package, entry, inner), [*parts, entry.name])
                    )

    def _inner(self, package: str, entry: os.DirEntry[str], real: str) -> str:
        """The dotted name of a folder: one on ``sys.path`` begins anew, unless it is a package."""
        if real in self._paths and not os.path.isfile(os.path.join(real, "__init__.py")):
            return ""
        return f"{package}.{entry.name}" if package else entry.name

    def _prefix(self, root: str) -> str:
        """The dotted name of a project's folder: below the nearest entry of ``sys.path`` that holds it."""
        if root in self._paths and not os.path.isfile(os.path.join(root, "__init__.py")):
            return ""
        parts: list[str] = []
        folder = root
        while folder not in self._paths or not parts:
            folder, own = os.path.split(folder)
            if not own:
                return ""
            parts.append(own)
        return ".".join(reversed(parts))

    def _is_foreign(self, real: str, names: set[str], app: str) -> bool:
        """Whether a folder is another's: an app's own, an environment, a project beside this one."""
        if real in self._homes or not names.isdisjoint(_ENVIRONMENT_MARKS) or real == sys.prefix:
            return True
        own = os.path.basename(real)
        if own in _SKIPPED_UNLESS_PACKAGE and "__init__.py" not in names:
            return True
        below = real + os.sep
        return (
            not app
            and "manage.py" in names
            and not any(f"{each}{os.sep}".startswith(below) for each in self._kept)
        )


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda each: each.name)
    except OSError:
        return []


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.name.endswith(_SUFFIX) and not entry.name.startswith(".") and entry.is_file()
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith(".") and entry.name not in _SKIPPED and entry.is_dir()
    except OSError:
        return False


def _module(package: str, file: str) -> str:
    own = file.removesuffix(_SUFFIX)
    if own == "__init__" and package:
        return package
    return f"{package}.{own}" if package else own
