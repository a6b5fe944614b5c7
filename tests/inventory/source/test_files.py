"""Which files are read, by which names, and what for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from signaltrace.declarations import CODE, MIGRATION, TESTS
from tests.inventory.source.conftest import Project


def test_every_file_of_apps_and_project_is_read_once(project: Project) -> None:
    """By the name it would be imported by; the longest app has it."""
    for path in (
        "shop/__init__.py",
        "shop/models.py",
        "shop/orders/__init__.py",
        "shop/orders/signals.py",
        "site/settings.py",
        "manage.py",
    ):
        project.write(path)
    project.install("shop")
    project.install("shop.orders")
    found = {each.name: each.app for each in project.read().modules}
    assert found == {
        "manage": "",
        "shop": "shop",
        "shop.models": "shop",
        "shop.orders": "orders",
        "shop.orders.signals": "orders",
        "site.settings": "",
    }
    assert all(each.mine for each in project.read().modules)


@pytest.mark.parametrize(
    "path",
    [
        "venv/pyvenv.cfg",
        "node_modules/x/__init__.py",
        "lib/site-packages/x.py",
        ".hidden/x.py",
        "shop/.x.py",
        "shop/__pycache__/x.py",
        "static/x.py",
        "build/lib/shop/models.py",
        "example/manage.py",
    ],
)
def test_what_only_lies_there_is_left_out(project: Project, path: str) -> None:
    """Environments, what was built or installed, hidden folders, other projects."""
    project.write(path)
    folder = (project.root / path).parent
    project.write(f"{folder.relative_to(project.root)}/more.py" if folder.name != "shop" else "other.md")
    assert project.names() == []


def test_a_package_may_be_called_as_one_likes(project: Project) -> None:
    """``build`` and ``static`` are packages where they say so."""
    project.write("build/__init__.py")
    project.write("build/signals.py")
    assert project.names() == ["build", "build.signals"]


def test_folders_without_init_are_of_the_app(project: Project) -> None:
    """Namespace packages can be imported."""
    project.write("shop/deep/er/signals.py")
    project.install("shop")
    assert project.names() == ["shop.deep.er.signals"]


def test_links_that_run_in_a_circle_end(project: Project) -> None:
    """A folder is read once, however many ways lead there."""
    project.write("shop/signals.py")
    (project.root / "shop" / "again").symlink_to(project.root / "shop", target_is_directory=True)
    (project.root / "alias").symlink_to(project.root / "shop", target_is_directory=True)
    (project.root / "shop" / "gone.py").symlink_to(project.root / "nowhere.py")
    project.install("shop")
    assert project.names() == ["shop.signals"]


def test_an_app_without_a_folder_is_passed_over(project: Project) -> None:
    """One inside a zip, or whose folder went."""
    project.install("zipped", path=str(project.root / "apps.zip" / "zipped"))
    project.install("nowhere", path="")
    source = project.read()
    assert (source.modules, [each.name for each in source.apps]) == ((), ["zipped", "nowhere"])


def test_a_folder_on_the_path_begins_names_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """``src/shop`` is ``shop`` where ``src`` is on sys.path."""
    project.write("src/shop/signals.py")
    assert project.names() == ["src.shop.signals"]
    monkeypatch.setattr(sys, "path", [str(project.root / "src"), *sys.path])
    assert project.names() == ["shop.signals"]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("shop/signals.py", CODE),
        ("shop/contest.py", CODE),
        ("shop/tests.py", TESTS),
        ("shop/tests/base.py", TESTS),
        ("shop/test_signals.py", TESTS),
        ("shop/signals_test.py", TESTS),
        ("conftest.py", TESTS),
        ("tests/factories.py", TESTS),
        ("shop/migrations/0001_initial.py", MIGRATION),
    ],
)
def test_the_role_of_a_file(project: Project, path: str, role: str) -> None:
    """By its own name and the folders between it and its app or project."""
    project.write(path)
    assert [each.role for each in project.read().modules] == [role]


def test_an_app_in_a_folder_of_tests_is_code(project: Project) -> None:
    """Its own folder is where it begins."""
    project.write("tests/shop/signals.py")
    project.install("tests.shop")
    assert [(each.name, each.role) for each in project.read().modules] == [("tests.shop.signals", CODE)]


BOM = b"\xef\xbb\xbf"
CONNECT = b"from django.db.models.signals import post_save\npost_save.connect(f, dispatch_uid='\xe9')\n"


@pytest.mark.parametrize(
    "data",
    [
        b"# -*- coding: latin-1 -*-\n" + CONNECT,
        CONNECT.decode("latin-1").encode(),
        BOM + CONNECT.decode("latin-1").encode(),
        (BOM + CONNECT.decode("latin-1").encode()).replace(b"\n", b"\r\n"),
        CONNECT.decode("latin-1").encode().replace(b"\n", b"\r"),
    ],
    ids=["cookie", "utf-8", "BOM", "BOM and CRLF", "CR"],
)
def test_a_file_is_decoded_as_python_does(project: Project, data: bytes) -> None:
    """By its cookie or BOM, whatever ends its lines."""
    project.write("signals.py", data)
    (module,) = project.read().modules
    assert (module.error, [each.dispatch_uid.name for each in module.connects]) == ("", ["é"])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"def f(:\n", "line 1: invalid syntax"),
        (CONNECT, "line 2: "),
        (b"# coding: klingon\n", "unknown encoding: klingon"),
        (b"x = '\0'\n", "source code string cannot contain null bytes"),
        (b"x = 1\n" * 400_000, "larger than 2,000,000 bytes"),
    ],
    ids=["syntax", "not utf-8", "cookie", "null", "large"],
)
def test_a_file_that_cannot_be_read_says_why(project: Project, data: bytes, error: str) -> None:
    """In a line; the others are read."""
    project.write("bad.py", data)
    project.write("good.py", "from django.dispatch import Signal\nx = Signal()\n")
    bad, good = project.read().modules
    assert bad.error if error == "line 2: " else error in bad.error
    assert "\n" not in bad.error
    assert good.signals == (("x", 2),)


def test_strangers_warnings_are_not_ours_to_show(project: Project, recwarn: pytest.WarningsRecorder) -> None:
    """An escape that Python will forbid one day is nobody's business here."""
    project.write("old.py", "x = '\\d'\ny = 1 if 1is 1 else 2\n")
    assert project.read().modules[0].error == ""
    assert list(recwarn) == []


@pytest.mark.skipif(os.name == "nt" or not os.getuid(), reason="nobody keeps the superuser out")
def test_a_file_that_may_not_be_read_says_so(project: Project) -> None:
    """Its permissions are nobody's fault but its own."""
    project.write("secret.py").chmod(0)
    assert project.read().modules[0].error == "Permission denied"


def test_a_folder_is_named_below_what_is_on_the_path(project: Project, tmp_path: Path) -> None:
    """A project in a package, BASE_DIR inside it, goes by the whole name."""
    project.write("outer/__init__.py")
    project.write("outer/inner/signals.py")
    from signaltrace.inventory.source.files import find_files

    found = find_files([], [str(project.root / "outer")])
    assert sorted(each.name for each in found) == ["outer", "outer.inner.signals"]
