"""Folding: what counts as one shape, where folding stops, and that the sums stay exact."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from signaltrace.analysis.fold import Fold
from signaltrace.analysis.forest import select
from signaltrace.analysis.groups import DispatchGroup
from signaltrace.analysis.runs import runs
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import times_of_dispatches
from signaltrace.rows import STEP, Row, pack
from signaltrace.testing import Sent, build_trace, called, sent
from signaltrace.trace import ErrorInfo, Trace


def fold(trace: Trace) -> Fold:
    """The fold of a whole trace."""
    return Fold(select(trace, Selection()))


def sizes(trace: Trace) -> list[tuple[int, bool]]:
    """How many dispatches each root group holds, and whether others came in between."""
    return [(len(group.rows), group.in_turn) for group in fold(trace).roots()]


def signals(trace: Trace, groups: list[DispatchGroup]) -> list[str]:
    """The signals of groups, in order."""
    return [trace.signals[trace.routes[group.rows[0][2]][1]].name for group in groups]


def saved(own_ns: int = 1, **facts: object) -> Sent:
    """A dispatch with one receiver."""
    return sent("saved", "shop.Book", **facts)(called("shop.slug", own_ns))


def test_neighbours_of_one_shape_fold_whatever_their_arguments() -> None:
    """Five hundred saves in a loop are one line; count, total, mean, least and most are exact."""
    trace = build_trace(*(saved(pk, arguments={"pk": pk}) for pk in range(1, 501)))
    (group,) = fold(trace).roots()
    times = times_of_dispatches(trace, group.rows)
    assert (times.count, times.total_ns, times.min_ns, times.max_ns, times.mean_ns) == (
        500,
        125_250,
        1,
        500,
        250,
    )
    assert group.in_turn is False


@pytest.mark.parametrize(
    "other",
    [
        sent("deleted", "shop.Book")(called("shop.slug", 1)),
        sent("saved", "shop.Order")(called("shop.slug", 1)),
        sent("saved", "shop.Book", method="send_robust")(called("shop.slug", 1)),
        sent("saved", "shop.Book")(called("shop.other", 1)),
        sent("saved", "shop.Book")(called("shop.slug", 1), called("shop.other", 1)),
        sent("saved", "shop.Book")(called("shop.slug", 1, error=ErrorInfo("ValueError", "x"))),
        sent("saved", "shop.Book")(called("shop.slug", 1)(sent("nested")(called("a", 1)))),
        sent("saved", "shop.Book", not_called=("shop.after",))(called("shop.slug", 1)),
        sent("saved", "shop.Book", muted=("shop.after",))(called("shop.slug", 1)),
        sent("saved", "shop.Book", opaque=True)(called("shop.slug", 1)),
    ],
    ids=[
        "signal", "sender", "method", "receiver", "receivers", "outcome", "below", "not called", "muted",
        "opaque",
    ],
)  # fmt: skip
def test_shapes_differ_by_everything_but_arguments(other: Sent) -> None:
    """A line stands for dispatches that went the same way; one that did not has a line of its own."""
    assert sizes(build_trace(saved(), other, saved())) == [(1, False)] * 3


def test_other_mutes_are_another_shape() -> None:
    """Dispatches are alike when the same receivers were muted; not called is something else again."""
    trace = build_trace(
        sent("s", muted=("a",)),
        sent("s", muted=("a",)),
        sent("s", muted=("b",)),
        sent("s", not_called=("b",)),
    )
    assert sizes(trace) == [(2, False), (1, False), (1, False)]


def test_the_action_of_m2m_changed_is_part_of_the_shape() -> None:
    """pre_add and post_add go by one signal, and are as little alike as pre_save and post_save."""
    changed = "django.db.models.signals.m2m_changed"
    actions = ["pre_add", "post_add"] * 3
    trace = build_trace(*(sent(changed, arguments={"action": each})(called("a", 1)) for each in actions))
    assert sizes(trace) == [(3, True), (3, True)]
    own = build_trace(*(sent("shop.changed", arguments={"action": each})(called("a", 1)) for each in actions))
    assert sizes(own) == [(6, False)]


def test_different_error_types_are_different_outcomes() -> None:
    """A folded line names one exception; another type would be hidden behind it."""
    one = sent("s")(called("a", 1, error=ErrorInfo("ValueError", "first")))
    same = sent("s")(called("a", 1, error=ErrorInfo("ValueError", "second")))
    other = sent("s")(called("a", 1, error=ErrorInfo("KeyError", "first")))
    assert sizes(build_trace(one, same, other)) == [(2, False), (1, False)]


def test_a_plain_row_and_one_with_rare_facts_can_be_of_one_shape() -> None:
    """The quick way to a shape and the thorough one must agree: a task's name changes nothing."""
    assert sizes(build_trace(saved(), saved(task="Task-1"), saved())) == [(3, False)]


