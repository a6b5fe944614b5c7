"""Queries in numbers: per receiver in the profile, per statement in the listing; exact in any case."""

from __future__ import annotations

import pytest

from signaltrace.analysis.profile import profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.statements import Statements, statements
from signaltrace.capture.blocks import Blocks, Packed
from signaltrace.event import pack_queries
from signaltrace.rows import STEP, pack
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo, Trace
from tests.query_samples import AUTHOR, LOG, TOTAL, asks, call, queries, ran
from tests.sample_parts import RECEIVERS, model, placed, site

MS = 1_000_000


def totals(trace: Trace, **facts: object) -> list[tuple[str, int, int]]:
    """The profile's columns of queries, by name."""
    rows = profile(trace, Selection(**facts)).receivers  # type: ignore[arg-type]
    return sorted((each.receiver.name, each.queries, each.sql_ns) for each in rows)


def names(found: Statements) -> list[str]:
    """The receivers in order, by their own name."""
    return [each.receiver.name.rpartition(".")[2] for each in found.receivers]


EVERY = [
    ("shop.receivers.greet", 0, 0),
    ("shop.receivers.log_change", 8, 1_200_000),
    ("shop.receivers.reserve", 8, 5_600_000),
    ("shop.receivers.update_total", 19, 4_060_000),
]


# -- the profile ---------------------------------------------------------------------------------


def test_the_profile_counts_what_each_receiver_ran_itself() -> None:
    """Not what was run by those it sent to."""
    assert totals(queries()) == EVERY
    trace = build_trace(sent("a")(called("x.outer", 5)(sent("b")(called("x.inner", 5)))))
    asks(trace, [(AUTHOR, "default", None)])
    ran(trace, {call(0): [(0, 1)], call(1): [(0, 2), (0, 3)]})
    assert totals(trace) == [("x.inner", 2, 5), ("x.outer", 1, 1)]


def test_the_profile_counts_what_a_filter_leaves() -> None:
    """By name, and by what was sent, where only some calls of a receiver are meant."""
    assert totals(queries(), receivers=("reserve",)) == [EVERY[2]]
    trace = build_trace(sent("a")(called("x.r", 5)), sent("b")(called("x.r", 5)))
    asks(trace, [(AUTHOR, "default", None)])
    ran(trace, {call(0): [(0, 1)], call(1): [(0, 2), (0, 3)]})
    assert totals(trace, signals=("b",)) == [("x.r", 2, 5)]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("queries", ["update_total", "reserve", "log_change", "greet"]),
        ("sqltime", ["reserve", "update_total", "log_change", "greet"]),
    ],
)
def test_the_profile_sorts_by_queries(column: str, order: list[str]) -> None:
    """`--sort` takes both columns."""
    rows = profile(queries(), Selection(sort=column)).receivers
    assert [each.receiver.name.rpartition(".")[2] for each in rows] == order


def test_the_profile_knows_whether_anything_was_asked() -> None:
    """Columns of zeros say nothing: they are there where any receiver ran a query, shown or not."""
    assert profile(queries(), Selection(receivers=("greet",))).asked
    assert not profile(build_trace(sent("a")(called("x.r", 5))), Selection()).asked


