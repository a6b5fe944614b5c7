"""Changes of fields, and which receivers depend on their order: fired on evidence, read from any file."""

from __future__ import annotations

from typing import Any

import pytest

from signaltrace.analysis.changes import Change, Dependency, dependencies, seen_by_span
from signaltrace.analysis.findings import order_dependency
from signaltrace.analysis.remarks import CARE, FACT, Remark, remarks_of_calls
from signaltrace.analysis.selection import Selection
from signaltrace.event import Event, Statement, pack_queries
from signaltrace.facts import Facts
from signaltrace.rows import STEP
from signaltrace.storage import load, save
from signaltrace.testing import Called, build_trace, called, sent
from signaltrace.trace import Trace
from signaltrace.views import load as view
from tests.analysis.findings.building import POST_SAVE, found
from tests.probed_samples import event, transacted
from tests.views.printing import printed


def fields(span: int, *changes: list[Any], reads: tuple[str, ...] = (), **more: Any) -> Event:
    """What the probe notes of a call."""
    data = {"changes": list(changes), "reads": list(reads), "attributes": [], "automatic": [], **more}
    return Event("fields", span + 1, 0, span, 0, 0, 0, 0, (), data)


def receiver(name: str, **facts: Any) -> Called:
    """A receiver of the shop."""
    return called(f"shop.receivers.{name}", 1_000, **facts)


def trace_of(*events: Event, names: str = "abc", **facts: Any) -> Trace:
    """One dispatch with these receivers."""
    calls = [receiver(name, **facts) for name in names]
    return build_trace(sent(POST_SAVE, "shop.Order")(*calls), events=list(events))


PAID = ["status", "new", "paid"]
SHIPPED = ["status", "paid", "shipped"]


@pytest.mark.parametrize(
    ("queries", "reads", "text", "writes"),
    [
        (1, ["age"], "age: loaded", False),
        (1, [], "age: loaded or set to 5 (it was deferred)", False),
        (0, ["age"], "age: set to 5 (it was deferred)", True),
        (0, [], "age: set to 5 (it was deferred)", True),
        (None, ["age"], "age: loaded", False),
        (None, [], "age: loaded or set to 5 (it was deferred)", False),
    ],
)
def test_a_deferred_field_is_loaded_by_a_query(
    queries: int | None, reads: list[str], text: str, writes: bool
) -> None:
    """Without one it was set, and that is a write like any other."""
    trace = transacted()
    span = STEP + 1
    trace.events = [event("fields", STEP + 8, span=span, data={"changes": [["age", [], 5]], "reads": reads})]
    if queries is not None:  # some other call ran one, where this did not
        trace.statements = [Statement("SELECT ?", "default", 0)]
        trace.queries = [pack_queries([span if queries else 3 * STEP + 1, 0, 9])]
    seen = seen_by_span(trace)[span]
    assert ([each.text for each in seen.changes], "age" in seen.writes()) == ([text], writes)


@pytest.mark.parametrize(
    ("before", "after", "is_field", "text"),
    [
        ("new", "paid", True, "status: new → paid"),
        (None, True, True, "status: None → True"),
        (1, 2.5, True, "status: 1 → 2.5"),
        ("", "a\n b", True, "status: '' → 'a\\n b'"),
        ("ok ", "ok", True, "status: 'ok ' → 'ok'"),
        ("ok", " ok", True, "status: 'ok' → ' ok'"),
        ("a  b", "a b", True, "status: 'a  b' → 'a b'"),
        ("a → b", "c", True, "status: 'a → b' → 'c'"),
        ("", None, True, "status: '' → None"),
        ("5", 5, True, "status: '5' → 5"),
        ("x" * 60 + " ", "y", True, f"status: '{'x' * 39}…' → 'y'"),
        ("********", "********", True, "status: ******** → ********"),
        (" paid", [], True, "status: ' paid' → removed"),
        ([], " paid", False, "status (no field): set to ' paid'"),
        ("x" * 60, "y", True, f"status: {'x' * 39}… → y"),
        (["Decimal", "1.50"], ["shop.Money"], True, "status: 1.50 → shop.Money"),
        ([], "paid", True, "status: loaded"),
        ([], "paid", False, "status (no field): set to paid"),
        ("new", [], True, "status: new → removed"),
        ("new", "paid", False, "status (no field): new → paid"),
        ({"odd": 1}, [5], True, "status: {'odd': 1} → ?"),
    ],
)
def test_a_change_in_words(before: Any, after: Any, is_field: bool, text: str) -> None:
    """Text as it is unless that would hide the change, other values by what they say, what is deferred as
    loaded."""
    assert Change("status", before, after, is_field, False).text == text


def test_two_that_write_one_field() -> None:
    """Their order decides what is saved."""
    trace = trace_of(fields(STEP + 1, PAID), fields(STEP + 3, SHIPPED))
    (one,) = dependencies(trace)
    assert (one.field, one.first, one.later, one.reads) == ("status", STEP + 1, STEP + 3, False)


