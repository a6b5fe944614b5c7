"""The listing of queries on a page: what is said besides the golden files' everyday case."""

from __future__ import annotations

import pytest

from signaltrace.analysis.selection import Selection
from signaltrace.testing import build_trace
from signaltrace.trace import Trace
from signaltrace.views import profile, queries
from tests.query_samples import asks, call, ran
from tests.query_samples import queries as sample
from tests.sample_parts import model, placed, site
from tests.samples import SAMPLES
from tests.views.printing import printed


def page(trace: Trace, width: int = 140, **facts: object) -> list[str]:
    """The lines of the view."""
    return printed(queries.render(trace, Selection(**facts)), width).splitlines()  # type: ignore[arg-type]


def one(text: str, alias: str = "default", times: int = 1) -> Trace:
    """A trace with one statement."""
    trace = build_trace(model("post_save", "shop.Order", 1, site=site(41))(placed("notify", 5_000, 20)))
    return ran(asks(trace, [(text, alias, site(30))]), {call(0): [(0, 1_000)] * times})


def test_the_default_database_goes_without_saying() -> None:
    """A name on every line would tell nothing; the legend says it where there is another."""
    assert not any("default" in line for line in page(one("SELECT a FROM b")))
    other = page(one("SELECT a FROM b", "replica"))
    assert "On the default database where none is named." in other[1]
    assert any("SELECT a FROM b  on replica" in line for line in other)


def test_what_was_run_again_and_again_is_marked_and_counted() -> None:
    """The mark stands at the statement, the number of them at the end."""
    lines = page(one("SELECT a FROM b", times=7))
    assert any("SELECT a FROM b  N+1: 7 in one call" in line for line in lines)
    assert any(line.endswith("in the database; 1 statement run again and again (N+1).") for line in lines)
    assert "N+1: over 8 dispatches" in "".join(page(sample()))


def test_the_limit_counts_statements() -> None:
    """A receiver without any of its statements would be no row; 0 is all."""
    lines = page(sample(), limit=2)
    assert "… and 3 more statements (--limit 0 for all)" in lines
    assert [line for line in lines if "log_change" in line] == []
    assert not any("more statement" in line for line in page(sample(), limit=0))


@pytest.mark.parametrize(
    ("sort", "column"),
    [(None, "sqltime"), ("max", "sqltime"), ("queries", "queries"), ("receiver", "receiver")],
)
def test_the_heading_names_the_order(sort: str | None, column: str) -> None:
    """What the profile alone can be sorted by leaves it as it is."""
    assert page(sample(), sort=sort)[3] == f"queries sqltime  receiver, by {column}"


def test_what_a_filter_left_out_is_said() -> None:
    """With the options as typed."""
    lines = page(sample(), receivers=("reserve",))
    assert "8 queries by 1 receiver: 5.6 ms in the database; 1 statement run again and again (N+1)." in lines
    assert "Not shown: 2 of 3 receivers that ran queries (--receiver reserve)." in lines
    assert page(sample(), receivers=("greet",))[0] == "No query of a receiver matches --receiver greet."


def test_nothing_is_said_in_a_sentence() -> None:
    """Why there is nothing, and nothing that may be untrue of an old file."""
    assert page(SAMPLES["checkout"]())[0] == "No query of a receiver was recorded."
    assert page(SAMPLES["empty"]())[0].startswith("No signal was sent while this was recorded.")


def test_what_was_dropped_is_said() -> None:
    """It is in the profile alone."""
    trace = one("SELECT a FROM b")
    trace.tally.note_queries([(call(0), 0, 5)])
    trace.tally.add(trace.rows())
    trace.dropped = 2
    assert "Not listed: 1 query of a dropped span; the profile counts them." in page(trace)
    trace = one("SELECT a FROM b")
    trace.tally.note_queries([(call(0), 0, 5)])
    trace.tally.add(trace.rows())
    trace.dropped, trace.queries = 2, []
    assert page(trace)[0] == "All queries were run by receivers whose spans were dropped; see below."


def test_a_long_statement_keeps_its_end() -> None:
    """Which rows it is about is said last."""
    lines = page(
        one("SELECT a FROM b " + "LEFT OUTER JOIN c ON (b.c_id = c.id + ?) " * 40 + "WHERE b.z = ?"), 80
    )
    assert any(line.endswith("WHERE b.z = ?") for line in lines)
    assert len(lines) < 16


@pytest.mark.parametrize(
    ("width", "head"),
    [
        (120, "ncalls tottime percall cumtime percall     max queries sqltime errors  receiver, by tottime"),
        (100, "ncalls tottime cumtime     max queries sqltime err  receiver, by tottime"),
        (99, "ncalls tottime cumtime     max queries sqltime err  receiver, by tottime"),
        (80, "ncalls tottime cumtime     max queries sqltime err  receiver, by tottime"),
        (79, "ncalls tottime cumtime     max queries sqltime err  receiver, by tottime"),
        (78, "ncalls tottime cumtime queries sqltime err  receiver, by tottime"),
        (71, "ncalls tottime cumtime queries sqltime err  receiver, by tottime"),
        (65, "ncalls tottime cumtime queries sqltime  receiver, by tottime"),
        (56, "ncalls tottime cumtime queries sqltime  receiver"),
        (55, "ncalls tottime queries  receiver, by tottime"),
    ],
)
def test_the_profile_makes_room_for_queries(width: int, head: str) -> None:
    """At every width there is a column of them; what costs least goes until the names have room."""
    lines = printed(profile.render(sample(), Selection()), width).splitlines()
    assert any(line.startswith(head[:width]) for line in lines)
    assert all(name in "".join(lines) for name in ("update_total", "log_change"))
    without = printed(profile.render(SAMPLES["checkout"](), Selection()), width)
    assert "queries" not in without


def test_the_suites_table_says_queries_too() -> None:
    """Where any receiver ran one."""
    from signaltrace.views import tests as suite

    text = printed(suite.render(SAMPLES["hostile"](), Selection()), 80)
    assert "ncalls tottime cumtime queries sqltime  tests  receiver" in text
    wide = printed(suite.render(SAMPLES["hostile"](), Selection()), 110)
    assert "ncalls tottime cumtime     max queries sqltime errors  tests  receiver" in wide
    assert "queries" not in printed(suite.render(SAMPLES["suite"](), Selection()), 80)
