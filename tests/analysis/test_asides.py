"""Asides: where they are told, which are alike, which a selection asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.asides import Aside, asides_of
from signaltrace.analysis.forest import select
from signaltrace.analysis.outline import AsideLine, CallLine, DispatchLine, outline
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import summarise
from signaltrace.rows import STEP
from signaltrace.trace import Trace
from tests.probed_samples import event, transacted
from tests.sample_parts import US

LINE = 3 * STEP + 1


def names(asides: list[Aside]) -> list[str]:
    return [f"{each.name} {each.sender}" for each in asides]


def lines(trace: Trace, selection: Selection) -> list[str]:
    """The tree's lines, in order: signals, receivers, asides."""
    said = []
    for line in outline(select(trace, selection), selection, None).lines:
        if isinstance(line, AsideLine):
            said.append(f"{len(line.guides)} {line.aside.name}")
        elif isinstance(line, DispatchLine):
            route = trace.routes[line.group.rows[0][2]]
            said.append(f"{len(line.guides)} {trace.signals[route[1]].name.rpartition('.')[2]}")
        elif isinstance(line, CallLine):
            said.append(f"{len(line.guides)} → {trace.receivers[line.group.first.receiver].name}")
    return said


def test_asides_stand_where_they_happened() -> None:
    """Under the call that was running, in the order of ids among the dispatches; roots among the roots."""
    assert lines(transacted(), Selection()) == [
        "0 post_save",
        "0 → shop.receivers.keep_total",
        "1 on commit",
        "1 → partial(shop.mail.notify)",
        "0 post_save",
        "0 → shop.receivers.take_from_stock",
        "1 update",
        "1 on commit",
        "0 bulk_create",
        "0 fast delete",
    ]


def test_an_aside_between_two_dispatches_stands_between_them() -> None:
    """By id, not by time: clocks may stand still."""
    trace = transacted()
    trace.events = [event("bypass", 2 * STEP + 100, data={"how": "update", "model": "shop.Book", "rows": 1})]
    assert [each for each in lines(trace, Selection()) if each[0] == "0" and "→" not in each] == [
        "0 post_save",
        "0 update",
        "0 post_save",
    ]


def test_what_did_not_run_is_named_methods_first() -> None:
    """The model's own save(), then receivers."""
    found = {each.name: each for each in asides_of(transacted(), (0,), Selection())}
    assert found["bulk_create"].missed == ("OrderLine.save()", "audit.trail.AuditTrail.saved")
    assert (found["bulk_create"].rows, found["bulk_create"].why) == (2, "did not run")
    assert found["fast delete"].missed == ()


def test_a_callback_says_why_it_did_not_run() -> None:
    """Dropped with its transaction, or never reached."""
    found = {each.name: each for each in asides_of(transacted(), (LINE,), Selection())}
    assert (found["on commit"].missed, found["on commit"].why) == (
        ("partial(shop.mail.notify)",),
        "rolled back",
    )


def test_those_alike_are_one_with_their_rows_added_up() -> None:
    """A loop of updates is a line, from all the places it was done."""
    trace = transacted()
    first = trace.events[3]
    trace.events += [first._replace(id=first.id + each, data={**first.data, "rows": 2}) for each in (10, 20)]
    [found] = [each for each in asides_of(trace, (LINE,), Selection()) if each.name == "update"]
    assert (found.count, found.rows, found.duration_ns, len(found.sites)) == (3, 5, 360 * US, 1)


def test_under_a_call_that_is_not_in_the_trace_they_are_roots() -> None:
    """The call was dropped, or is still running: what it did is told all the same."""
    trace = transacted()
    trace.events = [trace.events[3]._replace(span=9 * STEP + 1)]
    assert names(asides_of(trace, (0,), Selection())) == ["update shop.Book"]


@pytest.mark.parametrize(
    ("selection", "kept"),
    [
        (Selection(bypassed=False), []),
        (Selection(errors=True), []),
        (Selection(signals=("post_save",)), []),
        (Selection(senders=("orderline",)), ["bulk_create shop.OrderLine"]),
        (Selection(receivers=("trail",)), ["bulk_create shop.OrderLine"]),
        (Selection(apps=("sessions",)), ["fast delete sessions.Session"]),
        (Selection(apps=("audit",)), ["bulk_create shop.OrderLine"]),
        (Selection(min_ns=100 * US), ["bulk_create shop.OrderLine"]),
    ],
)
def test_filters_ask_for_asides_too(selection: Selection, kept: list[str]) -> None:
    """By model, by what did not run, by app, by time; a bypass is no error and no signal."""
    assert names(asides_of(transacted(), (0,), selection)) == kept


def test_a_raw_load_ran_its_receivers() -> None:
    """With raw=True; what the model overrides did not run."""
    data = {"how": "raw", "model": "shop.Book", "rows": 3, "overrides": ["save"]}
    trace = transacted()
    trace.events = [
        event("bypass", 9 * STEP, data=data),
        event("bypass", 10 * STEP, data={**data, "overrides": []}),
    ]
    found = asides_of(trace, (0,), Selection())
    assert [(each.name, each.raw, each.missed) for each in found] == [
        ("raw load", True, ("Book.save()",)),
        ("raw load", True, ()),
    ]
    assert not any(each.raw for each in asides_of(transacted(), (0,), Selection()))


def test_no_bypassed_leaves_callbacks() -> None:
    """What it hides are writes."""
    found = asides_of(transacted(), (LINE,), replace(Selection(), bypassed=False))
    assert names(found) == ["on commit default"]


def test_callbacks_are_no_dispatches() -> None:
    """They are counted for themselves, and the tree's own counts leave them out."""
    trace = transacted()
    summary = summarise(trace)
    assert (summary.dispatches, summary.calls, summary.callbacks) == (2, 2, 1)
    seen = outline(select(trace, Selection()), Selection(), None)
    assert (seen.dispatches, seen.calls) == (2, 2)
