"""Large traces of different shapes, made row by row: to record them would take longer than to read them."""

from __future__ import annotations

from collections.abc import Callable

from signaltrace.rows import STEP, Row, pack
from signaltrace.trace import CallSite, ReceiverInfo, SenderInfo, SignalInfo, Trace


def roots(calls: int) -> Trace:
    """As many dispatches as calls, none inside another, of three signals in turn."""
    return trace_of([root(at, (0, 10, 800)) for at in range(calls)])


def fives(calls: int) -> Trace:
    """Dispatches to five receivers, all alike."""
    flat = (0, 10, 100, 1, 120, 100, 2, 250, 100, 3, 400, 100, 4, 600, 250)
    return trace_of([root(at, flat) for at in range(calls // 5)])


def nested(calls: int) -> Trace:
    """Dispatches to three receivers, the second of which sends two more."""
    rows: list[Row] = []
    for at in range(calls // 6):
        start, outer = at * 10_000, STEP * (3 * at + 1)
        first, second = outer + STEP, outer + 2 * STEP
        rows += [
            (first, outer + 2, 1, 1, 0, start + 600, 900, (3, 10, 800), None, None),
            (second, outer + 2, 2, 1, 0, start + 1_700, 900, (4, 10, 400, 5, 450, 400), None, None),
            (outer, 0, 0, 1, 0, start, 9_000, (0, 10, 400, 1, 500, 4_000, 2, 4_600, 4_000), None, None),
        ]
    return trace_of(rows)


def chain(calls: int, receivers: int = 1) -> Trace:
    """Every dispatch inside the one before."""
    rows: list[Row] = [
        (
            STEP * (at + 1),
            STEP * at + 1 if at else 0,
            0,
            1,
            0,
            at * 10,
            (calls - at) * 20,
            (at % receivers, 5, (calls - at) * 20 - 8),
            None,
            None,
        )
        for at in range(calls)
    ]
    return trace_of(rows[::-1], receivers)


def chain_of_different_receivers(calls: int) -> Trace:
    """Every dispatch inside the one before, each to a receiver of its own."""
    return chain(calls, calls)


def under_one_call(calls: int) -> Trace:
    """One dispatch whose one receiver sends all the others."""
    rows: list[Row] = [
        (STEP * (at + 2), STEP + 1, at % 3, 1, 0, 100 + at * 1_000, 900, (1 + at % 4, 10, 800), None, None)
        for at in range(calls - 1)
    ]
    rows.append((STEP, 0, 0, 1, 0, 0, calls * 1_000 + 100, (0, 10, calls * 1_000), None, None))
    return trace_of(rows)


def different_receivers(calls: int) -> Trace:
    """A receiver of its own for every tenth call, in no order."""
    number = max(calls // 10, 1)
    return trace_of([root(at, (at * 7_919 % number, 10, 800)) for at in range(calls)], number)


def irregular(calls: int) -> Trace:
    """Neighbours are hardly ever alike."""
    return trace_of([root(at, (at * at % 29, 10, 800)) for at in range(calls)], 29)


def one_wide(calls: int) -> Trace:
    """Few dispatches, to tens of thousands of receivers each."""
    width = min(calls, 50_000)
    flat = tuple(each for at in range(width) for each in (at % 5, at * 10, 8))
    return trace_of(
        [
            (STEP * (at + 1), 0, 0, 1, 0, at * 10**7, width * 10, flat, None, None)
            for at in range(calls // width)
        ]
    )


def concurrent(calls: int) -> Trace:
    """Async receivers of many tasks, running at the same time."""
    rows: list[Row] = []
    for at in range(calls // 3):
        extra = {"task": f"Task-{at % 100}", "busy": [[0, 100], [1, 100], [2, 90]]}
        calls_ = (0, 10, 2_800, 1, 20, 1_700, 2, 30, 2_600)
        rows.append((STEP * (at + 1), 0, 0, 1, 0, at * 1_000, 2_900, calls_, None, extra))
    return trace_of(rows)


def failing(calls: int) -> Trace:
    """The second of three receivers raises."""
    rows: list[Row] = []
    for at in range(calls // 2):
        error = ["builtins.ValueError", f"no {at}", None, None]
        extra = {"outcomes": [[1, "raised", error]], "error": error, "not_called": [2]}
        rows.append((STEP * (at + 1), 0, 0, 1, 0, at * 1_000, 900, (0, 10, 100, 1, 150, 100), None, extra))
    return trace_of(rows)


def root(at: int, calls: tuple[int, ...]) -> Row:
    """The dispatch number ``at`` of those outside all receivers."""
    return (STEP * (at + 1), 0, at % 3, 1, 0, at * 1_000, 900, calls, ("pk", at), None)


def trace_of(rows: list[Row], receivers: int = 6) -> Trace:
    """These rows with tables for three signals and so many receivers."""
    return Trace(
        signals=[SignalInfo(f"shop.signals.signal_{at}", "shop", True) for at in range(3)],
        senders=[SenderInfo("shop.Order", "shop")],
        receivers=[
            ReceiverInfo(f"shop.receivers.receiver_{at}", "/srv/shop/receivers.py", at + 1, "shop", True)
            for at in range(receivers)
        ],
        routes=[("send", at, 0) for at in range(3)],
        sites=[None, CallSite("/srv/shop/orders.py", 4, "pay")],
        threads=["MainThread"],
        blocks=[pack(rows[at : at + 500]) for at in range(0, len(rows), 500)],
        wall_ns=10**10,
    )


SHAPES: dict[str, Callable[[int], Trace]] = {
    function.__name__: function
    for function in (
        fives,
        roots,
        nested,
        chain,
        chain_of_different_receivers,
        under_one_call,
        different_receivers,
        irregular,
        one_wide,
        concurrent,
        failing,
    )
}
