"""Running a program in a world, bare and traced: it must see, do and leave behind the same."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections, transaction
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test.utils import CaptureQueriesContext

from signaltrace.capture.recording import record
from signaltrace.trace import Trace
from tests.capture.observing import Notes, described, differences, observe
from tests.probes_db.worlds import ALIASES, World
from tests.testapp.models import Author, Tag

Program = Callable[["Run"], Any]

# Django names savepoints and server-side cursors after the thread and a counter.
NUMBERED = re.compile(r'(?<=")(s\d+|_django_curs_\d+_\w+)_x?(\d+)(?=")')
# `savepoint` has another name from Django 6.1 on.
savepoint = getattr(transaction, "savepoint_create", None) or transaction.savepoint


class Run(Notes):
    """What a program is given: where it writes down what it saw, and connects its receivers."""

    def __init__(self, notes: Notes, ending: contextlib.ExitStack) -> None:
        super().__init__()
        self.entries = notes.entries
        self._ending = ending

    def hear(self, signal: Signal, receiver: Any, sender: Any = None) -> Any:
        """Connect a receiver until the program ends."""
        signal.connect(receiver, sender=sender, weak=False)
        self._ending.callback(signal.disconnect, receiver, sender=sender)
        return receiver

    @contextlib.contextmanager
    def caught(self, who: str, *kinds: type[BaseException]) -> Iterator[None]:
        """Go on after an exception that is expected, writing down all there is to see of it."""
        try:
            yield
        except kinds as error:
            self.add(who, described(error, self))
        else:
            self.add(who, "nothing was raised")

    def state(self, who: str, alias: str = "default") -> None:
        """Write down what Django itself knows of the transaction."""
        connection = connections[alias]
        self.add(
            who,
            connection.in_atomic_block,
            len(connection.savepoint_ids),
            len(connection.atomic_blocks),
            connection.needs_rollback,
            connection.get_autocommit(),
            len(connection.run_on_commit),
            len(connection.execute_wrappers),
        )


class Refused(Exception):
    """What a program raises to have a block rolled back."""


def heard(run: Run) -> None:
    """A receiver of every save that writes down in which state the transaction is."""

    def receiver(instance: Any, using: str, **kwargs: Any) -> None:
        run.state(f"{type(instance).__name__} {instance.pk}", using)

    run.hear(post_save, receiver)


def author(pk: int, using: str = "default") -> Author:
    """One save, known by its number: numbers a rollback gives back differ between databases."""
    return Author.objects.using(using).create(pk=pk, name=f"A{pk}")


def hear_and_leave(run: Run, robust: bool = False, fails: bool = False) -> None:
    """A receiver of authors that leaves work for after the commit: a tag of the same number."""

    def leave(instance: Any, **kwargs: Any) -> None:
        pk = instance.pk

        def later() -> str:
            run.add("later", pk)
            run.state(f"later {pk}")
            Tag.objects.create(pk=pk, name=f"T{pk}")
            if fails:
                raise Refused(pk)
            return "of no use to anybody"

        run.add("on_commit gave", transaction.on_commit(later, robust=robust))

    heard(run)
    run.hear(post_save, leave, Author)


def elsewhere(work: Callable[[], Any]) -> None:
    """Do something on a connection of its own, and wait for it."""
    failed: list[BaseException] = []

    def whole() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=whole)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def plainly(world: World, program: Program) -> dict[str, Any]:
    """Run a program on empty databases; all it saw, and what it left in them."""
    world.clean()

    def whole(notes: Notes) -> Any:
        with contextlib.ExitStack() as ending:
            run = Run(notes, ending)
            ending.enter_context(database_logs(run))
            try:
                return program(run)
            finally:
                for alias in ALIASES:
                    run.state(f"left in {alias}", alias)

    seen = observe(whole)
    return {**seen, "rows": world.rows()}


def counted(world: World, program: Program) -> dict[str, Any]:
    """The same, with every statement the program sent."""
    sent = {}

    def whole(run: Run) -> Any:
        with contextlib.ExitStack() as ending:
            for alias in ALIASES:
                sent[alias] = ending.enter_context(CaptureQueriesContext(connections[alias]))
            return program(run)

    seen = plainly(world, whole)
    # Of a statement that failed Django 5.2 has no text on PostgreSQL.
    queries = {alias: [NUMBERED.sub(r"x\2", each["sql"] or "") for each in sent[alias]] for alias in ALIASES}
    return {**seen, "queries": queries}


def same(world: World, program: Program, **options: Any) -> Trace:
    """Assert that a program does the same bare and traced; gives the trace of a run nobody else watched."""
    bare, bare_counted = plainly(world, program), counted(world, program)
    assert bare["result"][0] == "returned", bare["result"]  # a program catches what it expects
    with record(**options) as recording:
        traced = plainly(world, program)
    with record(**options) as while_counted:
        traced_counted = counted(world, program)
    assert differences(bare, traced) == []
    assert differences(bare_counted, traced_counted) == []
    for each in (recording, while_counted):
        assert each.trace.faults == []
    return recording.trace


@contextlib.contextmanager
def database_logs(run: Run) -> Iterator[None]:
    """Write down what Django logs about databases and requests, with the errors it names."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            arguments = record.args if isinstance(record.args, tuple) else ()
            told = [each if isinstance(each, str) else type(each).__name__ for each in arguments]
            run.add(f"log of {record.name}", record.levelname, record.msg, told, described(error, run))

    handler = Handler(level=logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("django.db.backends.base", "django.request")]
    before = [each.propagate for each in loggers]
    for each in loggers:
        each.addHandler(handler)
        each.propagate = False
    try:
        yield
    finally:
        for each, propagate in zip(loggers, before, strict=True):
            each.removeHandler(handler)
            each.propagate = propagate
