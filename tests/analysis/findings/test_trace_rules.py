"""W101 to W105: what went wrong in a recording; and recordings in which that did not happen."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import (
    over_budget,
    passed_over,
    recursion,
    repeated_dispatch,
    swallowed_error,
)
from signaltrace.facts import Facts
from signaltrace.ran import Phase, RanTest
from signaltrace.storage import load, save
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Trace
from tests.analysis.findings.building import FILE, PAID, POST_SAVE, found

MS = 1_000_000
SITE = CallSite("/srv/shop/pay.py", 30, "pay")
LOST = ErrorInfo("shop.mail.MailError", "no\nanswer", FILE, 14)


def run(name="notify", own_ns=MS, **more):
    return called(f"shop.receivers.{name}", own_ns, **{"file": FILE, "line": 10, **more})


def swallowed(**more):
    return run(outcome="returned_error", error=LOST, **more)


def saved(*calls, pk=1, sender="shop.Order", signal=POST_SAVE, site=SITE, **more):
    instance = {"instance": (sender, "pk", pk)} if pk is not None else {}
    return sent(signal, sender, site=site, arguments=more.pop("arguments", instance), **more)(
        *(calls or (run(),))
    )


def judged(rule, *roots, **more):
    trace = roots[0] if isinstance(roots[0], Trace) else build_trace(*roots)
    return found(rule, Facts(trace=trace, **more))


def test_without_a_trace_nothing_is_found():
    """There is nothing to judge."""
    for rule in (swallowed_error, recursion, over_budget, repeated_dispatch, passed_over):
        assert found(rule, Facts(budget_ns=1)) == []


# -- W101 ----------------------------------------------------------------------------------------


def robust(*calls, **more):
    return sent(PAID, "shop.Order", method=more.pop("method", "send_robust"), site=SITE, **more)(*calls)


def test_an_error_that_was_swallowed():
    """Where it was raised comes first; who sent is evidence."""
    (finding,) = judged(swallowed_error, robust(swallowed()), robust(swallowed(), run("other")))
    assert finding.title == (
        f"shop.receivers.notify raised MailError twice, and send_robust() of {PAID} of shop.Order went on"
    )
    assert finding.subject == f"{PAID} of shop.Order: shop.receivers.notify, shop.mail.MailError"
    assert finding.evidence == (
        Evidence("MailError raised here: no answer", FILE, 14),
        Evidence("the receiver", FILE, 10),
        Evidence("sent twice in pay()", SITE.file, 30),
    )


def test_errors_are_told_apart_by_type_and_place():
    """Two causes are two things to mend."""
    other = replace(LOST, line=20)
    third = replace(LOST, type="ValueError")
    calls = [run(outcome="returned_error", error=each) for each in (LOST, other, third)]
    assert len(judged(swallowed_error, *map(robust, calls))) == 3


def test_an_error_nothing_is_known_of_is_told_all_the_same():
    """A file may lack it."""
    (finding,) = judged(swallowed_error, robust(run(outcome="returned_error")))
    assert "raised an error once" in finding.title
    assert finding.evidence[0] == Evidence("the receiver", FILE, 10)


def test_no_finding_of_an_error_that_was_raised():
    """Under send() it goes on to the sender."""
    assert judged(swallowed_error, robust(run(error=LOST), method="send"), robust(run())) == []


# -- W102 ----------------------------------------------------------------------------------------


def test_a_receiver_inside_itself():
    """The cycle as a chain of names, and the line that closes it."""
    inner = saved(run("slug"), site=CallSite(FILE, 13, "slug"))
    (finding,) = judged(recursion, saved(run("slug")(inner)))
    assert finding.title == "shop.receivers.slug ran inside itself on post_save of shop.Order, 2 deep"
    assert finding.subject == f"{POST_SAVE} of shop.Order: shop.receivers.slug"
    chain = "post_save of shop.Order → shop.receivers.slug → post_save of shop.Order → shop.receivers.slug"
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence(f"the cycle, for the same instance: {chain}"),
        Evidence("post_save of shop.Order is sent again in slug()", FILE, 13),
        Evidence("it came to that once"),
    )


def test_a_cycle_of_two_is_one_finding():
    """Each is inside itself; the loop is the same."""
    inner = saved(run("a")(sent(PAID, "shop.Order")(run("b")(saved(run("a"))))))
    (finding,) = judged(recursion, saved(run("a")(sent(PAID, "shop.Order")(run("b")(inner)))))
    assert finding.title == (
        "shop.receivers.a ran inside itself through another receiver on post_save of shop.Order, 3 deep"
    )
    assert finding.evidence[1].text.count("→") == 5


def test_another_instance_is_told():
    """A walk through a tree of rows is a cycle, too, but not an endless one."""
    (finding,) = judged(recursion, saved(run()(saved(run(), pk=2))))
    assert finding.evidence[1].text.startswith("the cycle, for another instance:")
    assert "save each once" in finding.fix


@pytest.mark.parametrize(
    "root",
    [
        saved(run(), run()),
        saved(run("a")(saved(run("b")))),
        saved(run()(saved(run(), sender="shop.Book"))),
        saved(run()(saved(run(), signal="django.db.models.signals.pre_save"))),
        saved(run("a")(sent(PAID)(run("b"))), run("c")(saved(run("a")))),
    ],
    ids=["one after the other", "another receiver", "another sender", "another signal", "over by then"],
)
def test_no_recursion_in(root):
    """Receiver, signal and sender must come again."""
    assert judged(recursion, root, root) == []


def test_a_cycle_of_thousands_of_levels():
    """Deeper than Python's own stack; the chain is one turn of it."""
    depth = sys.getrecursionlimit() * 3
    # as one sketch it would nest too deep: two are put together by hand
    trace = build_trace(saved(run()))
    (row,) = trace.rows()
    rows = [(row[0] * (at + 1), row[0] * at + 1 if at else 0, *row[2:]) for at in range(depth)]
    trace.__dict__["_unpacked"] = rows[::-1]
    (finding,) = judged(recursion, trace)
    assert finding.title.endswith(f"{depth:,} deep")
    assert finding.evidence[-1] == Evidence(f"it came to that {depth - 1:,} times")


