"""Atomic blocks and rollbacks as they are recorded, of real transactions."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_save

from signaltrace.analysis.atomics import depth_of, rollback_of
from signaltrace.capture.patch import install, uninstall
from signaltrace.capture.probes import probes
from signaltrace.capture.recording import record
from signaltrace.capture.transactions.blocks import Blocks
from signaltrace.trace import Trace
from tests.testapp.models import Author, Tag

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unnamed_signals")]

savepoint = getattr(transaction, "savepoint_create", None) or transaction.savepoint


class Refused(Exception):
    """What has a block rolled back."""


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """Saves of authors are heard by somebody: else there is no dispatch to tell of."""

    def receiver(**kwargs: Any) -> None:
        pass

    post_save.connect(receiver, sender=Author, weak=False)
    yield
    post_save.disconnect(receiver, sender=Author)


def save(name: str) -> Author:
    """One dispatch."""
    return Author.objects.create(name=name)


@contextlib.contextmanager
def refused(*, savepoint: bool = True) -> Iterator[None]:
    """A block that is rolled back."""
    with contextlib.suppress(Refused), transaction.atomic(savepoint=savepoint):
        yield
        raise Refused


def blocks(trace: Trace) -> list[str]:
    """The blocks by their beginning: depth, what they have, how they ended."""
    found = []
    for event in trace.events_of("atomic"):
        data = event.data
        traits = [name for name in ("savepoint", "durable") if data[name]]
        found.append(" ".join([data["alias"], str(data["depth"]), *traits, data["outcome"]]))
    return found


def rollbacks(trace: Trace) -> list[str]:
    """The rollbacks by where they begin."""
    return [
        " ".join(filter(None, [event.data["to"], event.data["why"].rpartition(".")[2]]))
        for event in trace.events_of("rollback")
    ]


def fates(trace: Trace) -> list[str]:
    """Of each dispatch in order: its depth, and whether it was undone."""
    found = []
    for row in sorted(trace.rows()):
        undone = rollback_of(trace, row)
        depth = depth_of(trace, row).get("default", 0)
        found.append(f"{depth} {'stands' if undone is None else undone.data['to']}")
    return found


def recorded(program: Any) -> Trace:
    """The trace of a program, which is sound."""
    with record() as recording:
        program()
    assert recording.trace.faults == []
    return recording.trace


def test_outside_of_all_blocks() -> None:
    """Autocommit: no block, nothing to undo."""
    trace = recorded(lambda: save("A"))
    assert (fates(trace), trace.events) == (["0 stands"], [])


def test_a_block_that_commits() -> None:
    """The depth of a dispatch, and the line of the `with`."""

    def program() -> None:
        with transaction.atomic():
            save("A")
            with transaction.atomic(durable=False), transaction.atomic(savepoint=False):
                save("B")

    trace = recorded(program)
    assert fates(trace) == ["1 stands", "3 stands"]
    assert blocks(trace) == [
        "default 1 committed", "default 2 savepoint committed", "default 3 committed"
    ]  # fmt: skip
    lines = [site.line for event in trace.events if (site := trace.sites[event.site]) is not None]
    first = program.__code__.co_firstlineno
    assert lines == [first + 1, first + 3, first + 3]


def test_a_block_in_which_nothing_was_sent_is_not_noted() -> None:
    """Memory follows dispatches: a million empty blocks leave nothing behind, rolled back or not."""

    def program() -> None:
        with transaction.atomic():
            for _ in range(5):
                with transaction.atomic(), transaction.atomic():
                    Tag.objects.count()
                with refused():
                    pass
        with refused():
            savepoint()

    assert recorded(program).events == []


def test_the_outermost_block_is_undone() -> None:
    """With everything in it, also what an inner block had released; the cause is named."""

    def program() -> None:
        with pytest.raises(Refused), transaction.atomic():
            save("A")
            with transaction.atomic():
                save("B")
            raise Refused
        save("C")

    trace = recorded(program)
    assert fates(trace) == ["1 transaction", "2 transaction", "0 stands"]
    assert blocks(trace) == ["default 1 rolled back", "default 2 savepoint committed"]
    assert rollbacks(trace) == ["transaction Refused"]


def test_a_savepoint_is_undone() -> None:
    """What was sent before and after it stands."""

    def program() -> None:
        with transaction.atomic():
            save("A")
            with refused():
                save("B")
            save("C")

    trace = recorded(program)
    assert fates(trace) == ["1 stands", "2 savepoint", "1 stands"]
    assert blocks(trace) == ["default 1 committed", "default 2 savepoint rolled back"]
    assert rollbacks(trace) == ["savepoint Refused"]


def test_a_block_without_savepoint_leaves_it_to_the_outer_one() -> None:
    """Its failure undoes the whole, and is the cause named although the outer block ended well."""

    def program() -> None:
        with transaction.atomic():
            save("A")
            with refused(savepoint=False):
                save("B")

    trace = recorded(program)
    assert fates(trace) == ["1 transaction", "2 transaction"]
    assert blocks(trace) == ["default 1 rolled back", "default 2 left to the outer block"]
    assert rollbacks(trace) == ["transaction Refused"]


@pytest.mark.parametrize("savepoint", [True, False])
def test_an_exception_that_was_only_told_of(savepoint: bool) -> None:
    """Somebody may call ``__exit__`` himself, with an error that nobody raised."""

    def program() -> None:
        with transaction.atomic():
            block = transaction.atomic(savepoint=savepoint)
            block.__enter__()
            save("A")
            block.__exit__(Refused, Refused(), None)

    trace = recorded(program)
    if savepoint:
        assert blocks(trace) == ["default 1 committed", "default 2 savepoint rolled back"]
        assert rollbacks(trace) == ["savepoint Refused"]
    else:
        assert blocks(trace) == ["default 1 rolled back", "default 2 left to the outer block"]
        assert rollbacks(trace) == ["transaction Refused"]


def test_an_error_that_was_swallowed() -> None:
    """Django marks the transaction for it, and undoes all at the end: it is told why."""

    def program() -> None:
        Tag.objects.create(name="twice")
        with transaction.atomic():
            save("A")
            with contextlib.suppress(IntegrityError):
                Tag.objects.create(name="twice")

    trace = recorded(program)
    assert fates(trace)[-1] == "1 transaction"
    assert rollbacks(trace) == ["transaction IntegrityError"]


def test_an_error_of_an_earlier_transaction_is_not_the_cause() -> None:
    """Django keeps the last error it marked a transaction for: only a new one says anything."""

    def program() -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            save("A")
            Tag.objects.create(name="twice")
            Tag.objects.create(name="twice")
        with transaction.atomic():
            save("B")
            transaction.set_rollback(True)

    trace = recorded(program)
    assert rollbacks(trace) == ["transaction IntegrityError", "transaction"]


def test_the_error_that_doomed_a_transaction_is_the_cause() -> None:
    """Not the one Django raises at the next query for it."""

    def program() -> None:
        with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
            save("A")
            with contextlib.suppress(ZeroDivisionError), transaction.atomic(savepoint=False):
                save(str(1 / 0 if save("B") else ""))
            Tag.objects.count()

    trace = recorded(program)
    assert rollbacks(trace) == ["transaction ZeroDivisionError"]


def test_savepoints_by_hand() -> None:
    """A rollback to one undoes what came after it, each time anew."""

    def program() -> None:
        with transaction.atomic():
            save("A")
            first = savepoint()
            save("B")
            second = savepoint()
            save("C")
            transaction.savepoint_rollback(second)
            save("D")
            transaction.savepoint_rollback(first)
            save("E")
            transaction.savepoint_commit(first)

    trace = recorded(program)
    assert fates(trace) == ["1 stands", "1 savepoint", "1 savepoint", "1 savepoint", "1 stands"]


def test_transactions_by_hand() -> None:
    """Without autocommit a rollback undoes what was sent since the last commit or rollback."""

    def program() -> None:
        save("A")
        transaction.set_autocommit(False)
        try:
            save("B")
            transaction.commit()
            save("C")
            transaction.rollback()
            save("D")
            with transaction.atomic():
                save("E")
            with refused():
                save("F")
            transaction.rollback()
            save("G")
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
        connection.rollback()

    trace = recorded(program)
    assert fates(trace) == [
        "0 stands", "0 stands", "0 transaction", "0 transaction", "1 transaction", "1 savepoint", "0 stands"
    ]  # fmt: skip
    first, second = [each for each in trace.events_of("rollback") if each.data["to"] == "transaction"]
    assert first.last <= second.id


def test_a_commit_that_fails() -> None:
    """Django rolls back then: what was to be committed is said to be rolled back."""

    def program() -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            save("A")
            connection.cursor().execute("INSERT INTO testapp_book (title, author_id) VALUES ('B', 77)")

    trace = recorded(program)
    assert blocks(trace) == ["default 1 rolled back"]
    assert rollbacks(trace) == ["transaction IntegrityError"]
    assert fates(trace) == ["1 transaction"]


def test_a_program_that_ends_within_a_block() -> None:
    """What is open when the trace is made is told as open."""
    with transaction.atomic():
        with record() as recording, transaction.atomic():
            save("A")
            during = recording.trace
        ended = recording.trace
    assert blocks(during) == ["default 1 open", "default 2 savepoint open"]
    assert fates(during) == ["2 stands"]
    assert fates(ended) == ["2 stands"]


def test_threads_have_connections_of_their_own() -> None:
    """A block of one thread holds none of another's dispatches."""
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait()
        post_save.send(Author, instance=Author(name="O"), created=True)
        done.set()

    def program() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        with transaction.atomic():
            save("A")
            inside.set()
            done.wait()
            save("B")
        thread.join()

    assert fates(recorded(program)) == ["1 stands", "0 stands", "1 stands"]


