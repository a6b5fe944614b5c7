"""What the tree says of transactions: the block where it begins to matter, and what was undone."""

from __future__ import annotations

from signaltrace.analysis.remarks import FACT, WRONG, Remark, remarks_of_dispatches
from signaltrace.rows import STEP, Row
from signaltrace.trace import Trace
from tests.probed_samples import event, transacted


def row(trace: Trace, number: int) -> Row:
    return next(each for each in trace.rows() if each[0] == number * STEP)


def block(first: int, last: int, depth: int = 1, alias: str = "default"):
    data = {"alias": alias, "depth": depth, "savepoint": False, "durable": False, "outcome": "committed"}
    return event("atomic", first, last=last, data=data)


def said(trace: Trace, *numbers: int) -> list[Remark]:
    return remarks_of_dispatches(trace, [row(trace, each) for each in numbers])


def test_a_dispatch_says_its_block_and_what_undid_it() -> None:
    """Both behind the name; what was undone in red, with the exception."""
    trace = transacted()
    assert said(trace, 1) == [Remark("in atomic", FACT, inline=True)]
    assert said(trace, 3) == [
        Remark("in atomic, depth 2", FACT, inline=True),
        Remark("rolled back by OutOfPaper", WRONG, inline=True),
    ]


def test_what_is_below_a_dispatch_of_the_same_block_does_not_repeat_it() -> None:
    """Only where a block begins, or another ends, there is something to say."""
    trace = transacted()
    trace.events = [block(STEP - 8, 3 * STEP + 16)]
    assert said(trace, 1) == [Remark("in atomic", FACT, inline=True)]
    assert said(trace, 2) == []  # on commit, under it


def test_another_database_is_named() -> None:
    """The default one need not be."""
    trace = transacted()
    trace.routes = [(method, signal, sender) for method, signal, sender in trace.routes]
    trace.signals = [each.__class__("shop.signals.paid", "shop", True) for each in trace.signals]
    trace.events = [block(STEP - 8, 2 * STEP, alias="other")]
    assert said(trace, 1) == [Remark("in atomic on other", FACT, inline=True)]


def test_several_dispatches_say_how_many_of_them() -> None:
    """Those of a line need not all have been in a block, nor equally deep."""
    trace = transacted()
    assert said(trace, 1, 3) == [
        Remark("in atomic, depth 1–2", FACT, inline=True),
        Remark("rolled back by OutOfPaper (1 of 2)", WRONG, inline=True),
    ]
    trace = transacted()
    trace.events = [block(3 * STEP - 8, 3 * STEP + 16)]
    assert said(trace, 1, 3) == [Remark("in atomic (1 of 2)", FACT, inline=True)]
