"""`transaction.on_commit`: what runs, when, below whom, and what a rollback drops."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models.signals import post_save
from django.test import TestCase

from tests.probes_db.facts import left_for_the_commit
from tests.probes_db.running import Refused, Run, author, hear_and_leave, heard, same, savepoint
from tests.probes_db.worlds import World
from tests.testapp.models import Author


def test_it_runs_at_the_commit(world: World) -> None:
    """Once the outermost block has ended, in the order of registration, in autocommit."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        with transaction.atomic():
            author(1)
            with transaction.atomic():
                author(2)
            author(3)
            run.add("before", len(connections["default"].run_on_commit))
        run.add("after", len(connections["default"].run_on_commit))

    assert left_for_the_commit(same(world, program)) == ["later of leave: ok"] * 3


def test_it_runs_at_once_outside_of_a_block(world: World) -> None:
    """Within the receiver's own call, before the next receiver."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        author(1)

    assert left_for_the_commit(same(world, program)) == ["later of leave: ok"]


def test_a_rollback_of_all_drops_it(world: World) -> None:
    """Nothing runs, nothing is left over for the next transaction."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        with run.caught("outside", Refused), transaction.atomic():
            author(1)
            raise Refused
        with transaction.atomic():
            author(2)

    assert left_for_the_commit(same(world, program)) == ["later of leave: rolled back", "later of leave: ok"]


def test_a_rollback_of_a_savepoint_drops_what_was_left_since(world: World) -> None:
    """What was left before it and after it runs."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        with transaction.atomic():
            author(1)
            with run.caught("inner", Refused), transaction.atomic():
                author(2)
                with transaction.atomic():
                    author(3)
                raise Refused
            author(4)

    assert (
        left_for_the_commit(same(world, program))
        == ["later of leave: rolled back"] * 2 + ["later of leave: ok"] * 2
    )


def test_a_savepoint_by_hand_drops_nothing(world: World) -> None:
    """Django ties no work to a savepoint made by hand: the work runs though its row is gone."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        with transaction.atomic():
            held = savepoint()
            author(1)
            transaction.savepoint_rollback(held)
            author(2)

    assert left_for_the_commit(same(world, program)) == ["later of leave: ok"] * 2


def test_set_rollback_drops_it(world: World) -> None:
    """A block that ends well and rolls back runs nothing."""

    def program(run: Run) -> None:
        hear_and_leave(run)
        with transaction.atomic():
            author(1)
            transaction.set_rollback(True)

    assert left_for_the_commit(same(world, program)) == ["later of leave: rolled back"]


def test_each_database_has_its_own(world: World) -> None:
    """Left for one database's commit, not for that of the other that ends before or never."""

    def program(run: Run) -> None:
        def leave(instance: Any, using: str, **kwargs: Any) -> None:
            for alias in ("other", "default"):
                transaction.on_commit(partial(run.add, f"committed {alias}", instance.pk, using), using=alias)

        run.hear(post_save, leave, Author)
        with transaction.atomic():
            with run.caught("inner", Refused), transaction.atomic(using="other"):
                author(1)
                author(2, "other")
                raise Refused
            author(3, "other")

    assert (
        left_for_the_commit(same(world, program))
        == ["add of leave in other: rolled back"] * 2
        + ["add of leave in other: ok"]
        + ["add of leave: ok"] * 3
    )


def test_what_is_left_is_the_programs_own(world: World) -> None:
    """Whoever reads Django's list finds the very functions; what is no function is refused."""

    def program(run: Run) -> None:
        def later() -> None:
            run.add("ran")

        run.keep(later, "later")
        odd = run.keep(partial(later), "partial")

        def leave(**kwargs: Any) -> None:
            for each in (later, odd, later):
                transaction.on_commit(each)
            transaction.on_commit(func=later, using="default", robust=True)
            with run.caught("refused", TypeError):
                transaction.on_commit("no function")  # type: ignore[arg-type]
            with run.caught("refused", TypeError):
                transaction.on_commit()  # type: ignore[call-arg]

        run.hear(post_save, leave, Author)
        with transaction.atomic():
            author(1)
            run.add("left", [run.name(each[1]) for each in connections["default"].run_on_commit])

    assert left_for_the_commit(same(world, program)) == ["later of leave: ok"] * 3 + [
        "later of leave robustly: ok"
    ]


@pytest.mark.parametrize("execute", [True, False])
def test_work_caught_by_a_test_case(world: World, execute: bool) -> None:
    """In a test's own transaction nothing commits: what Django's tools catch are the very functions."""

    class Case(TestCase):
        databases = ("default",)

    def program(run: Run) -> None:
        def later() -> None:
            run.add("ran", connections["default"].in_atomic_block)

        run.keep(later, "later")

        def leave(**kwargs: Any) -> None:
            transaction.on_commit(later)

        heard(run)
        run.hear(post_save, leave, Author)
        with transaction.atomic():
            with Case.captureOnCommitCallbacks(execute=execute) as caught:
                author(1)
                with transaction.atomic():
                    author(2)
            run.add("caught", [run.name(each) for each in caught])
            transaction.set_rollback(True)

    assert (
        left_for_the_commit(same(world, program))
        == ["later of leave: ok" if execute else "later of leave: rolled back"] * 2
    )
