"""What the programs of faulty_programs.py and its neighbours have in common: where they are kept, how deep
their receivers find themselves, a database that is as it was."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.apps.registry import Apps
from django.db import connection
from django.db.models import Model

from tests.capture.kinds import act
from tests.capture.observing import Notes, described
from tests.testapp.models import Author, Book, Ebook, Tag

Program = Callable[[Notes], Any]

# Each writes down what it sees, and sees the same each time.
PROGRAMS: dict[str, Program] = {}
# Of some: what they run in, which begins before the recording does and ends after it.
WITHIN: dict[str, Callable[[], AbstractContextManager[Any]]] = {}
# What is asked of the recording of each.
OPTIONS: dict[str, dict[str, Any]] = {}
_CODES = set()


def program(**options: Any) -> Callable[[Program], Program]:
    """A program that is recorded with these options; no probe watches but those named."""

    def add(function: Program) -> Program:
        name = function.__name__  # type: ignore[attr-defined]
        PROGRAMS[name] = function
        OPTIONS[name] = {"probes": (), **options}
        _CODES.add(function.__code__)  # type: ignore[attr-defined]
        return function

    return add


def act_on(notes: Notes, name: str) -> Any:
    """A function that writes down what it got and where it stands."""
    body = act(notes, name, lambda: notes.add(name, depth()), depth=False)
    return lambda **kwargs: body(kwargs)


def depth() -> int:
    """How many frames there are above the program's own."""
    frame, found = sys._getframe(1), 0
    while frame is not None and frame.f_code not in _CODES:
        frame, found = frame.f_back, found + 1  # type: ignore[assignment]
    return found


def a_model() -> type[Model]:
    """One that nobody else knows of."""
    meta = type("Meta", (), {"app_label": "short_lived", "apps": Apps()})
    return type("Leaf", (Model,), {"__module__": __name__, "Meta": meta})


def tables() -> None:
    """Make sure that there are some: pytest-django makes none where no test is marked to have a database."""
    if Tag._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            for kind in (Author, Tag, Book, Ebook):
                editor.create_model(kind)


def emptied() -> None:
    """No row is left of what ran before."""
    kinds: tuple[type[Model], ...] = (Ebook, Book.tags.through, Book, Author, Tag)
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(f"DELETE FROM {kind._meta.db_table}")


@contextlib.contextmanager
def heard(signal: Any, *receivers: Any, sender: Any = None) -> Iterator[None]:
    """Connect receivers for a time."""
    for each in receivers:
        signal.connect(each, sender=sender, weak=False)
    try:
        yield
    finally:
        for each in receivers:
            signal.disconnect(each, sender=sender)


@contextlib.contextmanager
def logged(notes: Notes, name: str) -> Iterator[None]:
    """Write down what a logger of Django's is told."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            notes.add("logged", record.levelname, record.getMessage(), record.funcName)
            notes.add("logged error", described(error, notes))

    handler, logger = Handler(), logging.getLogger(name)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
