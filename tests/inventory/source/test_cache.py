"""What is remembered from one reading to the next, and when it is not believed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from signaltrace.declarations import SourceModule
from signaltrace.inventory.source import cache as cache_module
from signaltrace.inventory.source import read
from signaltrace.inventory.source.cache import Cache, cache_folder
from signaltrace.inventory.source.draft import Class, Draft, Made, draft_of
from signaltrace.inventory.source.rows import DamagedError, from_row, to_row
from tests.inventory.source.conftest import OLD, Project

TEXT = """
import shop.late
from django.contrib.auth import get_user_model
from django.db.models.signals import post_save
from django.dispatch import Signal, receiver
class C(Signal): pass
made = C()
@receiver(post_save, sender=get_user_model(), weak=False)  # signaltrace: ignore[W004]
def f(sender, instance, **kwargs):
    instance.save()
    Book.objects.update(a=1)
    autodiscover_modules("receivers")
post_save.connect(lambda **kwargs: None, dispatch_uid="\ud800", **more)
made.send(sender=None)
"""


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are parsed, as they are."""
    files: list[str] = []

    def watched(text: str, name: str, file: str) -> Draft:
        files.append(os.path.basename(file))
        return draft_of(text, name, file)

    monkeypatch.setattr(read, "draft_of", watched)
    return files


def saved(tmp_path: Path) -> Path:
    """The one file of the cache."""
    (file,) = (tmp_path / "cache").iterdir()
    return file


def test_a_draft_goes_into_a_cache_and_comes_back_as_it_was() -> None:
    """Through JSON, every part of it."""
    draft = draft_of(TEXT.replace("\ud800", "é"), "shop.x", "x.py")
    assert all((draft.module.connects, draft.module.sends, draft.module.bulk, draft.module.silences))
    assert all(
        (draft.classes, draft.made, draft.module.discovers, draft.module.brings, draft.module.functions)
    )
    assert from_row(json.loads(json.dumps(to_row(draft))), "shop.x", "x.py") == draft


def test_only_what_changed_is_read_again(project: Project, parsed: list[str], tmp_path: Path) -> None:
    """By time of change and size; what is gone is forgotten; the answer is the same."""
    project.write("a.py", TEXT.replace("\ud800", "é"))
    project.write("b.py", "x = 1\n")
    first = project.read(user_model="auth.User")
    assert (parsed, project.read(user_model="auth.User")) == (["a.py", "b.py"], first)
    assert parsed == ["a.py", "b.py"]
    project.write("b.py", "x = 2\n", OLD + 1)
    (project.root / "a.py").unlink()
    project.read()
    assert parsed == ["a.py", "b.py", "b.py"]
    assert [os.path.basename(each) for each in json.loads(saved(tmp_path).read_text())["files"]] == ["b.py"]


def test_what_depends_on_the_settings_is_not_remembered(project: Project) -> None:
    """The user model, and what is imported, are those of today."""
    project.write("a.py", TEXT.replace("\ud800", "é"))
    assert [
        project.read(user_model=each).modules[0].connects[0].sender.name for each in ("a.A", "b.B", "")
    ] == [
        "a.A",
        "b.B",
        "",
    ]


def test_without_a_cache_nothing_is_kept(project: Project, parsed: list[str], tmp_path: Path) -> None:
    """``cache=False`` neither reads nor writes one."""
    project.write("a.py")
    project.read(cache=False)
    project.read(cache=False)
    assert parsed == ["a.py", "a.py"]
    assert not (tmp_path / "cache").exists()


def test_a_file_that_has_only_just_changed_is_read_again(project: Project, parsed: list[str]) -> None:
    """It may change once more in the same tick of a coarse clock."""
    project.write("a.py", at=int(time.time()))
    project.read()
    project.read()
    assert parsed == ["a.py", "a.py"]


def test_a_file_that_is_no_python_is_tried_again(project: Project, parsed: list[str]) -> None:
    """Why it failed may have been ours."""
    project.write("a.py", "def\n")
    assert project.read().modules[0].error
    assert project.read().modules[0].error
    assert parsed == ["a.py", "a.py"]


