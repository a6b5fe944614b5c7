"""Traces of several processes as one: totals are exact sums, and what points somewhere still does."""

import pytest

from signaltrace.analysis.profile import profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import summarise
from signaltrace.merge import merge
from signaltrace.ran import CALL, OUTSIDE, Failed, Phase, RanTest
from signaltrace.rows import STEP, pack
from signaltrace.shape import check_shape
from signaltrace.storage import load, save
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault, Trace


def worker(*extra: str) -> Trace:
    """A worker's trace: an order paid inside a save, one failure, and whatever ``extra`` receivers ran."""
    return build_trace(
        sent("django.db.models.signals.post_save", "shop.Order", site=CallSite("shop/views.py", 5, "pay"))(
            called("shop.receivers.notify", 1_000)(
                sent("shop.signals.order_paid", "shop.Order")(called("shop.receivers.mail", 500)),
            ),
            called("shop.receivers.index", 2_000, error=ErrorInfo("ValueError", "no")),
        ),
        *(sent("shop.signals.extra")(called(name, 100)) for name in extra),
    )


def rows_of(trace: Trace) -> dict[str, tuple[int, ...]]:
    found = profile(trace, Selection()).receivers
    return {
        row.receiver.name: (row.ncalls, row.primitive, row.tottime_ns, row.cumtime_ns, row.max_ns, row.errors)
        for row in found
    }


def test_totals_are_the_sums() -> None:
    """Two workers with the same receivers have twice the calls, the self and the cumulative time."""
    merged = merge([("gw0", worker()), ("gw1", worker("shop.receivers.late"))])
    assert rows_of(merged) == {
        "shop.receivers.notify": (2, 2, 2_000, 3_000, 1_500, 0),
        "shop.receivers.mail": (2, 2, 1_000, 1_000, 500, 0),
        "shop.receivers.index": (2, 2, 4_000, 4_000, 2_000, 2),
        "shop.receivers.late": (1, 1, 100, 100, 100, 0),
    }
    whole = summarise(merged)
    assert (whole.dispatches, whole.calls, whole.errors, whole.wall_ns) == (5, 7, 2, 7_100)
    assert whole.inside_ns == 7_100


def test_each_part_keeps_its_tree_and_names_its_process() -> None:
    """Ids of parts are the same numbers: children stay with their own parents."""
    merged = merge([("gw0", worker()), ("gw1", worker())])
    told = [(depth, span.label, span.start_ns, span.thread) for depth, span in merged.walk()]
    one = [
        (0, "django.db.models.signals.post_save", 0),
        (1, "shop.receivers.notify", 0),
        (2, "shop.signals.order_paid", 1_000),
        (3, "shop.receivers.mail", 1_000),
        (1, "shop.receivers.index", 1_500),
    ]
    assert told == [
        *((depth, label, start, "gw0 MainThread") for depth, label, start in one),
        *((depth, label, start + 3_500, "gw1 MainThread") for depth, label, start in one),
    ]
    assert merged.roots()[1].call_site == CallSite("shop/views.py", 5, "pay")
    assert len(merged.receivers) == 3
    assert len({row[0] for row in merged.rows()}) == 4


def test_a_merged_trace_can_be_saved_and_is_what_a_file_must_be(tmp_path) -> None:
    """Whoever opens it cannot tell it from any other trace."""
    merged = merge([("gw0", worker("shop.a")), ("gw1", worker("shop.b"))])
    check_shape(merged.to_dict())
    save(merged, tmp_path / "suite.json.gz")
    assert load(tmp_path / "suite.json.gz") == merged


