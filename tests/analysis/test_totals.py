"""Summary, profile, and called / not called / orphaned: exact numbers."""

from __future__ import annotations

import pytest

from signaltrace.analysis.called import reach
from signaltrace.analysis.profile import profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import is_orphaned
from signaltrace.analysis.summary import summarise
from signaltrace.errors import SignaltraceError
from signaltrace.intervals import union_ns
from signaltrace.rows import STEP, Row, pack
from signaltrace.tally import Tally
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo, SenderInfo, SignalInfo, Trace
from tests.samples import SAMPLES

ERROR = ErrorInfo("ValueError", "no")


def shop() -> Trace:
    """saved(Order) → total → saved(Order) → total; saved(Item) → index; paid raises, mail not called."""
    return build_trace(
        sent("saved", "shop.Order")(
            called("shop.total", 10)(sent("saved", "shop.Order")(called("shop.total", 20)))
        ),
        sent("saved", "shop.Item")(called("search.index", 30), called("search.log", 1)),
        sent("paid", "shop.Order", not_called=("shop.mail",))(called("shop.charge", 9, error=ERROR)),
        wall_ns=100,
    )


def columns(trace: Trace, **facts: object) -> list[tuple[object, ...]]:
    """The profile's rows: name, ncalls, primitive, tottime, cumtime, max, errors."""
    return [
        (r.receiver.name, r.ncalls, r.primitive, r.tottime_ns, r.cumtime_ns, r.max_ns, r.errors)
        for r in profile(trace, Selection(**facts)).receivers  # type: ignore[arg-type]
    ]


def test_profile_rows_are_exact_and_sorted_by_own_time() -> None:
    """pstats' columns; ties by name."""
    assert columns(shop()) == [
        ("search.index", 1, 1, 30, 30, 30, 0),
        ("shop.total", 2, 1, 30, 30, 30, 0),
        ("shop.charge", 1, 1, 9, 9, 9, 1),
        ("search.log", 1, 1, 1, 1, 1, 0),
    ]


def test_per_call_columns_divide_as_pstats_does() -> None:
    """Own time by all calls, cumulative time by the primitive ones."""
    total = profile(shop(), Selection(receivers=("total",))).receivers[0]
    assert (total.percall_ns, total.cumulative_percall_ns) == (15, 30)


@pytest.mark.parametrize(
    ("column", "first"),
    [
        ("ncalls", "shop.total"),
        ("tottime", "search.index"),
        ("percall", "search.index"),
        ("cumtime", "search.index"),
        ("max", "search.index"),
        ("errors", "shop.charge"),
        ("receiver", "search.index"),
    ],
)
def test_every_column_sorts(column: str, first: str) -> None:
    """`--sort` takes the names over the columns."""
    assert columns(shop(), sort=column)[0][0] == first


def test_an_unknown_column_is_one_line_with_the_nearest() -> None:
    """Bad input of `--sort`."""
    with pytest.raises(
        SignaltraceError, match=r"^no column called 'totime' to sort by; did you mean tottime\?$"
    ):
        profile(shop(), Selection(sort="totime"))


def test_totals_per_signal_and_per_app() -> None:
    """Sums of self times, so that nothing nested counts twice."""
    found = profile(shop(), Selection())
    assert [(s.signal.name, s.dispatches, s.ncalls, s.tottime_ns, s.errors) for s in found.signals] == [
        ("saved", 3, 4, 61, 0),
        ("paid", 1, 1, 9, 1),
    ]
    assert [(a.app, a.receivers, a.ncalls, a.tottime_ns, a.errors) for a in found.apps] == [
        ("shop", 2, 3, 39, 1),
        ("search", 2, 2, 31, 0),
    ]


