"""Sample traces of test suites: tests with what their receivers did, from a trace and a time table."""

from __future__ import annotations

from collections.abc import Iterable

from signaltrace.ran import OUTSIDE, Failed, Phase, RanTest
from signaltrace.rows import calls_of
from signaltrace.tally import Tally
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo, ReceiverInfo, SenderInfo, SignalInfo, Trace
from tests.sample_parts import MS, model, placed

SECOND = 1_000 * MS
Timed = tuple[str, str, int, int]
"""Node id (of all but the first phase ""), phase, start and end in ns."""


def with_tests(trace: Trace, *timed: Timed, connected: Iterable[ReceiverInfo] = ()) -> Trace:
    """The trace with these tests in it; what began outside of all of them is outside."""
    outside = RanTest("", phases=[Phase(OUTSIDE, 0, trace.wall_ns)])
    trace.tests = [outside]
    for node_id, when, start, end in timed:
        if node_id:
            trace.tests.append(RanTest(node_id, "passed"))
        trace.tests[-1].phases.append(Phase(when, start, end - start))
        outside.phases[0].duration_ns -= end - start
    for test in trace.tests:
        for phase in test.phases:
            _count(trace, test, phase)
    for info in connected:
        trace.connected.append(len(trace.receivers))
        trace.receivers.append(info)
    return trace


def _count(trace: Trace, test: RanTest, phase: Phase) -> None:
    rows = [row for row in trace.rows() if trace.test_at(row[5]) == _key(test, phase)]
    tally = Tally()
    tally.add(rows)
    receivers, phase.inside_ns = tally.harvest()
    phase.dispatches = len(rows)
    for receiver, totals in receivers.items():
        phase.add((receiver, totals.calls, totals.primitive, totals.errors, totals.self_ns))
    for row in rows:
        for call in calls_of(row):
            if call.error is not None:
                kind, message = call.error[:2]
                signal = trace.routes[row[2]][1]
                test.failed.append(Failed(signal, call.receiver, call.outcome, kind, message, 1))


def _key(test: RanTest, phase: Phase) -> tuple[str, str]:
    return (test.node_id, phase.when) if test.node_id else ("", "")


def suite() -> Trace:
    """Three tests, one slow receiver, one that never ran, an error swallowed, orphans."""
    no_courier = ErrorInfo(
        "shop.delivery.CourierUnavailable", "no courier for order 26", "shop/delivery.py", 20
    )
    trace = build_trace(
        sent("django.db.models.signals.post_migrate", at=0)(
            called("django.contrib.auth.management.create_permissions", 80 * MS, mine=False, app="auth")
        ),
        model("post_save", "shop.Order", 1, at=1 * SECOND)(
            placed("index", 900 * MS, 20), placed("notify", 2 * MS, 30)
        ),
        model("post_save", "shop.Order", 2, at=2 * SECOND)(
            placed("index", 350 * MS, 20)(sent("shop.signals.order_indexed")(placed("count", 1 * MS, 44))),
        ),
        sent("shop.signals.order_paid", "shop.Order", method="send_robust", at=3 * SECOND)(
            called("shop.delivery.book_courier", 6 * MS, error=no_courier, outcome="returned_error"),
        ),
        wall_ns=4 * SECOND,
        argv=["pytest", "--signaltrace"],
    )
    orders = "tests/test_orders.py"
    with_tests(
        trace,
        (f"{orders}::test_places_an_order", "setup", 900 * MS, 1_950 * MS),
        ("", "call", 1_950 * MS, 2_500 * MS),
        ("", "teardown", 2_500 * MS, 2_600 * MS),
        (f"{orders}::TestCourier::test_books[nobody-is-there]", "call", 2_900 * MS, 3_100 * MS),
        (f"{orders}::test_nothing", "call", 3_200 * MS, 3_300 * MS),
        connected=[
            ReceiverInfo("shop.receivers.clean_up", "/srv/bookshop/shop/receivers.py", 60, "shop", True),
            ReceiverInfo("debug_toolbar.panels.signal", "/lib/panels.py", 1, "debug_toolbar", False),
        ],
    )
    trace.signals.append(SignalInfo("shop.signals.basket_viewed", "shop", True))
    trace.senders.append(SenderInfo("shop.Basket", "shop"))
    trace.orphaned = [(len(trace.signals) - 1, len(trace.senders) - 1, 3), (0, 0, 40)]
    return trace
