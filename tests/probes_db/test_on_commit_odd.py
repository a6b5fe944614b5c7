"""`transaction.on_commit` in odd places: work that fails, that leaves work, that others ask for."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models.signals import post_save

from tests.probes_db.facts import left_for_the_commit
from tests.probes_db.running import Refused, Run, author, hear_and_leave, heard, same
from tests.probes_db.worlds import World
from tests.testapp.models import Author, Tag


@pytest.mark.parametrize("robust", [True, False])
@pytest.mark.parametrize("block", [True, False])
def test_work_that_fails(world: World, block: bool, robust: bool) -> None:
    """Robust work is logged and the rest runs; other work stops the rest and raises where the block ends."""

    def program(run: Run) -> None:
        hear_and_leave(run, robust=robust, fails=True)
        with run.caught("outside", Refused):
            if block:
                with transaction.atomic():
                    author(1)
                    author(2)
            else:
                author(1)

    found = left_for_the_commit(same(world, program))
    if robust:
        assert found == ["later of leave robustly: returned_error Refused"] * (2 if block else 1)
    else:
        assert found == ["later of leave: never ran"] * block + ["later of leave: raised Refused"]


def test_robust_work_without_a_name(world: World) -> None:
    """A partial that fails: before Django 6.1 the logging of it fails in turn, and then robust is not."""

    def program(run: Run) -> None:
        def fail(pk: int) -> None:
            raise Refused(pk)

        def leave(instance: Any, **kwargs: Any) -> None:
            transaction.on_commit(partial(fail, instance.pk), robust=True)

        run.hear(post_save, leave, Author)
        with run.caught("block", AttributeError), transaction.atomic():
            author(1)
        with run.caught("no block", AttributeError):
            author(2)

    assert left_for_the_commit(same(world, program)) == ["fail of leave robustly: returned_error Refused"] * 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_work_that_fails_gravely(world: World, error: type[BaseException]) -> None:
    """No robustness catches what is no Exception."""

    def program(run: Run) -> None:
        def fail() -> None:
            raise error

        def leave(**kwargs: Any) -> None:
            transaction.on_commit(fail, robust=True)

        run.hear(post_save, leave, Author)
        with run.caught("outside", error), transaction.atomic():
            author(1)

    assert left_for_the_commit(same(world, program)) == [f"fail of leave robustly: raised {error.__name__}"]


def test_work_that_leaves_work(world: World) -> None:
    """Work that opens a block of its own and leaves more for its commit; work left outside runs at once."""

    def program(run: Run) -> None:
        def leave(instance: Any, **kwargs: Any) -> None:
            transaction.on_commit(partial(first, instance.pk))

        def first(pk: int) -> None:
            run.add("first", pk)
            with transaction.atomic():
                Tag.objects.create(pk=pk, name=f"first {pk}")
                transaction.on_commit(partial(second, pk))
            transaction.on_commit(partial(run.add, "at once", pk))

        def second(pk: int) -> None:
            run.add("second", pk, Tag.objects.filter(pk=pk).count())
            if pk == 1:
                author(2)

        heard(run)
        run.hear(post_save, leave, Author)
        with transaction.atomic():
            author(1)
            author(3)

    assert left_for_the_commit(same(world, program)) == [
        "first of leave: ok",
        "second of first: ok",
        "first of leave: ok",
        "second of first: ok",
        "add of first: ok",
        "add of first: ok",
        "first of leave: ok",
        "second of first: ok",
        "add of first: ok",
    ]


def test_work_by_hand_is_refused(world: World) -> None:
    """Without autocommit and without a block Django raises, bare and traced alike."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        transaction.set_autocommit(False)
        try:
            with run.caught("refused", transaction.TransactionManagementError):
                author(1)
            with transaction.atomic():
                author(2)
            run.add("left", len(connections["default"].run_on_commit))
            transaction.commit()
        finally:
            transaction.set_autocommit(True)
        run.add("left", len(connections["default"].run_on_commit))

    assert left_for_the_commit(same(world, program)) == ["later of leave: ok"]


def test_work_left_by_nobody(world: World) -> None:
    """Left outside of every receiver: it runs as well, and what it saves is dispatched."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            transaction.on_commit(partial(author, 1))
            transaction.on_commit(partial(author, 2), robust=True)

    assert left_for_the_commit(same(world, program)) == []
