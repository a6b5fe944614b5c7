"""Connections that the server ends and transactions it refuses to commit: all in them is undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models.signals import post_save

from tests.probes_db.facts import fated, fates, left_for_the_commit
from tests.probes_db.running import Refused, Run, author, elsewhere, heard, same
from tests.probes_db.worlds import World
from tests.testapp.models import Author

pytestmark = pytest.mark.parametrize("world", ["postgres"], indirect=True)


def backend() -> int:
    """The number of the server's process for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        number: int = cursor.fetchone()[0]
        return number


def cut(number: int) -> None:
    """Have the server end a connection, as a restart of it would."""

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [number])
            assert cursor.fetchone() == (True,)

    elsewhere(work)


@pytest.mark.parametrize("when", ["query", "commit", "rollback", "savepoint"])
def test_a_connection_that_is_cut(world: World, when: str) -> None:
    """The server takes back all of the block; Django drops the connection and goes on with a new one."""

    def program(run: Run) -> None:
        heard(run)

        def leave(instance: Any, **kwargs: Any) -> None:
            def later() -> None:
                run.add("committed", instance.pk)

            transaction.on_commit(later)

        run.hear(post_save, leave, Author)
        with run.caught("outside", OperationalError, DatabaseError, Refused), transaction.atomic():
            author(1)
            if when == "savepoint":
                with run.caught("inner", DatabaseError, Refused), transaction.atomic():
                    author(2)
                    cut(backend())
                    raise Refused
            else:
                cut(backend())
                if when == "query":
                    author(2)
                if when == "rollback":
                    raise Refused
        with run.caught("next", DatabaseError):
            author(3)
        author(4)

    why = {"query": " by OperationalError", "commit": " by OperationalError", "rollback": " by Refused"}
    found = {"Author 1": f"1 undone{why.get(when, '')}", "Author 3": "0", "Author 4": "0"}
    if when == "savepoint":
        found["Author 2"] = "2 undone"
    trace = same(world, program)
    assert fates(trace) == found
    dropped = ["later of leave: rolled back"] * (len(found) - 2)
    assert left_for_the_commit(trace) == [*dropped, "later of leave: ok", "later of leave: ok"]


def test_two_transactions_that_can_not_both_be(world: World) -> None:
    """A serialization failure: the second to write is refused, its receivers ran for nothing."""

    def program(run: Run) -> None:
        heard(run)
        author(1)
        with run.caught("second", OperationalError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            mine = Author.objects.get(pk=1)
            author(2)
            elsewhere(lambda: Author.objects.filter(pk=1).update(name="theirs"))
            mine.name = "mine"
            mine.save()

    assert fated(world, program) == {"Author 1": "0", "Author 2": "1 undone by OperationalError"}
