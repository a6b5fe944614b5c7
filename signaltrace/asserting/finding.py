"""The dispatches and receiver calls of a trace that are asked for, in the order they began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.asserting.expected import Expected
from signaltrace.asserting.naming import Named
from signaltrace.rows import Call, Row
from signaltrace.span import arguments_dict
from signaltrace.trace import Trace


@dataclass(frozen=True)
class Question:
    """What is asked for; None for whatever there is."""

    signal: Named | None = None
    sender: Named | None = None
    receiver: Named | None = None
    arguments: Expected | None = None

    def dispatches(self, trace: Trace) -> list[Row]:
        """The dispatches that fit."""
        return [row for row, call in began(trace) if call is None and not self.differences(trace, row)]

    def calls(self, trace: Trace) -> list[tuple[Row, Call]]:
        """The receiver calls that fit."""
        found = ((row, call) for row, call in began(trace) if call is not None and self.is_of(call))
        return [(row, call) for row, call in found if not self.differences(trace, row)]

    def place(self, trace: Trace) -> int | None:
        """How many dispatches and calls began before the first that fits: a call where a receiver is asked
        for, else a dispatch."""
        for place, (row, call) in enumerate(began(trace)):
            is_kind = call is None if self.receiver is None else call is not None and self.is_of(call)
            if is_kind and not self.differences(trace, row):
                return place
        return None

    def is_of(self, call: Call) -> bool:
        """Whether a call is of the receiver that is asked for."""
        return self.receiver is None or call.receiver in self.receiver.indexes

    def differences(self, trace: Trace, row: Row) -> int:
        """In how many of signal, sender and arguments a dispatch is not what is asked for."""
        _, signal, sender = trace.routes[row[2]]
        return (
            (self.signal is not None and signal not in self.signal.indexes)
            + (self.sender is not None and sender not in self.sender.indexes)
            + (self.arguments.differences(arguments_dict(row[8])) if self.arguments else 0)
        )


def began(trace: Trace) -> list[tuple[Row, Call | None]]:
    """Every dispatch, and every call with its dispatch, by start."""
    # Parents come first in a walk: what began at one reading of the clock keeps that order.
    return sorted(_walk(trace), key=lambda each: each[0][5] if each[1] is None else each[1].start_ns)


def _walk(trace: Trace) -> Iterator[tuple[Row, Call | None]]:
    stack: list[tuple[Row, Call | None]] = [(row, None) for row in reversed(trace.rows_by_parent.get(0, ()))]
    while stack:
        row, call = stack.pop()
        yield row, call
        if call is None:
            stack.extend((row, each) for each in reversed(trace.calls(row)))
        else:
            stack.extend((each, None) for each in reversed(trace.rows_by_parent.get(call.id, ())))
