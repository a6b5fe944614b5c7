"""Callbacks of on_commit that receivers registered: under whom they run, and what became of the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import TestCase

from signaltrace.analysis.spans import call_times
from signaltrace.capture.cells import CELL
from signaltrace.capture.recording import record
from signaltrace.rows import ON_COMMIT
from signaltrace.trace import Trace
from tests.capture.observing import Notes, described, differences, observe, same, stack_depth
from tests.testapp.models import Author, Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unnamed_signals")]

told = Signal()


class Refused(Exception):
    """What a callback raises, or a block is rolled back by."""


CAUGHT = (Refused, SystemExit, TypeError, AttributeError, transaction.TransactionManagementError)


class Case(TestCase):
    """For Django's way to run callbacks in tests."""

    databases = ("default",)


@pytest.fixture(name="leaving")
def _leaving() -> Iterator[Callable[..., None]]:
    """Have a receiver of authors register these callbacks."""
    connected: list[Any] = []

    def leave(*callbacks: Any, robust: bool = False) -> None:
        def receiver(**kwargs: Any) -> None:
            for each in callbacks:
                transaction.on_commit(each, robust=robust)

        post_save.connect(receiver, sender=Author, weak=False)
        connected.append(receiver)

    yield leave
    for each in connected:
        post_save.disconnect(each, sender=Author)


def save() -> Author:
    """One dispatch."""
    return Author.objects.create(name="A")


def tree(trace: Trace) -> list[str]:
    """The trace by depth: senders, names of receivers, and what went wrong."""
    found = []
    for depth, span in trace.walk():
        name = span.label.rpartition(".")[2] if span.receiver else f"{span.method} {span.sender.name}"
        error = f" {span.error.type.rpartition('.')[2]}" if span.error else ""
        found.append("  " * depth + name + ("" if span.outcome == "ok" else f" {span.outcome}{error}"))
    return found


def fates(trace: Trace) -> list[str]:
    """Callbacks that did not run."""
    return [
        " ".join([trace.receivers[each.receivers[0]].name.rpartition(".")[2], each.data["fate"]])
        + (" robust" if each.data["robust"] else "")
        for each in trace.events_of(ON_COMMIT)
    ]


def recorded(program: Callable[[], Any]) -> Trace:
    """The trace of a program, which is sound; nothing is left open."""
    with record() as recording:
        program()
        cell = CELL.get()
        assert cell is None or cell.current == 0
    assert recording.trace.faults == []
    return recording.trace


def first() -> None:
    """A callback that saves something itself."""
    Tag.objects.create(name="first")


def second() -> None:
    """Another."""
    told.send("second")


def failing() -> None:
    """One that raises."""
    raise Refused("no")


def heard(**kwargs: Any) -> None:
    """A receiver of what callbacks send."""


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    told.connect(heard)
    yield
    told.disconnect(heard)


def under(*lines: str) -> list[str]:
    """A tree: the save, its receiver, and these lines below it."""
    return ["send testapp.Author", "  receiver", *("    " + each for each in lines)]


def test_it_runs_under_the_receiver_that_registered_it(leaving: Any) -> None:
    """At the commit, long after the receiver; what it sends is below it."""
    leaving(first, second)

    def program() -> None:
        with transaction.atomic():
            save()
        told.send("afterwards")

    trace = recorded(program)
    assert tree(trace) == [
        *under(
            "on_commit default", "  first", "on_commit default", "  second", "    send second", "      heard"
        ),
        "send afterwards", "  heard",
    ]  # fmt: skip
    assert fates(trace) == []


def test_it_runs_at_once_where_there_is_no_block(leaving: Any) -> None:
    """In autocommit Django calls it right away: it is told the same way."""
    leaving(second)
    assert tree(recorded(save)) == under("on_commit default", "  second", "    send second", "      heard")


