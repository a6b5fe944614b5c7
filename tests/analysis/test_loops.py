"""N+1: what is run again and again, by one call or over dispatches; and what only looks like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from signaltrace.analysis.forest import Rules
from signaltrace.analysis.loops import MANY, Loop, loops, loops_asked_for, over_dispatches, repeated_in
from signaltrace.analysis.remarks import Remark, remarks_of_calls
from signaltrace.analysis.selection import Selection
from signaltrace.ran import Phase, RanTest
from signaltrace.rows import STEP, pack
from signaltrace.testing import Sent, build_trace, called, sent
from signaltrace.trace import Trace
from tests.query_samples import AUTHOR, TOTAL, asks, call, ran
from tests.sample_parts import RECEIVERS, model, placed, site

LINE = site(24, "author_of", RECEIVERS)
OTHER_LINE = site(25, "author_of", RECEIVERS)
STATEMENTS = [
    (AUTHOR, "default", LINE),
    (TOTAL, "default", LINE),
    (AUTHOR, "default", OTHER_LINE),
    (AUTHOR, "replica", LINE),
    ("SAVEPOINT ?", "default", LINE),
    ("(other statements)", "", None),
    ("SELECT a, b, c…", "default", LINE),
    ("SELECT a, b, c…", "default", OTHER_LINE),
]
STARTED = "django.core.signals.request_started"
FINISHED = "django.core.signals.request_finished"


def saved(pk: int = 1, **more: object) -> Sent:
    """One save from the loop in checkout()."""
    return model("post_save", "shop.Order", pk, **{"site": site(41), **more})(placed("notify", 1_000, 20))


def seen(*roots: Sent, queries: Mapping[int, Sequence[int]]) -> Trace:
    """A trace in which calls ran these statements; each took 10 ns."""
    trace = asks(build_trace(*roots), STATEMENTS)
    return ran(trace, {span: [(each, 10) for each in ids] for span, ids in queries.items()})


def one_each(*roots: Sent, statement: int = 0) -> Trace:
    """A trace in which every call of notify ran the statement once."""
    trace = asks(build_trace(*roots), STATEMENTS)
    return ran(
        trace,
        {
            row[0] + 1 + at: [(statement, 10)]
            for row in trace.rows()
            for at, receiver in enumerate(row[7][::3])
            if trace.receivers[receiver].name == "shop.receivers.notify"
        },
    )


def over(trace: Trace) -> list[Loop]:
    """The loops over dispatches."""
    return [loop for found in over_dispatches(trace).values() for loop in found]


# -- in one call ---------------------------------------------------------------------------------


def test_many_of_one_fingerprint_in_one_call() -> None:
    """From MANY on, and told with the line."""
    trace = seen(saved(), queries={call(0): [0] * MANY + [1] * (MANY - 1)})
    assert [loop for loop, _ in loops(trace)] == [Loop(0, 0, 0, MANY, call(0))]
    assert loops(seen(saved(), queries={call(0): [0] * (MANY - 1)})) == ()


def test_a_fingerprint_may_be_run_from_several_lines() -> None:
    """The statement is what counts; the line named is the one that ran it most."""
    trace = seen(saved(), queries={call(0): [0, 0, 2, 2, 2]})
    assert [(loop.statement, loop.count) for loop, _ in loops(trace)] == [(2, 5)]


def test_another_database_is_another_statement() -> None:
    """Three here and two there are not five of a kind."""
    assert loops(seen(saved(), queries={call(0): [0, 0, 0, 3, 3]})) == ()


@pytest.mark.parametrize("statement", [4, 5])
def test_what_is_never_flagged(statement: int) -> None:
    """A savepoint is no query of rows, and statements that were not told apart may all be different."""
    assert loops(seen(saved(), queries={call(0): [statement] * 50})) == ()
    assert loops(one_each(*map(saved, range(50)), statement=statement)) == ()


def test_a_text_that_was_cut_counts_by_line() -> None:
    """What is missing may differ: only one line that runs it again and again is evidence."""
    assert loops(seen(saved(), queries={call(0): [6, 6, 6, 7, 7, 7]})) == ()
    assert len(loops(seen(saved(), queries={call(0): [6] * 5 + [7]}))) == 1


def test_loops_of_a_receiver_are_one() -> None:
    """The worst is told, with how often it came to that."""
    trace = seen(saved(1), saved(2), queries={call(0): [0] * 7, call(1): [0] * 9})
    assert loops(trace) == ((Loop(0, 0, 0, 9, call(1)), 2),)


def test_calls_of_a_line_of_the_tree_are_counted_together() -> None:
    """Those below MANY are none of it."""
    trace = seen(saved(1), saved(2), saved(3), queries={call(0): [0] * 7, call(1): [0] * 9, call(2): [0] * 2})
    assert repeated_in(trace, [call(0), call(1), call(2)]) == [(0, 16, 2)]


# -- over dispatches -----------------------------------------------------------------------------


def test_once_per_dispatch_from_one_line() -> None:
    """A loop that saves, and a receiver that asks each time."""
    trace = one_each(*map(saved, range(MANY)))
    assert over(trace) == [Loop(0, 0, 0, MANY, call(0), MANY, sure=False)]
    assert over(one_each(*map(saved, range(MANY - 1)))) == []


def test_once_per_dispatch_below_one_call() -> None:
    """One receiver call that sends them all: they belong together for sure, wherever their lines are."""
    below = [saved(pk, site=site(pk)) for pk in range(MANY)]
    (loop,) = over(one_each(sent("shop.signals.closed")(called("shop.receivers.close", 5)(*below))))
    assert (loop.count, loop.dispatches, loop.sure) == (MANY, MANY, True)


def test_of_a_call_that_was_dropped_the_dispatches_still_belong_together() -> None:
    """Their parent's id says so."""
    trace = one_each(*map(saved, range(MANY)))
    trace.blocks = [pack([(row[0], 3, *row[2:]) for row in trace.rows()])]
    assert [loop.sure for loop in over(trace)] == [True]


