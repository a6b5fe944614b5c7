"""Receiver calls inside themselves: found by receiver, sender and key, told with the cycle."""

from __future__ import annotations

from signaltrace.analysis.reentry import reentries
from signaltrace.analysis.remarks import CARE, Remark, remarks_of_calls
from signaltrace.rows import STEP
from signaltrace.testing import Called, Sent, build_trace, called, sent
from signaltrace.trace import Trace

SAVE = "django.db.models.signals.post_save"


def saved(pk: object, *calls: Called, sender: str = "shop.Order", signal: str = SAVE) -> Sent:
    return sent(signal, sender, arguments={"instance": (sender, "pk", pk)})(*calls)


def spans_of(trace: Trace) -> dict[int, tuple[str, ...]]:
    return {span: found.cycle for span, found in reentries(trace).items()}


def test_a_receiver_inside_itself_is_told_with_the_way_back() -> None:
    """Same receiver, same sender, same key: the cycle runs from the outer dispatch to the inner one."""
    trace = build_trace(saved(1, called("recalculate", 5)(saved(1, called("recalculate", 2)))))
    assert spans_of(trace) == {
        2 * STEP + 1: ("post_save shop.Order", "recalculate", "save", "post_save shop.Order")
    }


def test_a_cycle_through_another_model_names_all_on_the_way() -> None:
    """Each is named, with what the receiver did to have the next signal sent."""
    inner = saved(1, called("total", 1))
    trace = build_trace(saved(1, called("total", 5)(saved(7, called("line", 2)(inner), sender="shop.Line"))))
    assert spans_of(trace) == {
        3 * STEP + 1: (
            "post_save shop.Order", "total", "save", "post_save shop.Line", "line", "save",
            "post_save shop.Order",
        )
    }  # fmt: skip


def test_another_instance_or_another_sender_is_no_reentry() -> None:
    """Saving the next one of a chain is a walk, not a circle."""
    trace = build_trace(
        saved(1, called("walk", 5)(saved(2, called("walk", 2)))),
        saved(1, called("both", 5)(saved(1, called("both", 2), sender="shop.Line"))),
        saved(None, called("new", 5)(saved(None, called("new", 2)))),
    )
    assert spans_of(trace) == {}


def test_another_signal_of_the_same_instance_is_a_reentry() -> None:
    """A receiver of pre_save and post_save that saves comes back by the other one."""
    inner = saved(1, called("stamp", 1), signal="django.db.models.signals.pre_save")
    trace = build_trace(saved(1, called("stamp", 5)(inner)))
    assert spans_of(trace) == {2 * STEP + 1: ("post_save shop.Order", "stamp", "save", "pre_save shop.Order")}


def test_what_is_over_does_not_count() -> None:
    """A second save after the first is none inside it."""
    trace = build_trace(saved(1, called("index", 5)), saved(1, called("index", 5)))
    assert spans_of(trace) == {}


def deep(levels: int) -> Trace:
    send = saved(1, called("recalculate", 1))
    for _ in range(levels - 1):
        send = saved(1, called("recalculate", 1)(send))
    return build_trace(send)


def test_hundreds_of_levels_are_each_told_by_their_nearest_turn() -> None:
    """The chain is that of one turn, and the depth says how many there are."""
    found = reentries(deep(400))
    assert len(found) == 399
    last = max(found)
    assert found[last].cycle == ("post_save shop.Order", "recalculate", "save", "post_save shop.Order")
    assert found[last].depth == 399


def test_the_tree_says_it_once_a_line() -> None:
    """How many of the line's calls are meant, and how deep they are."""
    trace = deep(3)
    cycle = "post_save shop.Order → recalculate → save → post_save shop.Order"
    assert remarks_of_calls(trace, [STEP + 1]) == []
    assert remarks_of_calls(trace, [2 * STEP + 1]) == [Remark(f"inside itself: {cycle}", CARE)]
    assert remarks_of_calls(trace, [STEP + 1, 2 * STEP + 1, 3 * STEP + 1]) == [
        Remark(f"inside itself, 3 deep (2 of 3): {cycle}", CARE)
    ]
    # further in the way is known
    assert remarks_of_calls(trace, [3 * STEP + 1]) == [Remark("inside itself, 3 deep", CARE, inline=True)]