def test_what_is_registered_outside_of_receivers_is_not_told() -> None:
    """It is nobody's: it runs, what it sends is a root."""

    def program() -> None:
        with transaction.atomic():
            transaction.on_commit(second)
        transaction.on_commit(second)

    assert tree(recorded(program)) == ["send second", "  heard"] * 2


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("robust", [True, False])
def test_errors(leaving: Any, at_once: bool, robust: bool) -> None:
    """A robust one's error is logged and the next runs; another's passes, and the rest never run."""
    leaving(failing, second, robust=robust)

    def program() -> None:
        try:
            if at_once:
                save()
            else:
                with transaction.atomic():
                    save()
        except Refused:
            pass

    trace = recorded(program)
    if robust:
        below = ["on_commit default", "  failing returned_error Refused",
                 "on_commit default", "  second", "    send second", "      heard"]  # fmt: skip
        assert (tree(trace), fates(trace)) == (under(*below), [])
    else:
        error = " raised Refused"
        lines = under("on_commit default" + error, "  failing" + error)
        if at_once:
            lines[:2] = [each + error for each in lines[:2]]
        assert tree(trace) == lines
        assert fates(trace) == ([] if at_once else ["second never ran"])


def test_what_an_error_kept_from_running_is_not_what_a_rollback_drops(leaving: Any) -> None:
    """Django forgets what was to run after the one that raised: a later rollback has no part in that."""
    leaving(failing, second)

    def program() -> None:
        with pytest.raises(Refused), transaction.atomic():
            save()
        with transaction.atomic():
            save()
            transaction.set_rollback(True)

    assert fates(recorded(program)) == ["second never ran", "failing rolled back", "second rolled back"]


def test_a_rollback_drops_it(leaving: Any) -> None:
    """Of the whole and of a savepoint: it says so, once, where it was registered."""
    leaving(first, robust=True)

    def program() -> None:
        for _ in range(2):
            with pytest.raises(Refused), transaction.atomic():
                save()
                raise Refused
        with transaction.atomic(), pytest.raises(Refused), transaction.atomic():
            save()
            raise Refused

    trace = recorded(program)
    assert fates(trace) == ["first rolled back robust"] * 3
    assert tree(trace) == under() * 3
    sites = {site.function for each in trace.events_of(ON_COMMIT) if (site := trace.sites[each.site])}
    assert sites == {"_leaving.<locals>.leave.<locals>.receiver"}


def test_what_stands_when_a_savepoint_is_undone(leaving: Any) -> None:
    """Only what was registered since the savepoint is dropped; the rest runs."""
    leaving(second)

    def program() -> None:
        with transaction.atomic():
            save()
            with pytest.raises(Refused), transaction.atomic():
                save()
                raise Refused
            save()

    trace = recorded(program)
    assert fates(trace) == ["second rolled back"]
    assert tree(trace).count("    on_commit default") == 2


def test_in_a_test_it_never_runs(leaving: Any) -> None:
    """The rollback is the TestCase's, not the program's: nothing was undone, it never came to a commit."""
    leaving(first)

    def program() -> None:
        atomics = Case._enter_atomics()
        try:
            save()
        finally:
            Case._rollback_atomics(atomics)

    trace = recorded(program)
    assert fates(trace) == ["first never ran"]
    assert (trace.events_of("rollback"), trace.events_of("atomic")) == ([], [])


def test_what_waits_when_the_trace_is_made(leaving: Any) -> None:
    """It has not run so far."""
    leaving(first)
    with record() as recording, transaction.atomic():
        save()
        during = recording.trace
    assert fates(during) == ["first never ran"]
    assert fates(recording.trace) == []


@pytest.mark.parametrize("robust", [True, False])
def test_captured_and_run_by_a_test(leaving: Any, robust: bool) -> None:
    """``captureOnCommitCallbacks(execute=True)`` runs them: they are told as run, and as nothing else."""
    leaving(second, robust=robust)
    seen: list[Any] = []

    def program() -> None:
        atomics = Case._enter_atomics()
        try:
            with Case.captureOnCommitCallbacks(execute=True) as callbacks:
                save()
            seen.extend(callbacks)
        finally:
            Case._rollback_atomics(atomics)

    trace = recorded(program)
    assert seen == [second]
    # Whether a robust one failed there, Django tells its log alone.
    end = " unknown" if robust else ""
    assert tree(trace) == under("on_commit default", f"  second{end}", "    send second", "      heard")
    assert fates(trace) == []