def test_one_that_reads_what_a_later_one_writes() -> None:
    """Not one that reads what was written before it: that is how it is meant to be."""
    early = trace_of(fields(STEP + 1, reads=("status",)), fields(STEP + 2, PAID))
    (one,) = dependencies(early)
    assert (one.field, one.first, one.later, one.reads) == ("status", STEP + 1, STEP + 2, True)
    late = trace_of(fields(STEP + 1, PAID), fields(STEP + 2, reads=("status",)))
    assert dependencies(late) == []


def test_one_that_reads_and_writes_is_told_once() -> None:
    """As one that writes."""
    trace = trace_of(fields(STEP + 1, PAID, reads=("status",)), fields(STEP + 2, SHIPPED, reads=("status",)))
    assert [each.reads for each in dependencies(trace)] == [False]


@pytest.mark.parametrize(
    "second",
    [
        fields(STEP + 2, ["total", 1, 2]),
        fields(STEP + 2, ["status", [], "paid"]),
        fields(STEP + 2, SHIPPED, attributes=["status"]),
        fields(STEP + 2, SHIPPED, automatic=["status"]),
        fields(2 * STEP + 1, SHIPPED),
    ],
    ids=["another field", "only loaded", "no field", "set by any save", "another dispatch"],
)
def test_no_dependency(second: Event) -> None:
    """Each needs two receivers of one dispatch and a field that a later one gives another value."""
    trace = build_trace(
        sent(POST_SAVE, "shop.Order")(receiver("a"), receiver("b")),
        sent(POST_SAVE, "shop.Order")(receiver("a"), receiver("b")),
        events=[fields(STEP + 1, PAID, reads=("status",)), second],
    )
    assert dependencies(trace) == []


def test_what_a_call_further_in_wrote_is_not_charged_to_the_outer_one() -> None:
    """Of a receiver that saves again it is open which of the two wrote: the second of one save ran twice."""
    inner = sent(POST_SAVE, "shop.Order")(receiver("a"), receiver("b"))
    trace = build_trace(
        sent(POST_SAVE, "shop.Order")(receiver("a")(inner), receiver("b")),
        events=[fields(2 * STEP + 2, PAID), fields(STEP + 1, PAID), fields(STEP + 2, SHIPPED)],
    )
    assert dependencies(trace) == []


def test_async_receivers_run_together() -> None:
    """Two that write are in conflict; that one reads before another writes is not known."""
    both = trace_of(fields(STEP + 1, PAID), fields(STEP + 2, SHIPPED), is_async=True)
    assert [each.reads for each in dependencies(both)] == [False]
    reads = trace_of(fields(STEP + 1, reads=("status",)), fields(STEP + 2, PAID), is_async=True)
    assert dependencies(reads) == []


def test_the_remarks_of_a_call() -> None:
    """What it changed, then what that depends on: told to the second to write, and to the one that reads."""
    trace = trace_of(
        fields(STEP + 1, PAID, reads=("total",)),
        fields(STEP + 2, SHIPPED, ["total", 1, 2]),
        fields(STEP + 3, ["note", [], 1], attributes=["note"]),
    )
    assert remarks_of_calls(trace, [STEP + 1]) == [
        Remark("status: new → paid", FACT),
        Remark("possible order dependency: reads total, which shop.receivers.b writes after it", CARE),
    ]
    assert remarks_of_calls(trace, [STEP + 2]) == [
        Remark("status: paid → shipped", FACT),
        Remark("total: 1 → 2", FACT),
        Remark("order dependency: status was written by shop.receivers.a before", CARE),
    ]
    assert remarks_of_calls(trace, [STEP + 3]) == [Remark("note (no field): set to 1", FACT)]


def test_the_remarks_of_many_calls() -> None:
    """What not all of them changed is counted; of many fields the first are told."""
    calls = [sent(POST_SAVE, "shop.Order")(receiver("a")) for _ in range(3)]
    changes = [[f"field_{number:02}", 1, 2] for number in range(12)]
    spans = [STEP + 1, 2 * STEP + 1, 3 * STEP + 1]
    events = [fields(spans[0], PAID), fields(spans[1], PAID), fields(spans[2], *changes)]
    told = remarks_of_calls(build_trace(*calls, events=events), spans)
    assert told[0] == Remark("status: new → paid (2 of 3)", FACT)
    assert told[1] == Remark("field_00: 1 → 2 (1 of 3)", FACT)
    assert told[-1] == Remark("and 5 more changes", FACT)
    assert len(told) == 9


