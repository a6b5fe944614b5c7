"""Selections: what is kept of a trace, what leads to it, what is left out."""

from __future__ import annotations

import pytest

from signaltrace.analysis.forest import Forest, select
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import summarise
from signaltrace.rows import STEP, pack
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo, Trace

ERROR = ErrorInfo("ValueError", "no")


def shop() -> Trace:
    """paid → pack → saved(Item) → {stock, search.index}; saved(Order) → check raises, mail not called."""
    return build_trace(
        sent("shop.signals.paid", "shop.Order")(
            called("shop.pack", 1)(
                sent("django.saved", "shop.Item")(called("shop.stock", 1), called("search.index", 1)),
                sent("django.loaded", "shop.Item"),
            ),
            called("shop.thank", 1),
        ),
        sent("django.saved", "shop.Order", not_called=("shop.mail",))(called("shop.check", 1, error=ERROR)),
        sent("django.saved", "blog.Post")(called("search.index", 1)),
    )


def kept(forest: Forest) -> list[str]:
    """Senders and receivers of what is left, parents first."""
    trace = forest.trace
    found = []
    stack = [(row, False) for row in reversed(forest.roots())]
    while stack:
        row, _ = stack.pop()
        found.append(trace.senders[trace.routes[row[2]][2]].name)
        for call in forest.calls(row):
            found.append(trace.receivers[call.receiver].name)
            stack.extend((child, False) for child in reversed(forest.below(call)))
    return found


EVERYTHING = [
    "shop.Order", "shop.pack", "shop.thank", "shop.Item", "shop.stock", "search.index",
    "shop.Order", "shop.check", "blog.Post", "search.index",
]  # fmt: skip


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), EVERYTHING),
        (Selection(signals=("PAID",)), ["shop.Order", "shop.pack", "shop.thank"]),
        (
            Selection(senders=("item",)),
            ["shop.Order", "shop.pack", "shop.Item", "shop.stock", "search.index"],
        ),
        (Selection(receivers=("stock",)), ["shop.Order", "shop.pack", "shop.Item", "shop.stock"]),
        (
            Selection(receivers=("stock", "thank")),
            ["shop.Order", "shop.pack", "shop.thank", "shop.Item", "shop.stock"],
        ),
        (Selection(receivers=("index",), senders=("post",)), ["blog.Post", "search.index"]),
        (Selection(receivers=("mail",)), ["shop.Order"]),
        (Selection(errors=True), ["shop.Order", "shop.check"]),
        (Selection(apps=("blog",)), ["blog.Post", "search.index"]),
        (
            Selection(apps=("search",)),
            ["shop.Order", "shop.pack", "shop.Item", "search.index", "blog.Post", "search.index"],
        ),
        (Selection(signals=("saved",), errors=True), ["shop.Order", "shop.check"]),
        (Selection(signals=("paid",), errors=True), []),
        (Selection(signals=("nothing",)), []),
    ],
)
def test_a_selection_keeps_what_matches_and_what_leads_to_it(
    selection: Selection, expected: list[str]
) -> None:
    """A match is shown where it happened: inside the calls that led to it, without their other calls."""
    assert kept(select(shop(), selection)) == expected


def test_muted_receivers_match_as_those_not_called_do() -> None:
    """By receiver and app a dispatch is found that muted it, and by itself; but a mute is no error."""
    trace = build_trace(
        sent("shop.paid", "shop.Order", muted=("mail.notify",))(called("shop.pack", 1)),
        sent("shop.paid", "shop.Item", muted=("mail.notify",)),
        sent("shop.paid", "shop.Box")(called("shop.pack", 1)),
    )
    assert kept(select(trace, Selection())) == [
        "shop.Order",
        "shop.pack",
        "shop.Item",
        "shop.Box",
        "shop.pack",
    ]
    assert kept(select(trace, Selection(receivers=("notify",)))) == ["shop.Order", "shop.Item"]
    assert kept(select(trace, Selection(apps=("mail",)))) == ["shop.Order", "shop.Item"]
    assert kept(select(trace, Selection(receivers=("notify",), senders=("item",)))) == ["shop.Item"]
    assert kept(select(trace, Selection(receivers=("notify",), errors=True))) == []


def test_orphaned_dispatches_are_left_out_and_counted() -> None:
    """Framework signals nobody hears would bury the rest."""
    trace = shop()
    forest = select(trace, Selection())
    (route,) = forest.orphaned or {}
    assert trace.signals[trace.routes[route][1]].name == "django.loaded"
    assert (forest.orphaned or {})[route] == 1
    everything = select(trace, Selection(orphaned=True))
    assert len(everything.parents_first()) == len(forest.parents_first()) + 1


def test_selecting_edits_no_trace() -> None:
    """Several views are rendered from one trace, one after the other."""
    trace = shop()
    before = trace.to_dict()
    children = {parent: list(rows) for parent, rows in trace.rows_by_parent.items()}
    select(trace, Selection(receivers=("stock",), errors=True))
    assert trace.to_dict() == before
    assert trace.rows_by_parent == children


def test_parents_come_first() -> None:
    """Folding goes through the rows backwards and needs every child before its parent."""
    forest = select(shop(), Selection())
    seen: set[int] = {0}
    for row in forest.parents_first():
        assert row[1] in seen
        seen.update(call.id for call in forest.calls(row))


@pytest.mark.parametrize(
    "parent", [STEP + 2, STEP, 9 * STEP + 1], ids=["call", "dispatch itself", "dispatch"]
)
def test_a_dispatch_whose_parent_is_not_in_the_trace_is_a_root(parent: int) -> None:
    """An async receiver that still runs when the trace is made has no call in it; what it sent is shown."""
    trace = build_trace(sent("outer")(called("a", 10)))
    (outer,) = trace.rows()
    trace.blocks = [pack([(2 * STEP, parent, 0, 0, 0, 3, 4, (0, 0, 4), None, None), outer])]
    assert [(depth, span.id) for depth, span in trace.walk()] == [
        (0, STEP), (1, STEP + 1), (0, 2 * STEP), (1, 2 * STEP + 1),
    ]  # fmt: skip
    assert summarise(trace).dispatches == 2


def test_what_continues_a_dropped_dispatch_has_no_children() -> None:
    """Late calls of a dispatch that was dropped are nowhere in the tree, so neither can be what they sent."""
    trace = build_trace(sent("outer")(called("a", 10)))
    late = (STEP, 0, 0, 0, 0, 0, 9, (0, 0, 9), None, {"late": True, "positions": [0]})
    trace.blocks = [pack([(2 * STEP, STEP + 1, 0, 0, 0, 3, 4, (0, 0, 4), None, None), late])]
    assert [(depth, span.id) for depth, span in trace.walk()] == [(0, 2 * STEP), (1, 2 * STEP + 1)]
    assert summarise(trace).calls == 2
