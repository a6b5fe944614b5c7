"""Whose code a file is, and how its path is written short."""

import os
import sys
import sysconfig
from pathlib import Path

import pytest

from signaltrace.labels import places
from signaltrace.labels.places import is_mine, short_path

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder in place of the suite's own."""
    root = tmp_path / "bookshop"
    root.mkdir()
    monkeypatch.setattr(places, "_known", {})
    monkeypatch.setattr(places, "_project_roots", lambda: (str(root),))
    monkeypatch.setattr(places, "_state", None)
    monkeypatch.setattr(places, "_roots", ())
    return root


def test_the_project_is_the_folder_the_settings_are_imported_from() -> None:
    """`tests.settings` is found in the folder above `tests`."""
    assert places._project_roots() == tuple(sorted({str(ROOT), os.path.realpath(ROOT)}))


def test_code_under_the_project_is_mine(project: Path) -> None:
    """And nothing else is: neither neighbours that begin alike, nor code with no file."""
    assert is_mine(str(project / "shop" / "receivers.py"))
    assert not is_mine(f"{project}2/shop.py")
    assert not is_mine(None)
    assert not is_mine("<string>")


def test_what_is_installed_inside_the_project_is_not_mine(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment often lies in the project's own folder."""
    assert not is_mine(str(project / ".venv/lib/python3/site-packages/auditlog/models.py"))
    assert not is_mine(str(project / "lib/dist-packages/auditlog.py"))
    monkeypatch.setattr(sys, "prefix", str(project / "env"))
    assert not is_mine(str(project / "env/src/checkout/models.py"))


def test_the_standard_library_is_not_mine(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    """Not even for a project that lies above it."""
    library = sysconfig.get_path("stdlib")
    monkeypatch.setattr(places, "_project_roots", lambda: (str(Path(library).parents[1]),))
    assert not is_mine(os.path.join(library, "functools.py"))


def test_paths_are_shortened_by_the_project_or_the_import_path(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whichever says most; what is under neither stays whole."""
    monkeypatch.setattr(sys, "path", [str(project / "src"), "/opt/libraries"])
    assert short_path(str(project / "shop/apps.py")) == "shop/apps.py"
    assert short_path(str(project / "src/shop/apps.py")) == "shop/apps.py"
    assert short_path("/opt/libraries/auditlog/models.py") == "auditlog/models.py"
    assert short_path("/elsewhere/x.py") == "/elsewhere/x.py"
    assert short_path("<string>") == "<string>"
