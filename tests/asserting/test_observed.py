"""What was observed: which dispatches and calls there are, and how the user may name them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.dispatch import Signal

import signaltrace
from signaltrace.capture.patch import install, uninstall
from signaltrace.capture.recording import Recording
from signaltrace.errors import SignaltraceError
from signaltrace.testing import FakeClock, Observed, observe
from tests.asserting.conftest import connect
from tests.asserting.shop import Cart, Order, notify, order_paid, refuse, reserve, stock_low
from tests.asserting.texts import ends


def test_dispatches_of_every_depth_by_start(seen: Observed) -> None:
    """A nested dispatch ends before the one around it, and comes after it all the same."""
    connect(order_paid, notify, reserve)
    connect(stock_low, notify)
    order_paid.send(Order)
    stock_low.send(Cart)
    assert ends(seen.dispatches()) == ["order_paid", "stock_low", "stock_low"]
    assert ends(seen.calls()) == ["notify", "reserve", "notify", "notify"]
    starts = [span.start_ns for span in seen.calls()]
    assert starts == sorted(starts)


def test_what_nobody_heard_was_sent(seen: Observed) -> None:
    """A signal without receivers is sent like any other."""
    order_paid.send(Order, total=5)
    (span,) = seen.assert_sent(order_paid, sender=Order, times=1, total=5)
    assert (span.arguments, span.kind) == ({"total": 5}, "dispatch")


def test_what_is_found_is_what_the_trace_has(seen: Observed) -> None:
    """The spans given are those of the trace: times, senders, errors, call sites."""
    connect(order_paid, notify, refuse)
    order_paid.send_robust(Order)
    spans = [span for _, span in seen.trace.walk()]
    assert [*seen.dispatches(), *seen.calls()] == spans
    assert [span.outcome for span in seen.calls()] == ["ok", "returned_error"]


def test_dispatches_of_other_threads(seen: Observed) -> None:
    """What a thread of the test sends was sent."""
    thread = threading.Thread(target=order_paid.send, args=(Order,))
    thread.start()
    thread.join()
    assert len(seen.assert_sent(order_paid, times=1)) == 1


def test_what_began_before_is_no_part_of_it(clock: FakeClock) -> None:
    """A recording inside a recording begins empty, and ends with its block."""
    order_paid.send(Order)
    with observe() as outer:
        order_paid.send(Order)
        with observe() as inner:
            stock_low.send(Order)
        order_paid.send(Order)
    assert ends(inner.dispatches()) == ["stock_low"]
    assert ends(outer.dispatches()) == ["order_paid", "stock_low", "order_paid"]
    inner.assert_not_sent(order_paid)


def test_after_the_end_all_can_be_asked(clock: FakeClock) -> None:
    """The recorder is gone by then: objects are still told apart."""
    one, other = Signal(), Signal()
    with observe() as seen:
        one.send(Order)
    seen.assert_sent(one, Order, times=1)
    seen.assert_not_sent(other)


def test_the_trace_is_read_once_until_there_is_more(seen: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Question after question costs one reading; one more dispatch, or the end, costs another."""
    built: list[Recording] = []
    build = Recording._build
    monkeypatch.setattr(Recording, "_build", lambda *given: built.append(given[0]) or build(*given))
    order_paid.send(Order)
    first = seen.trace
    seen.assert_sent(order_paid, times=1)
    seen.assert_not_sent(stock_low)
    assert seen.trace is first
    assert len(built) == 1
    order_paid.send(Order)
    seen.assert_sent(order_paid, times=2)
    assert seen.trace is not first
    assert len(built) == 2


def test_a_dispatch_is_there_once_it_is_over(seen: Observed) -> None:
    """A receiver that asks finds what ended before, not what it is part of."""
    asked: list[int] = []

    def asks(**kwargs: Any) -> None:
        seen.assert_not_sent(order_paid)
        asked.append(len(seen.dispatches(order_paid)))

    connect(order_paid, asks)
    assert seen.dispatches() == []
    order_paid.send(Order)
    seen.assert_sent(order_paid, times=1)
    assert asked == [0]


def test_a_fault_of_ours_is_news(seen: Observed, clock: FakeClock) -> None:
    """A trace that was read before a fault does not hide it."""
    assert seen.trace.faults == []
    install(clock).fault("a test", ValueError("of ours"))
    uninstall()
    assert [fault.where for fault in seen.trace.faults] == ["a test"]


def test_a_recording_that_leaves_out_what_nobody_heard_proves_nothing() -> None:
    """assert_not_sent would pass where the signal was sent."""
    with pytest.raises(SignaltraceError, match=r"only record\(orphaned=True\) keeps what no receiver heard"):
        Observed(signaltrace.record())


def test_a_recording_that_was_never_begun() -> None:
    """It is said what is wrong, as by the recording itself."""
    with pytest.raises(SignaltraceError, match=r"^This recording was never begun\.$"):
        Observed(signaltrace.record(orphaned=True)).dispatches()


def test_what_was_dropped_cannot_be_asserted_on() -> None:
    """Beyond the limit nothing is known of what was not sent, nor of how often something was."""
    with signaltrace.record(orphaned=True, limit=2) as recording:
        for _ in range(5):
            order_paid.send(Order)
    seen = Observed(recording)
    assert len(seen.dispatches()) == 2
    for assertion in (
        lambda: seen.assert_not_sent(stock_low),
        lambda: seen.assert_sent(order_paid),
        lambda: seen.assert_called(notify),
        lambda: seen.assert_order(order_paid, stock_low),
    ):
        with pytest.raises(SignaltraceError) as caught:
            assertion()
        assert str(caught.value) == (
            "3 spans were dropped at the recording's limit, and can't be asserted on: "
            "observe a smaller part, or record(limit=…) more"
        )


@pytest.mark.parametrize("times", [-1, True, 1.0, "2"])
def test_times_is_a_number_from_0(seen: Observed, times: Any) -> None:
    """Other values would never be met, or always."""
    for assertion, thing in ((seen.assert_sent, order_paid), (seen.assert_called, notify)):
        with pytest.raises(SignaltraceError, match=r"^times is a number, 0 or more, not "):
            assertion(thing, times=times)


def test_times(seen: Observed) -> None:
    """None is at least once; a number is that number, 0 included."""
    connect(order_paid, notify)
    for sent in range(3):
        for times in range(3):
            if times == sent:
                assert len(seen.assert_sent(order_paid, times=times)) == times
                assert len(seen.assert_called(notify, times=times)) == times
            else:
                with pytest.raises(AssertionError):
                    seen.assert_sent(order_paid, times=times)
                with pytest.raises(AssertionError):
                    seen.assert_called(notify, times=times)
        assert not sent or len(seen.assert_sent(order_paid)) == sent
        order_paid.send(Order)
