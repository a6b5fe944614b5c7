"""The outline: which lines a tree has, and how much they stand for."""

from __future__ import annotations

from signaltrace.analysis.forest import select
from signaltrace.analysis.outline import CallLine, DispatchLine, Line, NotCalledLine, Outline, outline
from signaltrace.analysis.selection import Selection
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo, Trace

ERROR = ErrorInfo("ValueError", "no")


def outlined(trace: Trace, limit: int | None = None, **facts: object) -> Outline:
    """The outline of a trace under a selection."""
    selection = Selection(**facts)  # type: ignore[arg-type]
    return outline(select(trace, selection), selection, limit)


def said(trace: Trace, line: Line) -> str:
    """A line in short."""
    if isinstance(line, DispatchLine):
        return trace.signals[trace.routes[line.group.rows[0][2]][1]].name
    if isinstance(line, CallLine):
        return "→" + trace.receivers[line.group.calls[0].receiver].name
    return "○" + ",".join(each.name for each in line.receivers)


def nested() -> Trace:
    """s → a (100, of it 40 in t → b), c (5)."""
    return build_trace(
        sent("s")(called("a", 60)(sent("t")(called("b", 40))), called("c", 5)),
        sent("u")(called("d", 7)),
    )


def test_lines_come_in_the_order_things_happened() -> None:
    """Chronological, a dispatch before its receivers, what a receiver sent right below it."""
    trace = nested()
    found = outlined(trace)
    assert [said(trace, line) for line in found.lines] == ["s", "→a", "t", "→b", "→c", "u", "→d"]
    assert (found.dispatches, found.calls) == (3, 4)


def test_every_line_has_its_duration_and_self_time() -> None:
    """Self time is what its children do not explain."""
    times = [
        (line.times.total_ns, line.times.self_ns)
        for line in outlined(nested()).lines
        if not isinstance(line, NotCalledLine)
    ]
    assert times == [(105, 0), (100, 60), (40, 0), (40, 40), (5, 5), (7, 0), (7, 7)]


def test_guides_say_where_receivers_follow() -> None:
    """The lines drawn from above: a is followed by c, so what is below a is drawn beside a line."""
    lines = [line for line in outlined(nested()).lines if isinstance(line, CallLine)]
    assert [(tuple(line.guides), line.last) for line in lines] == [
        ((), False),
        ((True,), True),
        ((), True),
        ((), True),
    ]


def test_depth_counts_levels_of_dispatches() -> None:
    """One level: the roots and their receivers, with how many dispatches are not shown below."""
    trace = nested()
    found = outlined(trace, depth=1)
    assert [said(trace, line) for line in found.lines] == ["s", "→a", "→c", "u", "→d"]
    assert [line.hidden for line in found.lines if isinstance(line, CallLine)] == [1, 0, 0]
    assert (found.cut_by_depth, found.dispatches, found.calls) == (True, 2, 3)
    assert outlined(trace, depth=2).cut_by_depth is False


def test_min_hides_lines_that_took_less() -> None:
    """A folded line counts by what its members took together: that is where the time went."""
    trace = nested()
    assert [said(trace, line) for line in outlined(trace, min_ns=40).lines] == ["s", "→a", "t", "→b"]
    many = build_trace(*(sent("s")(called("a", 3)) for _ in range(20)))
    assert len(outlined(many, min_ns=60).lines) == 2
    assert outlined(many, min_ns=61).lines == ()


def test_limit_is_a_number_of_lines() -> None:
    """The first lines, and that there would be more."""
    trace = nested()
    found = outlined(trace, limit=3)
    assert [said(trace, line) for line in found.lines] == ["s", "→a", "t"]
    assert (found.cut_by_limit, found.dispatches, found.calls) == (True, 2, 1)
    assert outlined(trace, limit=7).cut_by_limit is False


def test_receivers_that_never_ran_come_after_the_one_that_raised() -> None:
    """Not called: five by name, the rest as a number; and last is the line that ends the guides."""
    names = tuple(f"late{number}" for number in range(7))
    trace = build_trace(sent("s", not_called=names)(called("a", 1, error=ERROR)))
    dispatch, call, passed = outlined(trace).lines
    assert isinstance(dispatch, DispatchLine)
    assert isinstance(call, CallLine)
    assert isinstance(passed, NotCalledLine)
    assert call.last is False
    assert [each.name for each in passed.receivers] == ["late0", "late1", "late2", "late3", "late4"]
    assert passed.more == 2


def test_muted_receivers_come_after_those_that_ran() -> None:
    """Muted ones, then those not called: only the last of them ends the guides."""
    trace = build_trace(
        sent("s", muted=("quiet",), not_called=("late",))(called("a", 1, error=ERROR)),
        sent("s", muted=("quiet", "still")),
        sent("s", muted=("quiet", "still")),
    )
    _, call, muted, not_called, _, alone = outlined(trace).lines
    assert isinstance(call, CallLine)
    assert isinstance(muted, NotCalledLine)
    assert isinstance(not_called, NotCalledLine)
    assert isinstance(alone, NotCalledLine)
    assert [call.last, muted.last, not_called.last, alone.last] == [False, False, True, True]
    assert [muted.muted, not_called.muted, alone.muted] == [True, False, True]
    assert [each.name for each in alone.receivers] == ["quiet", "still"]
    assert alone.times_over == 2
    named = [line for line in outlined(trace, receivers=("still",)).lines if isinstance(line, NotCalledLine)]
    assert [[each.name for each in line.receivers] for line in named] == [["still"]]


def test_an_error_is_told_where_it_was_raised() -> None:
    """On its way out through receivers and dispatches it is the same error, not a new one."""
    trace = build_trace(
        sent("s")(called("outer", 1, error=ERROR)(sent("t")(called("inner", 1, error=ERROR))))
    )
    outer, inner = (line for line in outlined(trace).lines if isinstance(line, CallLine))
    assert (outer.from_below, inner.from_below) == (True, False)
    assert all(line.error is None for line in outlined(trace).lines if isinstance(line, DispatchLine))


def test_another_error_than_the_one_from_below_is_told_too() -> None:
    """A receiver that catches one exception and raises another is where the second comes from."""
    other = ErrorInfo("RuntimeError", "yes")
    trace = build_trace(
        sent("s")(called("outer", 1, error=other)(sent("t")(called("inner", 1, error=ERROR))))
    )
    outer, _ = (line for line in outlined(trace).lines if isinstance(line, CallLine))
    assert outer.from_below is False
