"""``--queries``: below the view of a saved file, with the filters of the command line."""

from __future__ import annotations

from signaltrace import storage
from tests.commands.doors import through_door
from tests.query_samples import queries


def test_queries_are_shown_below_the_view(tmp_path):
    """The view first, then what receivers ran, both filtered."""
    file = str(tmp_path / "trace.json")
    storage.save(queries(), file)
    result = through_door("show", file, "--queries", "--receiver", "update_total")
    assert result.status == 0
    above, below = result.out.split("\nQueries of ")
    assert above.startswith("Signals of ")
    assert "N+1: 12 × SELECT … FROM shop_author WHERE id = ? LIMIT ?" in " ".join(above.split()).replace(
        "│ ", ""
    )
    assert "shop.receivers.update_total" in below
    assert "reserve" not in below


def test_a_view_of_queries_alone(tmp_path):
    """It is a view like any other, sorted as was asked for."""
    file = str(tmp_path / "trace.json.gz")
    storage.save(queries(), file)
    result = through_door("show", file, "--view", "queries", "--sort", "queries", "--limit", "1")
    assert result.out.startswith("Queries of ")
    assert "receiver, by queries" in result.out
    assert "… and 4 more statements (--limit 0 for all)" in result.out


def test_a_column_there_is_not_is_refused(tmp_path):
    """One line with the nearest, and no traceback."""
    result = through_door("show", "no-such-file", "--queries", "--sort", "sqltim")
    assert result.status == 2
    assert result.err == "signaltrace: --sort has no 'sqltim'; did you mean sqltime?\n"
