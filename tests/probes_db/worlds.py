"""Databases of the tests' own, two to a world: what holds of transactions is tried on each kind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asgiref.local import Local
from django.apps import apps
from django.core.management.color import no_style
from django.db import connections
from django.db.utils import ConnectionHandler

from tests.postgres import address

ALIASES = ("default", "other")


class World:
    """Two databases under Django's aliases, while :meth:`entered`; the suite's own are out of sight then."""

    def __init__(self, vendor: str, entries: dict[str, dict[str, Any]]) -> None:
        self.vendor = vendor
        self.settings = ConnectionHandler(entries).settings
        with self.entered():
            for alias in ALIASES:
                with connections[alias].schema_editor() as editor:
                    for model in models():
                        editor.create_model(model)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Django's connections are to these databases, new ones, closed at the end."""
        before = connections.settings, connections._connections
        connections.settings, connections._connections = self.settings, Local(thread_critical=True)
        try:
            yield
        finally:
            try:
                connections.close_all()
            finally:
                connections.settings, connections._connections = before

    def clean(self) -> None:
        """Empty tables, and numbers that begin at 1 again: two runs of a program meet the same databases."""
        for alias in ALIASES:
            # A new one: what Django keeps on a connection, its last error say, is not the next run's.
            connections[alias].close()
            del connections[alias]
            connection = connections[alias]
            tables = connection.introspection.django_table_names(include_views=False)
            tables = [table for table in tables if table.startswith("testapp_")]
            connection.ops.execute_sql_flush(
                connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=True)
            )

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """What is in the databases, by alias and table."""
        found = {}
        for alias in ALIASES:
            for model in models():
                names = [field.attname for field in model._meta.local_concrete_fields]
                if held := list(model._base_manager.using(alias).order_by("pk").values_list(*names)):
                    found[f"{alias}.{model._meta.object_name}"] = held
        return found


def models() -> list[Any]:
    """The models that have a table."""
    return [
        each
        for each in apps.get_app_config("testapp").get_models()
        if each._meta.managed and not each._meta.proxy
    ]


def sqlite_world(folder: Path) -> World:
    """In files: a view may run in another thread, with a connection of its own."""
    return World(
        "sqlite",
        {
            alias: {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / f"{alias}.sqlite3"),
                "OPTIONS": {"init_command": "PRAGMA synchronous = OFF"},
            }
            for alias in ALIASES
        },
    )


@contextmanager
def postgres_world() -> Iterator[World]:
    """Two databases of the server that was told, made for this process and dropped at the end."""
    names = {alias: f"signaltrace_{os.getpid()}_{alias}" for alias in ALIASES}
    each_of(names.values(), "DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}")
    try:
        yield World("postgres", {alias: address.entry(name) for alias, name in names.items()})
    finally:
        each_of(names.values(), "DROP DATABASE {} WITH (FORCE)")


def each_of(names: Iterable[str], *statements: str) -> None:
    """Run statements about databases, from outside of them."""
    import psycopg

    with psycopg.connect(f"{address.told()}/postgres", autocommit=True) as server:
        for name in names:
            for statement in statements:
                server.execute(statement.format(f'"{name}"'))


def why_no_postgres() -> str:
    """Why PostgreSQL can't be tried here, "" where it can."""
    if not address.told():
        return address.why_none()
    try:
        import psycopg  # noqa: F401  # whether it is there is the question
    except ImportError:
        return "no PostgreSQL: psycopg is not installed"
    return ""
