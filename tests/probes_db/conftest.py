"""The worlds the tests run in, each made once, and the proof that a test leaves Django as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django.db.models import QuerySet
from django.db.transaction import Atomic

from signaltrace.capture.patch import installed, uninstall
from tests.probes_db.worlds import World, postgres_world, sqlite_world, why_no_postgres

pytest.register_assert_rewrite("tests.probes_db.running", "tests.capture.observing")

PATCHED = (BaseDatabaseWrapper, CursorWrapper, CursorDebugWrapper, QuerySet, Atomic)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: object) -> World:
    """Two SQLite files."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return sqlite_world(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres(django_db_blocker: object) -> Iterator[World]:
    """Two databases of a real server; skipped where there is none."""
    if reason := why_no_postgres():
        pytest.skip(reason)
    with django_db_blocker.unblock(), postgres_world() as world:  # type: ignore[attr-defined]
        yield world


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, django_db_blocker: object) -> Iterator[World]:
    """Each kind of database in turn, empty."""
    world: World = request.getfixturevalue(request.param)
    with django_db_blocker.unblock(), world.entered(), leaves_nothing():  # type: ignore[attr-defined]
        yield world


@contextmanager
def leaves_nothing() -> Iterator[None]:
    """Afterwards Django's classes have the very attributes they had, and nothing is installed."""
    before = [dict(vars(each)) for each in PATCHED]
    yield
    left = installed()
    while installed():
        uninstall()
    assert not left
    for owner, attributes in zip(PATCHED, before, strict=True):
        after = vars(owner)
        assert after.keys() == attributes.keys()
        assert [name for name in attributes if after[name] is not attributes[name]] == []