def test_a_module_that_is_called_otherwise_is_read_again(project: Project, parsed: list[str]) -> None:
    """Its relative imports are others."""
    project.write("shop/a.py", "from .b import c\n")
    project.read()
    project.install("shop", path=str(project.root))
    project.read()
    assert len(parsed) == 2


Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(version=-1),
        lambda data: data.update(python=[2, 7, 0]),
        lambda data: data.update(signaltrace="0"),
        lambda data: data.update(format="other"),
        lambda data: data.update(more=1),
        lambda data: data.update(files=[]),
        lambda data: data.update(files=dict.fromkeys(data["files"])),
        lambda data: [each.pop() for each in data["files"].values()],
        lambda data: [each.__setitem__(3, [[]]) for each in data["files"].values()],
        lambda data: [each[3].__setitem__(4, [["f", "1"]]) for each in data["files"].values()],
    ],
)
def test_a_foreign_cache_is_not_believed(
    project: Project, parsed: list[str], tmp_path: Path, spoil: Spoil
) -> None:
    """Of another version or of a strange shape: the files are read."""
    project.write("a.py", "def f(): pass\n")
    first = project.read()
    data = json.loads(saved(tmp_path).read_text())
    spoil(data)
    saved(tmp_path).write_text(json.dumps(data))
    assert project.read() == first
    assert parsed == ["a.py", "a.py"]
    project.read()
    assert parsed == ["a.py", "a.py"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\x80\x04", b"null", b"[" * 100_000, b"\xff", b'{"files": NaN}']
)
def test_a_damaged_cache_is_no_error(project: Project, tmp_path: Path, data: bytes) -> None:
    """Whatever is in it."""
    project.write("a.py")
    first = project.read()
    saved(tmp_path).write_bytes(data)
    assert project.read() == first


def test_each_part_of_a_row_is_checked() -> None:
    """Any value in the place of another type's is refused, however deep it is."""
    draft = draft_of(TEXT.replace("\ud800", "é"), "shop.x", "x.py")
    row = json.loads(json.dumps(to_row(draft)))
    places = list(_leaves(row, []))
    assert len(places) > 90
    for place in places:
        spoilt = json.loads(json.dumps(row))
        holder = spoilt
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = None
        with pytest.raises(DamagedError):
            from_row(spoilt, "shop.x", "x.py")


def _leaves(value: Any, place: list[int]) -> Any:
    if type(value) is not list:
        yield place
        return
    for number, each in enumerate(value):
        yield from _leaves(each, [*place, number])


def test_a_cache_that_cannot_be_written_is_no_error(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is a file; nothing is left behind of it."""
    blocked = project.write("blocked")
    monkeypatch.setenv("SIGNALTRACE_CACHE_DIR", str(blocked))
    project.write("a.py")
    assert project.names() == ["a"]
    assert blocked.read_bytes() == b""


def test_a_write_that_fails_leaves_the_old_cache(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is replaced whole or not at all, and nothing lies about."""
    project.write("a.py")
    project.read()
    before = saved(tmp_path).read_bytes()

    def fails(*names: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(cache_module.os, "replace", fails)
    project.write("b.py")
    assert project.names() == ["a", "b"]
    assert saved(tmp_path).read_bytes() == before


def test_what_is_kept_is_its_owners_alone(project: Project, tmp_path: Path) -> None:
    """There are lines of the project's code in it."""
    project.write("a.py")
    project.read()
    if os.name != "nt":
        assert [each.stat().st_mode & 0o077 for each in (saved(tmp_path), tmp_path / "cache")] == [0, 0]


def test_projects_do_not_share_a_file() -> None:
    """Nor does one whose files are all the same."""
    one, other = Cache(("/a",)), Cache(("/b",))
    assert one.path != other.path
    assert one.path == Cache(("/a",)).path


def test_where_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one says, else where the system keeps such things; nowhere if there is no such place."""
    monkeypatch.setenv("SIGNALTRACE_CACHE_DIR", "/own")
    assert cache_folder() == os.path.abspath("/own")
    monkeypatch.delenv("SIGNALTRACE_CACHE_DIR")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr(cache_module.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == "/caches/signaltrace"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == "/home/me/.cache/signaltrace"
    monkeypatch.setattr(cache_module.sys, "platform", "darwin")
    assert cache_folder() == "/home/me/Library/Caches/signaltrace"
    monkeypatch.setattr(cache_module.os.path, "expanduser", lambda path: path)
    assert cache_folder() == ""


def test_without_a_place_to_keep_it_nothing_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is said about it."""
    monkeypatch.setattr(cache_module, "cache_folder", lambda: "")
    project.write("a.py")
    assert project.names() == ["a"]


def test_what_a_draft_is_made_of_is_in_its_row() -> None:
    """A part that is added must be written too: the name, file and place are the reader's."""
    assert set(Draft.__slots__) == {"module", "decorators", "classes", "made"}
    assert (Class.__slots__, Made.__slots__) == (("qualname", "line", "bases"), ("name", "line", "called"))
    draft = draft_of(TEXT.replace("\ud800", "é"), "shop.x", "x.py")
    bare = replace(SourceModule("shop.x", "x.py"))
    given = {each for each in SourceModule.__slots__ if getattr(draft.module, each) != getattr(bare, each)}
    assert given == {"brings", "connects", "sends", "bulk", "functions", "silences", "discovers"}
