"""A project on disk, read as an installed one, with a cache of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import AppConfig

from signaltrace.declarations import Source
from signaltrace.inventory.source import read, read_source
from signaltrace.inventory.source.files import AppPlace
from signaltrace.labels import places

OLD = 1_700_000_000  # so long ago a file has settled


class Project:
    """Files to write, and what is read of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.apps: list[tuple[AppPlace, type]] = []
        self.read: Callable[..., Source] = read_source

    def write(self, path: str, text: str | bytes = "", at: int = OLD) -> Path:
        """A file with its folders, last changed at a given second."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        os.utime(file, (at, at))
        return file

    def install(self, name: str, kind: type = AppConfig, path: str | None = None) -> None:
        """An app whose package is where its name says."""
        where = str(self.root / name.replace(".", "/")) if path is None else path
        self.apps.append((AppPlace(name.rpartition(".")[2], name, where), kind))

    def names(self) -> list[str]:
        """The names of the modules that are found."""
        return [each.name for each in self.read().modules]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """An empty project on sys.path."""
    root = tmp_path / "project"
    root.mkdir()
    made = Project(root)
    monkeypatch.setattr(read, "installed", lambda: made.apps)
    monkeypatch.setattr(places, "_project_roots", lambda: (str(root),))
    monkeypatch.setattr(places, "_state", None)
    monkeypatch.setenv("SIGNALTRACE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(root))
    yield made
    monkeypatch.undo()
    places._state = None