def test_the_profile_is_exact_where_spans_were_dropped() -> None:
    """Their queries are known by receiver; so are those noted before the end of a call that was kept."""
    for limit in (18, 8, 2):
        whole = queries()
        rows = list(whole.rows())
        blocks = Blocks(limit)
        flat = [
            (span, each.statement, each.duration_ns)
            for span, asked in whole.queries_by_span.items()
            for each in asked
        ]
        for number, row in enumerate(rows):
            # what the next one asks is packed with every other: it is noted before its row
            ended = row[0] // STEP + (number % 2 == 0)
            now = [at for each in flat if each[0] // STEP <= ended for at in each]
            flat = [each for each in flat if each[0] // STEP > ended]
            blocks.take(Packed(pack([row]), 3, pack_queries(now)), {})
        blocks.trim([], {})
        whole.blocks, whole.queries = list(blocks), blocks.queries()
        whole.tally, whole.dropped = blocks.tally, blocks.dropped
        assert whole.dropped
        assert totals(whole) == EVERY


def test_the_profile_is_exact_where_very_many_calls_ask() -> None:
    """What waits for its rows is bounded elsewhere; here it has none to wait for."""
    number = 25_000
    trace = asks(
        build_trace(*(sent("a")(called("x.r", 1)) for _ in range(number))), [(AUTHOR, "default", None)]
    )
    ran(trace, {call(at): [(0, 2)] for at in range(number)})
    assert totals(trace) == [("x.r", number, 2 * number)]
    assert totals(trace, signals=("a",)) == [("x.r", number, 2 * number)]


def test_the_profile_names_what_was_run_again_and_again() -> None:
    """Most often first; only of receivers that are shown."""
    trace = queries()
    assert [(each.statement, each.count) for each in profile(trace, Selection()).loops] == [
        (0, 12),
        (2, 8),
        (3, 8),
    ]
    assert [each.statement for each in profile(trace, Selection(receivers=("log",))).loops] == [3]


# -- the listing ---------------------------------------------------------------------------------


def test_the_listing_has_each_receivers_statements_by_time() -> None:
    """Counts, calls, time, line; most time first, of receivers and of their statements."""
    found = statements(queries(), Selection())
    assert names(found) == ["reserve", "update_total", "log_change"]
    total = found.receivers[1]
    assert (total.calls, total.count, total.sql_ns) == (1, 19, 4_060_000)
    assert [(each.text, each.count, each.calls, each.sql_ns) for each in total.statements] == [
        (AUTHOR, 12, 1, 3_600_000),
        (TOTAL, 1, 1, 400_000),
        ("SAVEPOINT ?", 6, 1, 60_000),
    ]
    assert [each.site for each in total.statements] == [
        site(24, "author_of", RECEIVERS),
        site(30, "update_total", RECEIVERS),
        None,
    ]
    assert [each.loop is not None for each in total.statements] == [True, False, False]
    assert (found.count, found.sql_ns, found.hidden, found.lost) == (35, 10_860_000, 0, 0)


def test_the_listing_can_be_sorted() -> None:
    """By number, by name; a column it has not is not its own."""
    assert names(statements(queries(), Selection(sort="queries"))) == [
        "update_total",
        "reserve",
        "log_change",
    ]
    assert names(statements(queries(), Selection(sort="receiver"))) == [
        "log_change",
        "reserve",
        "update_total",
    ]
    assert names(statements(queries(), Selection(sort="max"))) == ["reserve", "update_total", "log_change"]
    by_number = statements(queries(), Selection(sort="queries")).receivers[0].statements
    assert [each.count for each in by_number] == [12, 6, 1]


@pytest.mark.parametrize(
    ("selection", "left"),
    [
        (Selection(receivers=("reserve",)), ["reserve"]),
        (Selection(senders=("OrderLine",)), ["reserve", "log_change"]),
        (Selection(signals=("pre_save",)), []),
        (Selection(apps=("search",)), []),
        (Selection(min_ns=4 * MS), ["reserve", "update_total"]),
        (Selection(errors=True), []),
    ],
)
def test_the_listing_honours_the_filters(selection: Selection, left: list[str]) -> None:
    """And counts who is left out."""
    found = statements(queries(), selection)
    assert names(found) == left
    assert found.hidden == 3 - len(left)


def test_the_listing_of_errors_has_the_calls_that_failed() -> None:
    """What the others ran is not asked for."""
    failed = placed("notify", 5, 1, error=ErrorInfo("ValueError", "no"))
    trace = build_trace(
        model("post_save", "a.B", 1)(failed), model("post_save", "a.B", 2)(placed("notify", 5, 1))
    )
    asks(trace, [(AUTHOR, "default", None), (LOG, "default", None)])
    ran(trace, {call(0): [(0, 1)], call(1): [(1, 1)]})
    (only,) = statements(trace, Selection(errors=True)).receivers
    assert [each.text for each in only.statements] == [AUTHOR]


def test_the_listing_knows_what_it_lacks() -> None:
    """Queries of dropped spans are numbers alone."""
    trace = queries()
    rows = list(trace.rows())
    trace.tally.note_queries((span, 0, 5) for span in (call(0), call(0)))
    trace.tally.add(rows[:1])
    trace.blocks, trace.queries, trace.dropped = [pack(rows[1:])], [], 3
    found = statements(trace, Selection())
    assert (found.receivers, found.lost) == ((), 2)
    assert profile(trace, Selection()).asked


def test_queries_of_calls_that_are_not_in_the_trace_are_nobodys() -> None:
    """A call may still be open when a trace is made."""
    trace = ran(queries(), {call(700): [(0, 1)], call(0) - 1: [(0, 1)], call(0, 9): [(0, 1)]})
    assert statements(trace, Selection()).count == 35
    assert totals(trace) == EVERY


def test_queries_of_a_call_that_outlived_its_dispatch_are_its_own() -> None:
    """An async receiver left running ends in a row of its own."""
    trace = asks(build_trace(sent("a")(called("x.r", 5), called("x.late", 5))), [(AUTHOR, "default", None)])
    (row,) = trace.rows()
    late = (*row[:7], row[7][3:], None, {"late": True, "positions": [1]})
    trace.blocks = [pack([(*row[:7], row[7][:3], *row[8:])]), pack([late])]
    ran(trace, {call(0): [(0, 1)], call(0, 1): [(0, 2)]})
    assert totals(trace) == [("x.late", 1, 2), ("x.r", 1, 1)]
    assert names(statements(trace, Selection())) == ["late", "r"]