def test_one_that_raises_in_a_capture(leaving: Any) -> None:
    """What comes after it has no part of it."""
    leaving(failing)

    def program() -> None:
        atomics = Case._enter_atomics()
        try:
            with pytest.raises(Refused), Case.captureOnCommitCallbacks(execute=True):
                save()
            told.send("afterwards")
        finally:
            Case._rollback_atomics(atomics)

    assert tree(recorded(program)) == [
        *under("on_commit default", "  failing raised"), "send afterwards", "  heard"
    ]  # fmt: skip


def test_captured_and_not_run(leaving: Any) -> None:
    """A test that only looks at them, then calls one itself: to us it never ran."""
    leaving(first)

    def program() -> None:
        atomics = Case._enter_atomics()
        try:
            with Case.captureOnCommitCallbacks() as callbacks:
                save()
            assert callbacks == [first]
        finally:
            Case._rollback_atomics(atomics)

    assert fates(recorded(program)) == ["first never ran"]


def test_one_that_registers_another(leaving: Any) -> None:
    """After the commit there is no transaction: the other runs at once, below it."""

    def more() -> None:
        transaction.on_commit(second)

    leaving(more)

    def program() -> None:
        with transaction.atomic():
            save()

    below = ["on_commit default", "  more", "    on_commit default", "      second", "        send second"]
    assert tree(recorded(program))[:7] == under(*below)


class Callable_:
    """A callable object without ``__qualname__``."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes

    def __call__(self) -> None:
        self.notes.add("object", stack_depth(), connection.in_atomic_block)
        raise Refused("object")

    def method(self) -> None:
        """A bound one."""
        self.notes.add("method", stack_depth(), len(connection.run_on_commit))


def kinds(notes: Notes) -> dict[str, Any]:
    """Callbacks of every kind, each of which writes down how deep in the stack it is."""

    def function() -> None:
        notes.add("function", stack_depth(), connection.in_atomic_block, connection.get_autocommit())

    def raising() -> None:
        notes.add("raising", stack_depth())
        raise Refused("function")

    return {
        "function": function,
        "lambda": lambda: notes.add("lambda", stack_depth()),
        "partial": partial(notes.add, "partial"),
        "method": Callable_(notes).method,
        "raising": raising,
        "object": Callable_(notes),
        "partial raising": partial(raising),
        "exiting": lambda: exec("raise SystemExit(3)"),
        "not callable": 5,
    }


class Log(logging.Handler):
    """Writes down what Django logs of callbacks."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self.notes = notes

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        error = record.exc_info[1] if record.exc_info else None
        arguments = record.args if isinstance(record.args, tuple) else ()
        names = [type(each).__name__ if not isinstance(each, str) else each for each in arguments]
        self.notes.add(
            "log", record.levelname, record.msg, record.funcName, names, described(error, self.notes)
        )


@pytest.mark.parametrize("kind", list(kinds(Notes())))
@pytest.mark.parametrize("robust", [True, False, 1])
@pytest.mark.parametrize("how", ["commit", "at once", "savepoint", "capture", "by hand"])
def test_the_program_sees_the_same(kind: str, robust: Any, how: str) -> None:
    """Returned values, errors and their tracebacks, logs, the depth of the stack and Django's own lists."""

    def program(notes: Notes) -> None:
        chosen = kinds(notes)
        log = Log(notes)

        def receiver(**kwargs: Any) -> None:
            for each in (chosen["function"], chosen[kind], chosen["lambda"]):
                notes.add("returned", transaction.on_commit(each, robust=robust))
            notes.add("waiting", [len(entry[0]) for entry in connection.run_on_commit])

        logger = logging.getLogger("django.db.backends.base")
        logger.addHandler(log)
        logger.propagate = False
        post_save.connect(receiver, sender=Author, weak=False)
        try:
            run(how, notes)
        except CAUGHT as error:
            notes.add("raised", described(error, notes))
        finally:
            post_save.disconnect(receiver, sender=Author)
            logger.removeHandler(log)
            logger.propagate = True
        notes.add(
            "left", len(connection.run_on_commit), connection.in_atomic_block, connection.get_autocommit()
        )

    same(program)