@pytest.mark.parametrize(
    "roots",
    [
        [saved(pk, site=site(40 + pk)) for pk in range(MANY)],
        [saved(pk, site=None) for pk in range(MANY)],
        [saved(pk, thread=f"Thread-{pk}") for pk in range(MANY)],
        [saved(pk, task=f"Task-{pk}") for pk in range(MANY)],
        [saved(pk) if pk % 2 else saved(pk, method="send_robust") for pk in range(MANY)],
        [sent(f"shop.signals.s{pk}", site=site(41))(placed("notify", 1, 20)) for pk in range(MANY)],
        [each for pk in range(MANY) for each in (sent(STARTED)(called("d.reset", 1)), saved(pk))],
        [each for pk in range(MANY) for each in (sent(FINISHED)(called("d.reset", 1)), saved(pk))],
    ],
    ids=["lines", "no line", "threads", "tasks", "methods", "signals", "requests", "ends of requests"],
)
def test_dispatches_that_only_look_alike(roots: list[Sent]) -> None:
    """Five requests that save one order each are no loop."""
    assert over(one_each(*roots)) == []


def test_one_request_is_sure() -> None:
    """What one request sends from one line, it sends in one go, whatever other threads serve meanwhile."""
    others = [sent(STARTED, thread=f"Thread-{number}")(called("d.reset", 1)) for number in range(MANY)]
    mixed = [each for pk in range(MANY) for each in (others[pk], saved(pk))]
    (loop,) = over(one_each(sent(STARTED)(called("d.reset", 1)), *mixed))
    assert loop.sure
    trace = one_each(*mixed)
    assert over(trace) == []  # of a thread that serves none, nobody knows for which it works


def test_two_async_requests_at_once_can_not_be_told_apart() -> None:
    """Threads work for whichever comes: undecided is not flagged. One request alone is."""
    begun = [sent(STARTED, method="asend", thread="loop")(called("d.reset", 1)) for _ in range(2)]
    ended = sent(FINISHED, thread="pool")(called("d.close", 1))
    saves = [saved(pk, thread="pool") for pk in range(MANY)]
    assert over(one_each(*begun, *saves)) == []
    assert [loop.sure for loop in over(one_each(begun[0], *saves))] == [True]
    assert [loop.sure for loop in over(one_each(*begun, ended, *saves))] == [True]
    assert [loop.sure for loop in over(one_each(begun[0], ended, *saves))] == [False]


def test_five_tests_are_not_one_go() -> None:
    """A fixture saves one order in each of them."""
    trace = one_each(*(saved(pk, at=10_000 * pk) for pk in range(MANY)))
    assert len(over(trace)) == 1
    trace = one_each(*(saved(pk, at=10_000 * pk) for pk in range(MANY)))
    trace.tests = [
        RanTest(f"t.py::test_{pk}", "passed", phases=[Phase("call", 10_000 * pk, 9_000)])
        for pk in range(MANY)
    ]
    assert over(trace) == []


