"""Writes that bypassed receivers, added up: by model and how, with what did not run."""

from __future__ import annotations

from typing import Any

from signaltrace.analysis.bypasses import Bypassed, bypassed, bypassed_sentence
from signaltrace.event import Event
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, Trace

HERE, THERE = CallSite("shop/checkout.py", 7, "pay"), CallSite("shop/checkout.py", 9, "pay")


def write(how: str, model: str, rows: Any, receivers: tuple[int, ...] = (), **facts: Any) -> Event:
    """A bypass of 5 ns, outside of any receiver unless told otherwise."""
    data = {"how": how, "model": model, "rows": rows, "overrides": facts.pop("overrides", [])}
    fields = {"id": 1, "last": 0, "span": 0, "thread": 0, "site": 0, "start_ns": 0, "duration_ns": 5, **facts}
    return Event("bypass", receivers=receivers, data=data, **fields)


def traced(*events: Event) -> Trace:
    """A trace with these; receivers 0 to 3 are ``shop.a`` to ``shop.d``."""
    calls = [called(f"shop.{name}") for name in "abcd"]
    return build_trace(sent("post_save")(*calls), sites=[None, HERE, THERE], events=list(events))


def test_one_for_each_model_and_way() -> None:
    """Writes, rows and time are added up; what did not run is named once, in order of appearance."""
    trace = traced(
        write("update", "shop.Order", 2, (1, 0), site=1, overrides=["save"]),
        write("update", "shop.Order", 3, (0, 2), site=2, overrides=["save", "asave"]),
        write("update", "shop.Line", 4, (3,)),
        write("bulk_create", "shop.Order", 9, (0,), site=1),
    )
    a, b, c, d = trace.receivers
    assert bypassed(trace) == (
        Bypassed("shop.Order", "bulk_create", 1, 9, 5, (a,), (), (HERE,)),
        Bypassed("shop.Order", "update", 2, 5, 10, (b, a, c), ("save", "asave"), (HERE, THERE)),
        Bypassed("shop.Line", "update", 1, 4, 5, (d,), (), ()),
    )


def test_what_bypassed_nothing_comes_last() -> None:
    """However many rows it had; ties by name, so that two runs read alike."""
    trace = traced(
        write("update", "shop.Tag", 900),
        write("update", "shop.Book", 1, (0,)),
        write("raw", "shop.Author", 1, overrides=["save"]),
    )
    found = bypassed(trace)
    assert [(each.model, each.nothing) for each in found] == [
        ("shop.Author", False),
        ("shop.Book", False),
        ("shop.Tag", True),
    ]


def test_names_of_what_did_not_run() -> None:
    """The model's own methods come first, under its name."""
    (one,) = bypassed(traced(write("_raw_delete", "shop.Order", 1, (2,), overrides=["delete"])))
    assert one.missed == ("Order.delete()", "shop.c")


def test_other_events_are_no_bypasses() -> None:
    """Only the kind that the probe notes; a trace without any has none."""
    other = write("update", "shop.Order", 1)._replace(kind="atomic")
    assert bypassed(traced(other)) == ()
    assert bypassed(build_trace()) == ()


def test_a_file_that_says_anything() -> None:
    """Odd values are read as far as they go, and the rest of the events with them."""
    odd = write("update", "shop.Order", "many")._replace(data={"how": 5, "overrides": "save"})
    trace = traced(odd, write("update", "shop.Order", True, (0,), overrides=[1, "save"]))
    assert [(each.model, each.how, each.rows, each.overrides) for each in bypassed(trace)] == [
        ("shop.Order", "update", 0, ("save",)),
        ("?", "?", 0, ()),
    ]


def sentence(*events: Event) -> str:
    return bypassed_sentence(bypassed(traced(*events)))


def test_the_sentence() -> None:
    """How many writes, of what, and what did not run; one receiver by its name, more by their number."""
    assert sentence(
        write("update", "shop.Order", 60, (0, 1), overrides=["save"]),
        write("update", "shop.Order", 1_140, (0, 2), overrides=["save"]),
        write("bulk_create", "shop.Line", 1, (3,)),
    ) == (
        "3 writes bypassed receivers and overridden methods: update of shop.Order × 2 (1,200 rows),"
        " bulk_create of shop.Line (1 row); Order.save() and 4 receivers did not run."
    )
    assert sentence(write("update", "shop.Order", 2, (1,))) == (
        "1 write bypassed receivers: update of shop.Order (2 rows); shop.b did not run."
    )


def test_the_sentence_stays_one() -> None:
    """Many models and methods are numbers, not a list."""
    found = sentence(
        *(write("update", f"shop.Model{each}", 9 - each, overrides=["save"]) for each in range(5))
    )
    assert found == (
        "5 writes bypassed overridden methods: update of shop.Model0 (9 rows),"
        " update of shop.Model1 (8 rows), update of shop.Model2 (7 rows), 2 more;"
        " 5 overridden methods did not run."
    )
    two = sentence(write("update", "shop.Order", 1, overrides=["save", "asave"]))
    assert two.endswith("; Order.save() and Order.asave() did not run.")
    three = sentence(write("update", "shop.Order", 1, (0,), overrides=["save", "asave"]))
    assert three.endswith("; Order.save(), Order.asave() and shop.a did not run.")


def test_writes_that_bypassed_nothing_are_no_sentence() -> None:
    """A bulk write of a model without receivers put nothing at risk."""
    assert sentence(write("update", "shop.Tag", 900)) == ""
    assert "Tag" not in sentence(write("update", "shop.Tag", 900), write("update", "shop.Order", 1, (0,)))