# -- W103 ----------------------------------------------------------------------------------------


def test_a_receiver_above_the_budget():
    """The longest, and how often."""
    roots = [saved(run(own_ns=each * MS), pk=each) for each in (4, 12, 30)]
    (finding,) = judged(over_budget, *roots, budget_ns=10 * MS)
    assert finding.title == (
        "shop.receivers.notify took up to 30 ms on post_save of shop.Order: twice above 10 ms"
    )
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("the longest was sent in pay()", SITE.file, 30),
    )


def test_what_it_sent_is_told_apart_from_its_own():
    """The slow one may be further in."""
    (outer, inner) = judged(
        over_budget, saved(run("outer", 2 * MS)(saved(run("inner", 20 * MS)))), budget_ns=10 * MS
    )[::-1]
    assert (outer.subject.rpartition(".")[2], inner.subject.rpartition(".")[2]) == ("outer", "inner")
    assert Evidence("2.0 ms of the longest are its own, the rest is what it sent") in outer.evidence


def test_what_was_awaited_is_told():
    """It did not block, but its sender waited."""
    root = saved(run(own_ns=20 * MS, busy_ns=MS, is_async=True))
    (finding,) = judged(over_budget, root, budget_ns=10 * MS)
    assert Evidence("1.0 ms of the longest it ran, the rest it awaited") in finding.evidence


@pytest.mark.parametrize("budget", [0, 10 * MS])
def test_at_the_budget_or_without_one_nothing_is_found(budget):
    """What it may take it may take."""
    roots = [saved(run(own_ns=10 * MS)), saved(run(own_ns=10 * MS), run("slow", 11 * MS))]
    names = [each.subject.rpartition(".")[2] for each in judged(over_budget, *roots, budget_ns=budget)]
    assert names == (["slow"] if budget else [])


def test_time_that_signaltrace_took_is_not_the_receivers():
    """A pause inside of it is left out."""
    trace = build_trace(saved(run(own_ns=12 * MS)))
    (row,) = trace.rows()
    trace.pauses = {row[0] + 1: 3 * MS}
    assert judged(over_budget, trace, budget_ns=10 * MS) == []


# -- W104 ----------------------------------------------------------------------------------------

STARTED = sent("django.core.signals.request_started")
FINISHED = sent("django.core.signals.request_finished")


def test_the_same_dispatch_three_times():
    """The places it was sent from, most frequent first, and what ran each time."""
    other = CallSite(FILE, 14, "keep_total")
    roots = [saved(pk=5), saved(pk=5, site=other), saved(pk=5, site=other), saved(pk=6)]
    (finding,) = judged(repeated_dispatch, *roots)
    assert finding.title == "post_save of shop.Order was sent 3 times for shop.Order pk=5 in one command"
    assert finding.subject == f"{POST_SAVE} of shop.Order"
    assert finding.evidence == (
        Evidence("sent twice in keep_total()", FILE, 14),
        Evidence("sent once in pay()", SITE.file, 30),
        Evidence("each time shop.receivers.notify ran"),
    )