def test_facts_beside_the_rows_are_joined() -> None:
    """Orphans and faults by kind, dropped spans and notes, pauses by the new ids, connected receivers."""
    one, two = worker(), worker("shop.b")
    one.orphaned, two.orphaned = [(0, 0, 3)], [(0, 0, 4), (2, 1, 1)]
    one.dropped, two.dropped = 1, 2
    one.faults, two.faults = [Fault("packing", "x", 2)], [Fault("packing", "x"), Fault("names", "y")]
    one.notes, two.notes = ["Same.", "One."], ["Same.", "Two."]
    one.pauses, two.pauses = {STEP + 1: 10}, {STEP + 1: 20}
    one.connected, two.connected = [0, 1], [1, 3]
    one.started_at, two.started_at = "2026-01-02T00:00:01+00:00", "2026-01-02T00:00:00+00:00"
    merged = merge([("gw0", one), ("gw1", two)])
    names = [each.name for each in merged.receivers]
    assert merged.orphaned == [(0, 0, 7), (2, 1, 1)]
    assert (merged.dropped, merged.started_at) == (3, "2026-01-02T00:00:00+00:00")
    assert merged.faults == [Fault("packing", "x", 3), Fault("names", "y", 1)]
    assert merged.notes == ["Same.", "One.", "Two."]
    shifted = dict(merged.pauses.items())
    assert sorted(shifted.values()) == [10, 20]
    assert len({span // STEP for span in shifted}) == 2
    assert [names[each] for each in merged.connected] == [
        "shop.receivers.mail",
        "shop.receivers.notify",
        "shop.b",
    ]


def test_tests_keep_their_times_receivers_and_process() -> None:
    """Phases move with their process; what ran outside of tests is one entry for all of them."""
    one, two = worker(), worker("shop.b")
    one.tests = [
        RanTest("", phases=[Phase(OUTSIDE, 0, 50, 1, 10, [0, 1, 1, 0, 10])]),
        RanTest("t.py::a", "passed", phases=[Phase(CALL, 100, 900, 2, 500, [2, 1, 1, 1, 500])]),
    ]
    two.tests = [
        RanTest("", phases=[Phase(OUTSIDE, 0, 70, 2, 20, [0, 2, 2, 0, 15, 3, 1, 1, 0, 5])]),
        RanTest("t.py::b", "failed", phases=[Phase(CALL, 0, 300, 1, 100, [3, 1, 1, 0, 100])],
                failed=[Failed(2, 3, "returned_error", "ValueError", "no", 2)]),
    ]  # fmt: skip
    merged = merge([("gw0", one), ("gw1", two)])
    at = {each.name: index for index, each in enumerate(merged.receivers)}
    signals = [each.name for each in merged.signals]
    outside, a, b = merged.tests
    assert (outside.node_id, outside.phases[0].duration_ns, outside.phases[0].dispatches) == ("", 120, 3)
    assert [tuple(each) for each in outside.phases[0].costs()] == [
        (at["shop.receivers.mail"], 3, 3, 0, 25),
        (at["shop.b"], 1, 1, 0, 5),
    ]
    assert (a.node_id, a.worker, a.outcome, a.phases[0].start_ns) == ("t.py::a", "gw0", "passed", 100)
    assert (b.node_id, b.worker, b.phases[0].start_ns) == ("t.py::b", "gw1", one.wall_ns)
    assert b.phases[0].calls == [at["shop.b"], 1, 1, 0, 100]
    assert (signals[b.failed[0].signal], b.failed[0].receiver) == ("shop.signals.extra", at["shop.b"])


def test_a_span_knows_the_test_of_its_process() -> None:
    """Both workers' tests began at 0 on their own clocks."""
    one, two = worker(), worker()
    one.tests = [RanTest("t.py::a", phases=[Phase(CALL, 0, 3_500)])]
    two.tests = [RanTest("t.py::b", phases=[Phase(CALL, 0, 3_500)])]
    merged = merge([("gw0", one), ("gw1", two)])
    assert [(span.test, span.phase) for span in merged.roots()] == [("t.py::a", CALL), ("t.py::b", CALL)]
    assert {span.test for _, span in merged.walk()} == {"t.py::a", "t.py::b"}


def test_spans_that_were_dropped_count_in_the_merged_totals() -> None:
    """What is left of them is a tally: its receivers, routes and times are the merged trace's."""
    one, two = worker(), worker("shop.b")
    for part in (one, two):
        part.tally.add(part.rows())
        part.blocks = []
    merged = merge([("gw0", one), ("gw1", two)])
    assert rows_of(merged)["shop.receivers.notify"] == (2, 2, 2_000, 3_000, 1_500, 0)
    assert rows_of(merged)["shop.b"] == (1, 1, 100, 100, 100, 0)
    assert summarise(merged).dispatches == 5
    assert summarise(merged).inside_ns == 7_100


def test_calls_still_open_in_a_tally_keep_their_ids_apart() -> None:
    """A dropped child of a call that comes later counts inside that call, and no other process's."""
    one, two = worker(), worker()
    for part in (one, two):
        child, parent = part.rows()
        part.tally.add([child])
        part.blocks = [pack([parent])]
    merged = merge([("gw0", one), ("gw1", two)])
    assert rows_of(merged)["shop.receivers.notify"] == (2, 2, 2_000, 3_000, 1_500, 0)


@pytest.mark.parametrize("parts", [[], [("", Trace())]])
def test_nothing_merged_is_an_empty_trace(parts) -> None:
    """No worker, or one that saw nothing."""
    merged = merge(parts)
    assert (merged.tests, merged.roots(), merged.wall_ns) == ([], [], 0)
