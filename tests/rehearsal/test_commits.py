"""What transaction.on_commit was given: listed, run on request, run by the commit."""

from __future__ import annotations

LISTED = ["after", "fails", "last", "noted"]


def block(result):
    """The lines of the callbacks' blocks."""
    lines = result.err.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("on_commit ("))
    return lines[start : lines.index("", start)]


def test_they_are_listed_and_do_not_run(untouched):
    """By name and place, with the database, and whether they are robust."""
    result = untouched.act("commits")
    found = block(result)
    assert (result.status, result.out) == (0, "")
    assert found[0] == "on_commit (4): registered, not run; --run-on-commit runs them"
    assert [line.split()[0].rpartition(".")[2] for line in found[1:]] == LISTED
    assert found[2].endswith(", default, robust")
    assert found[4].endswith(", notes")


def test_they_run_before_the_rollback_in_djangos_order_and_way(untouched):
    """As after a commit: the same order, also of those that they register; a robust one's error is logged."""
    result = untouched.act("commits", "--run-on-commit")
    assert result.status == 0
    assert result.out.split() == ["after", "inner", "innermost", "fails", "last", "noted"]
    assert "Error calling fails in on_commit() during transaction (not my day)." in result.err
    assert block(result)[0] == "on_commit (6): run before the rollback"
    assert "    raised ValueError: not my day" in block(result)


def test_keep_runs_them_as_django_does(shop):
    """After the commit, and in the order that a rehearsal foretells."""
    result = shop.act("commits", "--keep")
    assert result.status == 0
    assert result.out.split() == ["after", "inner", "innermost", "fails", "last", "noted"]
    assert block(result)[0] == "on_commit (4): run by the commit"


def test_one_that_raises_ends_the_run(untouched):
    """As it would after a commit: the rest is never called."""
    result = untouched.act("bad_commit", "--run-on-commit")
    assert (result.status, result.out) == (1, "fails\n")
    assert "a callback of on_commit raised ValueError: not my day" in " ".join(result.err.split())
    assert "on_commit (1): not run: one before raised" in block(result)


def test_one_that_raises_after_a_commit(shop):
    """What was committed stays so, in all databases."""
    result = shop.act("bad_commit", "--keep")
    assert (result.status, result.out) == (1, "fails\n")
    told = "Kept: save() of shop.Order 1: a callback of on_commit raised ValueError: not my day"
    assert told in " ".join(result.err.split())
    assert shop.rows()["default.shop_order"][0][3] == "bad_commit"


def test_keep_and_run_on_commit_are_two_ways(untouched):
    """Not both."""
    result = untouched.act("commits", "--keep", "--run-on-commit")
    assert (result.status, result.err.count("\n")) == (2, 1)