def test_folding_reaches_every_level() -> None:
    """Below a folded line, what its members sent is folded across all of them."""
    order = [
        sent("paid")(called("shop.pack", 1)(*(saved(10) for _ in range(number)))) for number in (3, 1, 2)
    ]
    trace = build_trace(*order)
    folded = fold(trace)
    (root,) = folded.roots()
    (pack,) = folded.calls(root)
    (nested,) = folded.below(pack)
    (slug,) = folded.calls(nested)
    assert (len(root.rows), len(pack), len(nested.rows), len(slug)) == (3, 3, 6, 6)
    times = pack.times()
    assert (times.total_ns, times.self_ns) == (63, 3)


def test_the_same_receiver_many_times_in_one_dispatch_folds() -> None:
    """Hundreds of `weak=False` local functions of one name hang on one signal."""
    trace = build_trace(sent("s")(called("a", 1), *(called("b", 2) for _ in range(300)), called("a", 4)))
    folded = fold(trace)
    assert [len(group) for group in folded.calls(folded.roots()[0])] == [1, 300, 1]


def test_rounds_fold_in_the_order_of_a_round() -> None:
    """pre_save, post_save, pre_save, post_save, …: two lines, marked as taking turns."""
    rounds = [each for _ in range(50) for each in (sent("pre")(called("a", 1)), sent("post")(called("b", 2)))]
    trace = build_trace(sent("begin")(called("c", 1)), *rounds, sent("end")(called("c", 1)))
    groups = fold(trace).roots()
    assert signals(trace, groups) == ["begin", "pre", "post", "end"]
    assert [(len(group.rows), group.in_turn) for group in groups] == [
        (1, False),
        (50, True),
        (50, True),
        (1, False),
    ]


def test_two_rounds_are_shown_as_they_came() -> None:
    """Order is worth more than two lines."""
    assert [run.in_turn for run in runs([1, 2, 1, 2])] == [False] * 4


def test_rounds_may_repeat_a_member() -> None:
    """A A B A A B A A B: neighbours first, then rounds of what they make."""
    assert [(run.shape, len(run.positions), run.in_turn) for run in runs([1, 1, 2] * 3)] == [
        (1, 6, True),
        (2, 3, True),
    ]


def test_many_siblings_without_order_fold_wherever_they_stand() -> None:
    """A long irregular loop would fill the screen; each shape then stands where it first came."""
    shapes = random.Random(1).choices(range(4), k=100)
    found = runs(shapes)
    assert [run.shape for run in found] == list(dict.fromkeys(shapes))
    assert {run.shape: len(run.positions) for run in found} == Counter(shapes)
    assert all(run.in_turn for run in found)
    assert sorted(position for run in found for position in run.positions) == list(range(100))


def test_a_thousand_levels_deep() -> None:
    """No recursion anywhere: Python's own limit is a thousand frames."""
    folded = fold(chain(1_500))
    group = folded.roots()[0]
    depth = 0
    while True:
        below = folded.below(folded.calls(group)[0])
        if not below:
            break
        group = below[0]
        depth += 1
    assert depth == 1_499


def chain(levels: int) -> Trace:
    """A chain of dispatches, each inside the one before."""
    trace = build_trace(sent("s")(called("a", 1)))
    rows: list[Row] = []
    for level in range(levels, 0, -1):
        parent = (level - 1) * STEP + 1 if level > 1 else 0
        took = 3 * levels - 2 * level
        rows.append((level * STEP, parent, 0, 0, 0, level, took, (0, 0, took), None, None))
    trace.blocks = [pack(rows)]
    return trace