def test_about_once_is_nine_of_ten() -> None:
    """A cache that answers now and then hides no loop; one that mostly answers is no loop."""
    asked = {call(number): [0] for number in range(20)}
    assert len(over(seen(*map(saved, range(20)), queries=dict(list(asked.items())[2:])))) == 1
    assert over(seen(*map(saved, range(20)), queries=dict(list(asked.items())[3:]))) == []


def test_what_one_call_repeats_is_not_told_twice() -> None:
    """The call's own loop is the nearer one."""
    trace = seen(*map(saved, range(6)), queries={call(number): [0] * 6 for number in range(6)})
    assert over(trace) == []
    assert loops(trace) == ((Loop(0, 0, 0, 6, call(0)), 6),)


def test_one_call_is_the_nearer_evidence() -> None:
    """A receiver that repeats a statement in one call, and runs it once in many, is told for the one."""
    queries = {call(0): [0] * 6, **{call(number): [0] for number in range(1, 61)}}
    trace = seen(*map(saved, range(61)), queries=queries)
    assert len(over(trace)) == 1
    assert loops(trace) == ((Loop(0, 0, 0, 6, call(0)), 1),)


def test_of_one_receivers_loops_the_nearest_and_longest_is_shown() -> None:
    """It may have one for each signal it is connected to."""
    roots = [saved(), saved(method="send_robust"), saved(method="send_robust")]
    trace = seen(*roots, queries={call(0): [0] * 7, call(1): [0] * 9, call(2): [0] * 8})
    (loop,) = loops_asked_for(trace, Rules(trace, Selection())).values()
    assert loop.count == 9
    many = [saved(pk, method="send_robust") for pk in range(40)]
    trace = seen(saved(), *many, queries={call(0): [0] * 7, **{call(at): [0] for at in range(1, 41)}})
    (loop,) = loops_asked_for(trace, Rules(trace, Selection())).values()
    assert (loop.count, loop.dispatches) == (7, 0)


def test_after_a_request_its_thread_is_free() -> None:
    """A test's own saves behind the client's request are not the request's."""
    began, ended = (sent(each)(called("d.reset", 1)) for each in (STARTED, FINISHED))
    assert [loop.sure for loop in over(one_each(began, ended, *map(saved, range(MANY))))] == [False]


def test_filters_leave_out_loops_of_other_signals() -> None:
    """What is not asked for is not flagged."""
    trace = one_each(*map(saved, range(MANY)))
    assert len(loops_asked_for(trace, Rules(trace, Selection(signals=("post_save",))))) == 1
    assert loops_asked_for(trace, Rules(trace, Selection(signals=("paid",)))) == {}


# -- in the tree ---------------------------------------------------------------------------------


def told(trace: Trace, *spans: int) -> list[Remark]:
    """What the tree says of calls."""
    return remarks_of_calls(trace, spans)


def test_the_tree_flags_a_loop_with_its_line() -> None:
    """How often, which statement in short, the line of code that ran it."""
    trace = seen(saved(), queries={call(0): [0] * 12 + [1]})
    text = "N+1: 12 × SELECT … FROM shop_author WHERE id = ? LIMIT ?"
    assert told(trace, call(0)) == [Remark(text, "care", place=(RECEIVERS, 24))]
    assert told(seen(saved(), queries={}), call(0)) == []


def test_the_tree_flags_a_loop_over_dispatches_once() -> None:
    """Where it begins."""
    trace = one_each(*map(saved, range(6)))
    (remark,) = told(trace, *(call(number) for number in range(6)))
    assert remark.text == "possible N+1 over 6 dispatches: 6 × SELECT … FROM shop_author WHERE id = ? LIMIT ?"
    assert len(told(trace, call(0))) == 1
    assert told(trace, call(1)) == []


def test_the_tree_counts_folded_calls_together() -> None:
    """One line of the tree stands for them all."""
    trace = seen(saved(1), saved(2), queries={call(0): [0] * 6, call(1): [0] * 6})
    (remark,) = told(trace, call(0), call(1))
    assert remark.text.startswith("N+1 in 2 calls: 12 × ")


def test_the_tree_does_not_drown_in_loops() -> None:
    """Three are told, the others are counted."""
    trace = asks(build_trace(saved()), [(f"SELECT a FROM t{number}", "default", LINE) for number in range(6)])
    ran(trace, {call(0): [(number, 1) for number in range(6) for _ in range(MANY)]})
    assert [each.text for each in told(trace, call(0))][3:] == ["N+1: 3 more of them, see --queries"]


def test_ids_of_samples_are_what_they_are_taken_for() -> None:
    """The tests above rest on it."""
    assert [row[0] for row in build_trace(saved(), saved()).rows()] == [STEP, 2 * STEP]
