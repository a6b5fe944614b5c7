"""Assertions about a block of a test: recorded while it runs, asserted at its end."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from signaltrace.asserting.expected import Expected
from signaltrace.asserting.naming import check_receiver, check_signal
from signaltrace.asserting.observed import Observed, check_times
from signaltrace.asserting.order import check_orderable
from signaltrace.asserting.queries import check_most
from signaltrace.capture.patch import installed_clock
from signaltrace.capture.recording import Recording, record
from signaltrace.errors import SignaltraceError

__tracebackhide__ = True
__unittest = True


class Observing:
    """A block, plain or async, whose dispatches are recorded. Its value, an :class:`Observed`, can be read
    and asserted on in the block and afterwards."""

    def __init__(self, name: str, check: Callable[[Observed], object] | None = None) -> None:
        """``check`` is made at the end of a block that did not raise."""
        self._name = name
        self._check = check
        self._recording: Recording | None = None
        self._seen: Observed | None = None

    def __enter__(self) -> Observed:
        if self._recording is not None:
            raise SignaltraceError(f"one {self._name}(…) is for one block: call it for each")
        # Whose clock is another can't join the recordings that are under way.
        self._recording = record(
            orphaned=True, max_depth=None, clock=installed_clock() or time.perf_counter_ns
        )
        self._seen = Observed(self._recording.start())
        return self._seen

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._recording is not None and self._seen is not None:
            self._recording.stop()
            if kind is None and self._check is not None:
                self._check(self._seen)

    async def __aenter__(self) -> Observed:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __del__(self) -> None:
        if self._recording is None and self._check is not None:
            text = f"{self._name}(…) asserts nothing by itself: write `with {self._name}(…):`"
            warnings.warn(text, RuntimeWarning, stacklevel=2)


def observe() -> Observing:
    """Record a block, to assert on what was sent in it. ::

        with observe() as seen:
            order = Order.objects.create()
        seen.assert_sent(order_created, sender=Order, order=order)

    In ``setUp`` of a TestCase: ``self.seen = self.enterContext(observe())``.
    """
    return Observing("observe")


def assert_sent(
    signal: Any,
    sender: Any = None,
    times: int | None = None,
    *,
    arguments: Mapping[str, Any] | None = None,
    **named: Any,
) -> Observing:
    """The block sends a signal; see :meth:`Observed.assert_sent`. ::

        with assert_sent(order_paid, sender=Order, times=1, order=order):
            order.pay()

    What is only known after the block is asserted with :func:`observe`. A block that raises is
    not asserted on: its exception passes.
    """
    check_signal(signal)
    check_times(times)
    expected = Expected(arguments, named)
    return Observing("assert_sent", lambda seen: seen.expect_sent(signal, sender, times, expected.look()))


def assert_not_sent(
    signal: Any, sender: Any = None, *, arguments: Mapping[str, Any] | None = None, **named: Any
) -> Observing:
    """The block does not send a signal; see :meth:`Observed.assert_not_sent`."""
    check_signal(signal)
    expected = Expected(arguments, named)
    return Observing("assert_not_sent", lambda seen: seen.expect_sent(signal, sender, 0, expected.look()))


def assert_called(
    receiver: Any, times: int | None = None, signal: Any = None, sender: Any = None
) -> Observing:
    """In the block a receiver is called; see :meth:`Observed.assert_called`."""
    check_receiver(receiver)
    check_times(times)
    return Observing("assert_called", lambda seen: seen.assert_called(receiver, times, signal, sender))


def assert_not_called(receiver: Any, signal: Any = None, sender: Any = None) -> Observing:
    """In the block a receiver is not called; see :meth:`Observed.assert_not_called`."""
    check_receiver(receiver)
    return Observing("assert_not_called", lambda seen: seen.assert_not_called(receiver, signal, sender))


def assert_order(first: Any, second: Any, *more: Any) -> Observing:
    """The block has receivers and signals begin in an order; see :meth:`Observed.assert_order`."""
    for each in (first, second, *more):
        check_orderable(each)
    return Observing("assert_order", lambda seen: seen.assert_order(first, second, *more))


def assert_max_queries(most: int, receiver: Any = None, signal: Any = None, sender: Any = None) -> Observing:
    """In the block receivers run no more queries than ``most``; see :meth:`Observed.assert_max_queries`. ::

    with assert_max_queries(3, signal=post_save, sender=Order):
        order.save()
    """
    check_most(most)
    if receiver is not None:
        check_receiver(receiver)

    def check(seen: Observed) -> None:
        seen.assert_max_queries(most, receiver, signal, sender)

    return Observing("assert_max_queries", check)
