"""The recording of a test so far, and what can be asserted of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signaltrace.asserting.expected import Expected
from signaltrace.asserting.failing import (
    expectation,
    message,
    near_calls,
    near_dispatches,
    of_calls,
    of_dispatches,
)
from signaltrace.asserting.finding import Question
from signaltrace.asserting.naming import Named, named_receiver, named_sender, named_signal
from signaltrace.asserting.order import check_order
from signaltrace.asserting.queries import PROBE, check_most, check_queries
from signaltrace.capture.recording import Recording
from signaltrace.errors import SignaltraceError
from signaltrace.span import Span
from signaltrace.trace import Trace

# Frames of these modules are left out of the tracebacks of pytest and unittest.
__tracebackhide__ = True
__unittest = True


class Observed:
    """What was sent and called since a recording began, in this process, whatever the thread.

    Signals, senders and receivers are given as objects or names: the dotted name, its end
    (``receivers.notify``), or a pattern (``shop.*``). A model may go by its label, ``shop.Order``; None
    as a sender is any sender. A dispatch, or a receiver's call, is there once it is over.

    Arguments of a signal are compared as they were recorded when it was sent: numbers, texts of up to
    200 characters, dates, decimals and ids as they are, a few names or numbers in a list or set by their
    values, members of enums by name, model instances by model and primary key. Of anything else too
    little is recorded: an assertion about it is refused. ``mock.ANY`` is any value.
    """

    def __init__(self, recording: Recording) -> None:
        """Of a recording that was begun. Raises SignaltraceError where it leaves orphaned dispatches out."""
        if not recording.orphaned:
            raise SignaltraceError("only record(orphaned=True) keeps what no receiver heard: assert on that")
        self._recording = recording
        self._read: tuple[tuple[object, ...], Trace] | None = None

    @property
    def trace(self) -> Trace:
        """The trace so far; the same one until there is more."""
        news = self._recording.news()
        if self._read is None or self._read[0] != news:
            self._read = (news, self._recording.trace)
        return self._read[1]

    def dispatches(
        self,
        /,
        signal: Any = None,
        sender: Any = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> list[Span]:
        """The dispatches by start, nested ones and those that no receiver heard included.

        ``named`` are arguments of the signal; those called ``signal``, ``sender`` or ``arguments`` go
        into ``arguments``.
        """
        trace = self.trace
        question = self._sent(trace, signal, sender, Expected(arguments, named))
        return [trace.dispatch_span(row) for row in question.dispatches(trace)]

    def calls(self, receiver: Any = None, signal: Any = None, sender: Any = None) -> list[Span]:
        """The receivers' calls by start."""
        trace = self.trace
        question = self._called(trace, receiver, signal, sender)
        return [trace.call_span(row, call) for row, call in question.calls(trace)]

    def assert_sent(
        self,
        /,
        signal: Any,
        sender: Any = None,
        times: int | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> list[Span]:
        """A signal was sent, at least once or so many ``times``; gives its dispatches.

        ``named`` are arguments it was sent with; those called ``signal``, ``sender``, ``times`` or
        ``arguments`` go into ``arguments``.
        """
        return self.expect_sent(signal, sender, times, Expected(arguments, named))

    def assert_not_sent(
        self,
        /,
        signal: Any,
        sender: Any = None,
        *,
        arguments: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> None:
        """A signal was not sent, not from this sender, or not with these arguments."""
        self.expect_sent(signal, sender, 0, Expected(arguments, named))

    def assert_called(
        self, receiver: Any, times: int | None = None, signal: Any = None, sender: Any = None
    ) -> list[Span]:
        """A receiver was called, at least once or so many ``times``; gives its calls."""
        check_times(times)
        trace = self._whole()
        question = self._called(trace, receiver, signal, sender, needed=True)
        found = question.calls(trace)
        if not _is_right(len(found), times):
            first = expectation(of_calls(question), times, len(found), "called")
            near = near_calls(question, trace) if len(found) < _least(times) else []
            raise AssertionError(message(first, trace, near))
        return [trace.call_span(row, call) for row, call in found]

    def assert_not_called(self, receiver: Any, signal: Any = None, sender: Any = None) -> None:
        """A receiver was not called, or not for this signal or sender."""
        self.assert_called(receiver, 0, signal, sender)

    def assert_order(self, first: Any, second: Any, *more: Any) -> None:
        """Of receivers and signals the first of each, call or dispatch, began in the order given."""
        trace = self._whole()
        check_order([first, second, *more], trace, self._recording)

    def assert_max_queries(
        self, most: int, receiver: Any = None, signal: Any = None, sender: Any = None
    ) -> None:
        """Receivers, or those calls that are asked for, ran no more queries than ``most`` in all.

        A query counts for the innermost receiver that runs it, on whatever database; what runs outside of
        receivers is what ``assertNumQueries`` is for.
        """
        check_most(most)
        if PROBE not in self._recording.probes:
            raise SignaltraceError("this recording watches no queries: give record(probes=…) queries too")
        trace = self._whole()
        check_queries(most, self._called(trace, receiver, signal, sender), trace)

    # -- what the context managers use ---------------------------------------------------------

    def expect_sent(self, signal: Any, sender: Any, times: int | None, arguments: Expected) -> list[Span]:
        """:meth:`assert_sent` with arguments that were put together before."""
        check_times(times)
        trace = self._whole()
        question = self._sent(trace, signal, sender, arguments, needed=True)
        found = question.dispatches(trace)
        if not _is_right(len(found), times):
            first = expectation(of_dispatches(question), times, len(found), "sent")
            near = near_dispatches(question, trace) if len(found) < _least(times) else []
            raise AssertionError(message(first, trace, near))
        return [trace.dispatch_span(row) for row in found]

    def _whole(self) -> Trace:
        """The trace, of which nothing was dropped: what is not there would otherwise prove nothing."""
        trace = self.trace
        if trace.dropped:
            raise SignaltraceError(
                f"{trace.dropped:,} spans were dropped at the recording's limit, and can't be asserted on: "
                "observe a smaller part, or record(limit=…) more"
            )
        return trace

    def _sent(
        self, trace: Trace, signal: Any, sender: Any, arguments: Expected, needed: bool = False
    ) -> Question:
        if arguments and self._recording.arguments == "none":
            raise SignaltraceError("this recording keeps no arguments: they can't be compared")
        return Question(
            signal=self._named(named_signal, signal, trace, needed),
            sender=self._named(named_sender, sender, trace),
            arguments=arguments,
        )

    def _called(
        self, trace: Trace, receiver: Any, signal: Any, sender: Any, needed: bool = False
    ) -> Question:
        return Question(
            receiver=self._named(named_receiver, receiver, trace, needed),
            signal=self._named(named_signal, signal, trace),
            sender=self._named(named_sender, sender, trace),
        )

    def _named(self, find: Any, given: Any, trace: Trace, needed: bool = False) -> Named | None:
        return None if given is None and not needed else find(given, trace, self._recording)


def check_times(times: object) -> None:
    """Raises SignaltraceError for what is no number of times."""
    if times is not None and (type(times) is not int or times < 0):
        raise SignaltraceError(f"times is a number, 0 or more, not {str(times)[:40]!r}")


def _least(times: int | None) -> int:
    return 1 if times is None else times


def _is_right(found: int, times: int | None) -> bool:
    return found > 0 if times is None else found == times