def test_a_connection_of_another_thread_is_met_later() -> None:
    """A thread that had its connection before the recording began is watched from its next transaction on."""
    begun, recording_on = threading.Event(), threading.Event()
    kinds: list[type] = []

    def other() -> None:
        mine = connections.create_connection("default")
        mine.ensure_connection()
        mine.inc_thread_sharing()
        begun.set()
        recording_on.wait()
        kinds.append(type(mine.atomic_blocks))
        mine.set_autocommit(False)
        kinds.append(type(mine.atomic_blocks))
        mine.rollback()
        mine.connection.close()  # in memory, Django leaves it open

    thread = threading.Thread(target=other)
    thread.start()
    begun.wait()
    with record():
        recording_on.set()
        thread.join()
    assert kinds == [list, Blocks]


def test_all_is_put_back() -> None:
    """The class has the attributes it had, and connections the plain lists."""
    before = dict(vars(BaseDatabaseWrapper))
    with transaction.atomic():
        with record():
            assert type(connection.atomic_blocks) is Blocks
            assert vars(BaseDatabaseWrapper).keys() != before.keys()
        assert type(connection.atomic_blocks) is list
        assert len(connection.atomic_blocks) == 1
    assert dict(vars(BaseDatabaseWrapper)) == before


def test_a_list_that_somebody_holds_still_works() -> None:
    """Another thread may be in a block when the recording ends: what it has goes on as a list."""
    with transaction.atomic():
        with record() as recording:
            held = connection.atomic_blocks
            save("A")
        held.append("a block")
        assert held.pop() == "a block"
    assert recording.trace.faults == []


def test_attributes_can_be_deleted_as_before() -> None:
    """A descriptor in the way of ``del`` would be seen."""
    with record():
        other = connections.create_connection("default")
        del other.savepoint_state
        with pytest.raises(AttributeError):
            del other.savepoint_state


def test_a_forked_child_forgets_what_was_open() -> None:
    """What the parent had open is the parent's to tell."""
    recorder = install()
    probe = probes()["transactions"].build(recorder)
    try:
        probe.install()
        with transaction.atomic():
            save("A")
            assert len(probe.open_events()) == 1
            probe.after_fork()
            assert probe.open_events() == []
    finally:
        probe.uninstall()
        uninstall()
