"""A small real project for pytest to run in a process of its own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent / "project"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project in a folder of its own, without its tests; no plugin is loaded by itself."""
    shutil.copytree(PROJECT, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (pytester.path / "test_shop.py").unlink()
    pytester.makeini("[pytest]\npythonpath = .\nDJANGO_SETTINGS_MODULE = settings\n")
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "CI", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2])]))
    monkeypatch.setenv("COLUMNS", "100")
    return pytester.path


@pytest.fixture
def shop_suite(project: Path) -> Path:
    """The project with the suite that has every outcome."""
    return Path(shutil.copy(PROJECT / "test_shop.py", project))


@pytest.fixture
def run(pytester: pytest.Pytester, project: Path) -> Run:
    """Runs pytest on the project; further plugins are named as `-p` names them."""

    def run_pytest(*arguments: str, plugins: tuple[str, ...] = ()) -> pytest.RunResult:
        named = ("pytest_django.plugin", "signaltrace.pytest_plugin", *plugins)
        loaded = [part for name in named for part in ("-p", name)]
        return pytester.runpytest_subprocess(*loaded, "-p", "no:cacheprovider", *arguments)

    return run_pytest