def run(how: str, notes: Notes) -> None:
    """A save in a transaction of one kind or another."""
    if how == "at once":
        save()
    elif how == "commit":
        with transaction.atomic(durable=True):
            save()
    elif how == "savepoint":
        with transaction.atomic():
            save()
            with transaction.atomic():
                save()
                transaction.set_rollback(True)
    elif how == "by hand":
        transaction.set_autocommit(False)
        try:
            save()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
    else:
        atomics = Case._enter_atomics()
        try:
            with Case.captureOnCommitCallbacks(execute=True) as callbacks:
                save()
            notes.add("captured", len(callbacks))
        finally:
            Case._rollback_atomics(atomics)


def test_on_another_version_callbacks_stay_djangos(monkeypatch: pytest.MonkeyPatch, leaving: Any) -> None:
    """Where the words of Django's log are not known its own methods run, and callbacks are not told."""
    monkeypatch.setattr("signaltrace.capture.probes.transactions.proven", lambda: False)
    before = BaseDatabaseWrapper.on_commit
    leaving(second)
    with record() as recording:
        assert BaseDatabaseWrapper.on_commit is before
        with transaction.atomic():
            save()
    assert tree(recording.trace) == [*under(), "send second", "  heard"]
    assert [each.kind for each in recording.trace.events] == ["atomic"]


def test_what_another_tool_replaced_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that patched on_commit before us keeps its patch."""

    def theirs(self: Any, func: Any, robust: bool = False) -> None:
        func()

    monkeypatch.setattr(BaseDatabaseWrapper, "on_commit", theirs)
    with record():
        assert BaseDatabaseWrapper.on_commit is theirs
    assert BaseDatabaseWrapper.on_commit is theirs


def test_methods_that_somebody_kept_only_pass_on() -> None:
    """After the end what another tool still holds of ours is Django's."""
    with record():
        on_commit, run_hooks = BaseDatabaseWrapper.on_commit, BaseDatabaseWrapper.run_and_clear_commit_hooks

    def program(patched: bool) -> Callable[[Notes], None]:
        def whole(notes: Notes) -> None:
            give = on_commit if patched else BaseDatabaseWrapper.on_commit
            clear = run_hooks if patched else BaseDatabaseWrapper.run_and_clear_commit_hooks
            for each in (failing, 5):
                try:
                    give(connection, each)
                except (Refused, TypeError) as error:
                    notes.add("raised", described(error, notes))
            connection.run_on_commit = [(set(), failing, False)]
            try:
                clear(connection)
            except Refused as error:
                notes.add("raised", described(error, notes))

        return whole

    assert differences(observe(program(patched=False)), observe(program(patched=True))) == []


def test_a_callback_that_asks_the_database_is_no_part_of_its_receiver(leaving: Callable[..., None]) -> None:
    """The time we take to read a new statement is the callback's to leave out: the receiver was over."""

    def ask() -> None:
        Tag.objects.filter(name="never asked before").count()

    leaving(ask)
    with record() as recording, transaction.atomic():
        save()
    trace = recording.trace
    ((receiver, call),) = [(row, each) for row in trace.rows_by_parent[0] for each in trace.calls(row)]
    ((callback,),) = [trace.calls(row) for row in trace.rows_by_parent[call.id]]
    assert trace.pauses[callback.id] > 0
    assert call.id not in trace.pauses
    assert receiver[0] not in trace.pauses
    duration, own = call_times(trace, call)
    assert duration == own == call.duration_ns
