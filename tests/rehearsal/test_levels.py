"""A rehearsal inside a transaction of somebody else's: that one goes on as if nothing had been."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.utils.connection import ConnectionDoesNotExist

from signaltrace.rehearsal.commits import CommitRun, waiting
from signaltrace.rehearsal.levels import enter_all, roll_back_all
from tests.testapp.models import Author


def theirs():
    """Registered before."""
    raise AssertionError("it is not ours to run")


def ours():
    """Registered in the rehearsal."""


@pytest.mark.django_db
def test_inside_a_transaction_of_others():
    """Their rows and callbacks stay, ours go; only ours are listed and run."""
    with transaction.atomic():
        Author.objects.create(name="theirs")
        transaction.on_commit(theirs)
        levels = enter_all(("default",))
        Author.objects.create(name="ours")
        transaction.on_commit(ours)
        assert [each.name.rpartition(".")[2] for each in waiting(levels)] == ["ours"]
        run = CommitRun()
        run.run(levels)
        assert [each.ran for each in run.ran] == [True]
        transaction.on_commit(ours)
        assert roll_back_all(levels) == []
        assert [each[1] for each in connection.run_on_commit] == [theirs]
        assert list(Author.objects.values_list("name", flat=True)) == ["theirs"]
        assert not connection.needs_rollback
        connection.run_on_commit.clear()


@pytest.mark.django_db
def test_where_one_cannot_be_begun_none_is_left_open():
    """The first is rolled back when the second is not to be had."""
    before = list(connection.atomic_blocks)
    with pytest.raises(ConnectionDoesNotExist):
        enter_all(("default", "nosuch"))
    assert connection.atomic_blocks == before