def test_filters_of_the_profile() -> None:
    """By signal or sender only those calls count, and self time is still less what was sent from inside."""
    assert columns(shop(), signals=("paid",)) == [("shop.charge", 1, 1, 9, 9, 9, 1)]
    assert columns(shop(), senders=("item",)) == [
        ("search.index", 1, 1, 30, 30, 30, 0),
        ("search.log", 1, 1, 1, 1, 1, 0),
    ]
    assert [row[0] for row in columns(shop(), errors=True)] == ["shop.charge"]
    assert [row[0] for row in columns(shop(), min_ns=10)] == ["search.index", "shop.total"]
    assert profile(shop(), Selection(min_ns=10)).hidden == 2
    nested = build_trace(sent("s")(called("a", 5)(sent("t")(called("b", 7)))))
    assert columns(nested, signals=("s",)) == [("a", 1, 1, 5, 12, 12, 0)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_cumtime_is_never_above_wall_time(sample: str) -> None:
    """Nor is the share of time in receivers above all of it, recursion and concurrency or not."""
    trace = SAMPLES[sample]()
    assert all(row.cumtime_ns <= trace.wall_ns for row in profile(trace, Selection()).receivers)
    summary = summarise(trace)
    assert summary.inside_ns <= trace.wall_ns
    assert summary.share <= 1


def test_summary_counts_an_error_once() -> None:
    """An exception that came through two receivers went wrong once."""
    trace = SAMPLES["raising"]()
    summary = summarise(trace)
    assert (summary.dispatches, summary.calls, summary.errors, summary.inside_ns) == (2, 3, 1, 370_000)
    assert summary.share == 0.37


def test_time_in_receivers_is_a_union() -> None:
    """Concurrent receivers overlap; what a call left running counts until it ends."""
    assert summarise(SAMPLES["concurrent"]()).inside_ns == 31_000_000
    trace = build_trace(sent("s")(called("a", 10)))
    first, child = STEP, 2 * STEP
    trace.blocks = [
        pack(
            [
                (first, 0, 0, 0, 0, 0, 10, (0, 0, 10), None, None),
                (child, first + 1, 0, 0, 0, 5, 20, (0, 1, 19), None, None),
            ]
        )
    ]
    assert summarise(trace).inside_ns == 25


def test_dropped_spans_are_in_all_totals() -> None:
    """The oldest go at the limit; the profile stays exact."""
    whole = shop()
    rows = list(whole.rows())
    cut = shop()
    cut.blocks = [pack(rows[2:])]
    cut.tally = Tally()
    cut.tally.add(rows[:2])
    cut.dropped = 4
    assert columns(cut) == columns(whole)
    one, other = summarise(cut), summarise(whole)
    assert (one.dispatches, one.calls, one.errors, one.inside_ns) == (
        other.dispatches, other.calls, other.errors, other.inside_ns,
    )  # fmt: skip
    assert [(each.receiver.name, each.count) for each in reach(cut, Selection(), ()).called] == [
        (each.receiver.name, each.count) for each in reach(whole, Selection(), ()).called
    ]
    assert profile(cut, Selection(signals=("s",))).partial is True


def test_called_and_not_called() -> None:
    """Who ran, on which signals and senders; who did not, and who raised before."""
    found = reach(shop(), Selection(), ())
    occasions = {
        each.receiver.name: [(when.signal.name, when.sender.name, when.count) for when in each.occasions]
        for each in found.called
    }
    assert occasions == {
        "shop.total": [("saved", "shop.Order", 2)],
        "search.index": [("saved", "shop.Item", 1)],
        "search.log": [("saved", "shop.Item", 1)],
        "shop.charge": [("paid", "shop.Order", 1)],
    }
    assert [(each.count, each.errors) for each in found.called] == [(2, 0), (1, 0), (1, 0), (1, 1)]
    (mail,) = found.not_called
    assert (mail.receiver.name, mail.count, [each.name for each in mail.raised]) == (
        "shop.mail",
        1,
        ["shop.charge"],
    )
    assert [each.receiver.name for each in reach(shop(), Selection(errors=True), ()).called] == [
        "shop.charge"
    ]


def test_muted_receivers_are_counted_apart() -> None:
    """Neither called nor not called; no dispatch of theirs is orphaned; a mute is no error."""
    trace = build_trace(
        sent("saved", "shop.Order", muted=("shop.mail", "search.index"))(called("shop.total", 1)),
        sent("saved", "shop.Item", muted=("shop.mail",)),
        sent("paid", "shop.Order", muted=("shop.mail",)),
        sent("paid", "shop.Order")(called("shop.mail", 1)),
    )
    found = reach(trace, Selection(), ())
    assert [(each.receiver.name, each.count) for each in found.muted] == [
        ("shop.mail", 3),
        ("search.index", 1),
    ]
    assert [(when.signal.name, when.sender.name, when.count) for when in found.muted[0].occasions] == [
        ("paid", "shop.Order", 1), ("saved", "shop.Item", 1), ("saved", "shop.Order", 1),
    ]  # fmt: skip
    assert [each.receiver.name for each in found.called] == ["shop.mail", "shop.total"]
    assert found.not_called == ()
    assert (summarise(trace).dispatches, summarise(trace).calls) == (4, 2)
    assert not any(is_orphaned(row) for row in trace.rows())
    some = reach(trace, Selection(receivers=("mail",), signals=("paid",)), ())
    assert [(each.receiver.name, each.count) for each in some.muted] == [("shop.mail", 1)]
    assert reach(trace, Selection(errors=True), ()).muted == ()


def test_orphans_recorded_as_spans_are_not_counted_twice() -> None:
    """The recorder counts every one of them, and keeps spans of them only when asked to."""
    trace = build_trace(sent("a", "x"), sent("a", "x"), sent("b", "x"))
    trace.orphaned = [(0, 0, 5)]
    assert [(each.signal.name, each.count) for each in summarise(trace).orphaned] == [("a", 5), ("b", 1)]
    assert summarise(trace).dispatches == 0


def test_orphans_obey_the_filters() -> None:
    """Also where their signal and sender never had a receiver, and so are on no route."""
    trace = build_trace(
        signals=[SignalInfo("shop.low", "shop", True), SignalInfo("blog.new", "blog", True)],
        senders=[SenderInfo("shop.Book", "shop")],
        orphaned=[(0, 0, 3), (1, 0, 2)],
        wall_ns=1,
    )
    every = summarise(trace).orphaned
    assert [each.signal.name for each in reach(trace, Selection(), every).orphaned] == [
        "shop.low",
        "blog.new",
    ]
    assert [each.signal.name for each in reach(trace, Selection(signals=("new",)), every).orphaned] == [
        "blog.new"
    ]
    assert reach(trace, Selection(receivers=("x",)), every).orphaned == ()


def test_times_of_threads_that_overlap_are_exact_however_many_they_are() -> None:
    """A tally in bounded memory estimates them; a trace has them all, recorded just now or from a file."""
    rows: list[Row] = [
        (STEP * (at + 1), 0, 0, 0, at % 7, at * 10, 60, (at % 3, 5, 33 + at * at % 19), None, None)
        for at in range(6_000)
    ]
    trace = build_trace(sent("s")(called("a", 1), called("b", 1), called("c", 1)))
    trace.threads = [f"thread {at}" for at in range(7)]
    trace.blocks = [pack(rows[at : at + 430]) for at in range(0, len(rows), 430)]
    expected = {
        name: union_ns((row[5] + 5, row[5] + 5 + row[7][2]) for row in rows if row[7][0] == index)
        for index, name in enumerate("abc")
    }
    for each in (trace, Trace.from_dict(trace.to_dict())):
        found = profile(each, Selection())
        assert {row.receiver.name: row.cumtime_ns for row in found.receivers} == expected
    only = profile(trace, Selection(signals=("s",), receivers=("b",)))
    assert [row.cumtime_ns for row in only.receivers] == [expected["b"]]