def test_one_finding_a_signal_and_sender():
    """The worst of its instances, and how many others."""
    roots = [saved(pk=5)] * 3 + [saved(pk=6)] * 4 + [saved(pk=7)] * 2
    (finding,) = judged(repeated_dispatch, *roots)
    assert "4 times for shop.Order pk=6" in finding.title
    assert finding.evidence[-1] == Evidence("1 more instance was sent three times or more")


def test_a_request_is_counted_by_itself():
    """Twice in each of two is not four times in one."""
    twice = [STARTED, saved(), saved(), FINISHED]
    assert judged(repeated_dispatch, *twice, *twice) == []
    assert judged(repeated_dispatch, *twice, saved()) == []
    (finding,) = judged(repeated_dispatch, *twice, STARTED, saved(), saved(), saved(), FINISHED)
    assert finding.title.endswith("3 times for shop.Order pk=1 in one request")


def test_requests_at_the_same_time_are_told_apart_by_their_threads():
    """What runs in neither's thread is nobody's."""
    one, two, pool = {"thread": "one"}, {"thread": "two"}, {"thread": "pool"}
    begin = [replace(STARTED, **one), replace(STARTED, **two)]
    mixed = [saved(**one), saved(**two)] * 2
    assert judged(repeated_dispatch, *begin, *mixed, *[saved(**pool)] * 3) == []
    assert len(judged(repeated_dispatch, *begin, *mixed, saved(**one))) == 1


def test_an_async_request_works_in_other_threads():
    """Where it is the only one, it is known whose that is."""
    pool = {"thread": "pool"}
    (finding,) = judged(repeated_dispatch, STARTED, saved(), saved(**pool), saved(**pool))
    assert finding.title.endswith("in one request")


def in_tests(*tests):
    """A trace of tests, each a list of what it sent."""
    trace = build_trace(*[root for roots in tests for root in roots])
    starts = [row[5] - trace.origin_ns for row in trace.rows_by_parent[0]]
    ends = [*starts[1:], starts[-1] + MS]
    for at, roots in enumerate(tests):
        begin, end = starts[0], ends[len(roots) - 1]
        starts, ends = starts[len(roots) :], ends[len(roots) :]
        trace.tests.append(RanTest(f"t::{at}", phases=[Phase("call", begin, end - begin)]))
    return trace


def test_what_a_test_saves_by_itself_is_no_repetition():
    """It does so to see what comes of it; and each test begins with the same keys again."""
    assert judged(repeated_dispatch, in_tests([saved()] * 4)) == []
    assert judged(repeated_dispatch, in_tests([STARTED, saved(), FINISHED] * 4)) == []


def test_the_requests_of_a_test_are_counted():
    """By themselves; one that never finished ends with its test."""
    (finding,) = judged(repeated_dispatch, in_tests([saved(), STARTED, *[saved()] * 3, FINISHED, saved()]))
    assert finding.title.endswith("3 times for shop.Order pk=1 in one request")
    assert judged(repeated_dispatch, in_tests([STARTED, saved(), saved()], [saved()])) == []


def test_what_receivers_send_counts_for_the_outermost():
    """Each line of an order saves the order."""
    roots = [saved(run("line")(saved(run("total"), pk=9)), pk=each, sender="shop.Line") for each in (1, 2, 3)]
    (finding,) = judged(repeated_dispatch, *roots)
    assert finding.title == "post_save of shop.Order was sent 3 times for shop.Order pk=9 in one command"


def test_a_save_is_the_same_whatever_was_saved():
    """created and update_fields may differ."""
    first = {"instance": ("shop.Order", "pk", 1), "created": True}
    later = {"instance": ("shop.Order", "pk", 1), "update_fields": ("list", "items", ("total",))}
    roots = [saved(arguments=first), saved(arguments=later), saved(arguments=later)]
    assert len(judged(repeated_dispatch, *roots)) == 1


def test_of_other_signals_all_arguments_must_be_the_same():
    """With one that is only known by its type nobody can say that they are."""
    order = {"order": ("shop.Order", "pk", 1)}
    own = {"signal": PAID, "sender": "shop.till.Till"}

    def three(*more):
        return [saved(arguments={**order, **each}, **own) for each in more]

    assert len(judged(repeated_dispatch, *three({}, {}, {}))) == 1
    assert len(judged(repeated_dispatch, *three(*[{"by": "card"}] * 3))) == 1
    assert judged(repeated_dispatch, *three({"by": "card"}, {"by": "cash"}, {"by": "card"})) == []
    assert judged(repeated_dispatch, *three(*[{"basket": ("list", "len", 4)}] * 3)) == []
    assert judged(repeated_dispatch, *three(*[{"request": ("WSGIRequest",)}] * 3)) == []