def test_nothing_is_said_where_nothing_was_recorded() -> None:
    """A trace without the probe is as it was."""
    trace = trace_of()
    assert (dependencies(trace), remarks_of_calls(trace, [STEP + 1])) == ([], [])
    assert found(order_dependency, Facts(trace=trace)) == []
    assert found(order_dependency, Facts()) == []


def test_the_tree_shows_it() -> None:
    """Below the call that did it."""
    trace = trace_of(fields(STEP + 1, PAID), fields(STEP + 2, SHIPPED))
    lines = printed(view("tree").render(trace, Selection()), 100).splitlines()
    assert any("status: new → paid" in line for line in lines)
    assert any("order dependency: status was written by shop.receivers.a before" in line for line in lines)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"changes": None, "reads": 5},
        {"changes": [None, [], ["a"], [1, 2, 3], "abc"], "reads": [None, 5, ["x"]]},
        {"changes": [["status", {"a": {}}, [[]]]], "attributes": {"status": 1}, "automatic": "status"},
    ],
)
def test_a_file_may_hold_anything(data: dict[str, Any]) -> None:
    """What is not as a recording writes it is passed over, and what is odd is told without harm."""
    events = [Event("fields", STEP + 2, 0, STEP + 1, 0, 0, 0, 0, (), data)] * 2
    trace = trace_of(*events, fields(9 * STEP + 1, PAID))
    assert dependencies(trace) == []
    for span in (STEP + 1, 9 * STEP + 1, 5):
        remarks_of_calls(trace, [span])
    assert len(seen_by_span(trace)) == 2


# -- W108 ----------------------------------------------------------------------------------------


def two_saves(*events: Event) -> Trace:
    """Two dispatches alike."""
    dispatch = [sent(POST_SAVE, "shop.Order")(receiver("price"), receiver("discount")) for _ in range(2)]
    return build_trace(*dispatch, events=list(events))


def test_w108_one_finding_for_a_pair_and_field() -> None:
    """With what each wrote, however often."""
    trace = two_saves(
        *(fields(dispatch + 1, ["total", 10, 12]) for dispatch in (STEP, 2 * STEP)),
        *(fields(dispatch + 2, ["total", 12, 9]) for dispatch in (STEP, 2 * STEP)),
    )
    (one,) = found(order_dependency, Facts(trace=trace))
    both = "shop.receivers.price and shop.receivers.discount both write total"
    assert one.title == f"{both} on post_save of shop.Order, twice"
    assert one.subject == (
        f"{POST_SAVE} of shop.Order: shop.receivers.discount and shop.receivers.price, total"
    )
    assert [each.text for each in one.evidence[2:4]] == [
        "shop.receivers.price wrote total: 10 → 12",
        "shop.receivers.discount wrote total: 12 → 9",
    ]
    assert not one.possible


def test_w108_shows_white_space() -> None:
    """A change nobody can see would look like none."""
    trace = two_saves(fields(STEP + 1, ["code", "ok ", "ok"]), fields(STEP + 2, ["code", "ok", "no"]))
    (one,) = found(order_dependency, Facts(trace=trace))
    assert [each.text for each in one.evidence[2:4]] == [
        "shop.receivers.price wrote code: 'ok ' → 'ok'",
        "shop.receivers.discount wrote code: ok → no",
    ]


def test_w108_is_the_same_in_either_order() -> None:
    """A baseline knows it again when imports have changed places."""
    subjects = set()
    for names in (("price", "discount"), ("discount", "price")):
        trace = build_trace(
            sent(POST_SAVE, "shop.Order")(*map(receiver, names)),
            events=[fields(STEP + 1, PAID), fields(STEP + 2, SHIPPED)],
        )
        subjects |= {each.subject for each in found(order_dependency, Facts(trace=trace))}
    assert len(subjects) == 1


def test_w108_what_is_only_read_is_possible() -> None:
    """The code reads it; that this call did is inferred."""
    trace = two_saves(fields(STEP + 1, reads=("total",)), fields(STEP + 2, ["total", 12, 9]))
    (one,) = found(order_dependency, Facts(trace=trace))
    assert one.possible
    assert one.title == (
        "shop.receivers.price reads total before shop.receivers.discount writes it on post_save of shop.Order"
    )


def test_w108_after_saving_and_loading(tmp_path: Any) -> None:
    """A file tells the same."""
    trace = trace_of(fields(STEP + 1, PAID), fields(STEP + 2, SHIPPED))
    before = found(order_dependency, Facts(trace=trace))
    save(trace, tmp_path / "trace.json")
    assert found(order_dependency, Facts(trace=load(tmp_path / "trace.json"))) == before
    assert len(before) == 1


def test_dependencies_are_plain_values() -> None:
    """Equal where all of it is."""
    trace = trace_of(fields(STEP + 1, PAID), fields(STEP + 2, SHIPPED))
    (one,) = dependencies(trace)
    assert one == Dependency(one.row, "status", STEP + 1, STEP + 2, 0, 1, False)