@pytest.mark.parametrize(
    "root",
    [
        saved(pk=None),
        saved(arguments={"instance": ("shop.Order", "pk", None)}),
        saved(arguments={"instance": ("shop.Order",)}),
        saved(pk="<Money>"),
        saved(arguments={"created": True}),
        sent(POST_SAVE, "shop.Order", arguments={"instance": ("shop.Order", "pk", 1)}),
        sent(POST_SAVE, "shop.Order", arguments={"instance": ("shop.Order", "pk", 1)}, muted=("shop.r.x",)),
    ],
    ids=["no arguments", "not saved yet", "no key", "a key unread", "no instance", "no receiver", "muted"],
)
def test_no_repetition_of(root):
    """What is not known to be the same; what nobody heard cost nothing."""
    assert judged(repeated_dispatch, *[root] * 5) == []


def test_a_trace_from_a_file_is_judged_alike(tmp_path):
    """Views can't tell them apart, and nor can rules."""
    trace = build_trace(*[saved(run("slug", 20 * MS)(saved(run("slug"))))] * 3, robust(swallowed()))
    save(trace, tmp_path / "a.trace")
    stored = load(tmp_path / "a.trace")
    for rule in (swallowed_error, recursion, over_budget, repeated_dispatch):
        findings = judged(rule, trace, budget_ns=10 * MS)
        assert findings
        assert judged(rule, stored, budget_ns=10 * MS) == findings


def test_a_lambda_is_known_without_its_line():
    """So that a baseline knows it tomorrow."""
    one = called("<lambda> at shop/apps.py:14", 20 * MS, file=FILE, line=14)
    (finding,) = judged(over_budget, sent(PAID)(one), budget_ns=MS)
    assert finding.subject == f"{PAID} of any sender: <lambda> at shop/apps.py"


# -- W105 ----------------------------------------------------------------------------------------


def ended(*passed, error=LOST, raiser="notify", **more):
    return sent(PAID, "shop.Order", site=SITE, not_called=passed, **more)(
        run("first"), run(raiser, outcome="raised", error=error)
    )


def test_receivers_that_an_earlier_one_passed_over():
    """Who raised what, who did not run, and how often."""
    (finding,) = judged(passed_over, ended("shop.receivers.a", "shop.receivers.b"), ended("shop.receivers.b"))
    assert finding.title == (
        f"shop.receivers.notify raised MailError twice on {PAID} of shop.Order: shop.receivers.b and "
        "shop.receivers.a did not run"
    )
    assert finding.subject == f"{PAID} of shop.Order: shop.receivers.notify, shop.mail.MailError"
    assert finding.evidence == (
        Evidence("MailError raised here: no answer", FILE, 14),
        Evidence("the receiver that raised", FILE, 10),
        Evidence("shop.receivers.b, passed over twice"),
        Evidence("shop.receivers.a, passed over once"),
        Evidence("sent twice in pay()", SITE.file, 30),
    )
    assert "send_robust()" in finding.fix


def test_causes_of_being_passed_over_are_told_apart():
    """By receiver, type and place."""
    other = replace(LOST, type="ValueError")
    roots = [ended("a"), ended("a", error=other), ended("a", raiser="late")]
    assert len(judged(passed_over, *roots)) == 3


def test_many_that_were_passed_over_are_cut():
    """Four are named, the rest are counted."""
    (finding,) = judged(passed_over, ended(*(f"shop.receivers.r{each}x" for each in "abcdef")))
    assert Evidence("and 2 more") in finding.evidence


def test_what_send_robust_could_not_catch_is_to_be_caught_in_the_receiver():
    """It is sent with send_robust() already."""
    (finding,) = judged(passed_over, ended("a", method="send_robust"))
    assert finding.fix == "Catch in the receiver what it may raise."


@pytest.mark.parametrize(
    "root",
    [
        ended(),
        sent(PAID, not_called=("shop.receivers.a",))(run()),
        sent(PAID, muted=("shop.receivers.a",))(run()),
        robust(swallowed(), run("other")),
    ],
    ids=["the last one raised", "no receiver raised", "muted", "caught"],
)
def test_nobody_was_passed_over_by_a_receiver_in(root):
    """Somebody must have raised, and somebody not have run."""
    assert judged(passed_over, root) == []
