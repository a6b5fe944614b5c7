"""Cycles that turn many times: which turns are one line, and that the counts are right all the same."""

from __future__ import annotations

from signaltrace.analysis.forest import select
from signaltrace.analysis.outline import Outline, outline
from signaltrace.analysis.outline_lines import CallLine, DispatchLine, TurnsLine
from signaltrace.analysis.selection import Selection
from signaltrace.testing import Called, Sent, build_trace, called, sent
from signaltrace.trace import ErrorInfo, Trace
from signaltrace.views import load
from tests.views.printing import printed

SAVE = "django.db.models.signals.post_save"
TOO_DEEP = ErrorInfo("shop.TooDeep", "no more")


def saved(*calls: Called, pk: int = 1, sender: str = "shop.Order") -> Sent:
    return sent(SAVE, sender, arguments={"instance": (sender, "pk", pk)})(*calls)


def cycle(deep: int, odd: int = 0, error: ErrorInfo | None = TOO_DEEP) -> Sent:
    """A receiver so many times inside itself, beside another; one turn, from within, has one call more."""
    inner: Sent | None = None
    for turn in range(1, deep + 1):
        call = called("renumber", 10, error=error)
        more = [called("odd", 1)] if turn == odd else []
        inner = saved(called("log", 1), *more, call(inner) if inner else call)
    assert inner is not None
    return inner


def outlined(trace: Trace, limit: int | None = None, **facts: object) -> Outline:
    selection = Selection(**facts)  # type: ignore[arg-type]
    return outline(select(trace, selection), selection, limit)


def turns(found: Outline) -> list[int]:
    return [line.turns for line in found.lines if isinstance(line, TurnsLine)]


def test_from_the_fourth_turn_on_they_are_one_line() -> None:
    """Three turns, how many more, and the innermost with its error."""
    found = outlined(build_trace(cycle(50)))
    assert turns(found) == [46]
    assert [type(line).__name__ for line in found.lines] == [
        *["DispatchLine", "CallLine", "CallLine"] * 3, "TurnsLine", "DispatchLine", "CallLine", "CallLine",
    ]  # fmt: skip
    last = found.lines[-1]
    assert isinstance(last, CallLine)
    assert (last.from_below, last.group.first.id) == (False, 50 * 65536 + 2)
    assert [len(line.guides) for line in found.lines[-4:]] == [3, 3, 3, 3]


def test_what_they_stand_for_is_counted() -> None:
    """The tree leaves nothing out, so nothing may be said to be not shown."""
    found = outlined(build_trace(cycle(50)))
    assert (found.dispatches, found.calls, found.cut_by_depth, found.cut_by_limit) == (50, 100, False, False)
    text = printed(load("tree").render(build_trace(cycle(50)), Selection()), 100)
    assert "Not shown" not in text
    assert "… 46 more turns of this cycle" in text
    assert text.count("TooDeep: no more") == 1
    short = outlined(build_trace(cycle(50)), limit=9)
    assert (short.dispatches, short.calls, short.cut_by_limit) == (3, 6, True)


def test_nobody_hears_counts_too() -> None:
    """With --orphaned, dispatches without receivers are in turns as well, and no dispatches of the totals."""
    inner: Sent | None = None
    for _ in range(20):
        unheard = sent("shop.unheard", "shop.Order")
        call = called("renumber", 10)
        inner = saved(call(unheard, inner) if inner else call)
    assert inner is not None
    trace = build_trace(inner, saved(called("log", 1), pk=2))
    found = outlined(trace, orphaned=True)
    assert turns(found) == [16]
    assert "Not shown" not in printed(load("tree").render(trace, Selection(orphaned=True)), 100)
    cut = Selection(orphaned=True, limit=len(found.lines) - 2)
    said = f"Not shown: 1 of 21 dispatches, 1 of 21 receiver calls (--limit {cut.limit}, 0 for all)."
    assert said in printed(load("tree").render(trace, cut), 100)


def test_few_turns_are_shown() -> None:
    """A line in place of one turn would save nothing."""
    assert [turns(outlined(build_trace(cycle(deep)))) for deep in (4, 5, 6, 7)] == [[], [], [2], [3]]


def test_a_turn_that_differs_is_shown() -> None:
    """What is in no other turn must not be lost: the turns before and after it are folded, it is not."""
    found = outlined(build_trace(cycle(50, odd=25)))
    assert len(turns(found)) == 2
    assert (found.dispatches, found.calls) == (50, 101)
    trace = build_trace(cycle(50, odd=25))
    assert "→ odd" in printed(load("tree").render(trace, Selection()), 120)


def test_a_cycle_of_two_receivers() -> None:
    """It is told once, by the one that comes back first."""
    inner: Sent | None = None
    for _ in range(20):
        line = called("line", 5)
        inner = saved(called("total", 5)(saved(line(inner) if inner else line, pk=7, sender="shop.Line")))
    assert inner is not None
    found = outlined(build_trace(inner))
    assert len(turns(found)) == 1
    assert (found.dispatches, found.calls) == (40, 40)


def test_a_cycle_that_goes_on_in_two_ways_is_shown() -> None:
    """Turns of a tree are no chain."""
    inner = [saved(called("renumber", 1))]
    for _ in range(6):
        inner = [saved(called("renumber", 1)(*inner, saved(called("other", 1), pk=3), *inner))]
    found = outlined(build_trace(*inner))
    assert all(each >= 2 for each in turns(found))
    assert found.calls == sum(1 for row in build_trace(*inner).rows() for _ in row[7][::3])


def test_what_is_no_cycle_is_shown() -> None:
    """A walk from one instance to the next is as deep as it is."""
    inner: Sent | None = None
    for pk in range(30):
        call = called("walk", 1)
        inner = saved(call(inner) if inner else call, pk=pk)
    assert inner is not None
    found = outlined(build_trace(inner))
    assert (turns(found), len(found.lines)) == ([], 60)


def test_depth_shows_levels_as_before() -> None:
    """Who asks for ten levels gets them, and is told what is below."""
    found = outlined(build_trace(cycle(50)), depth=10)
    assert turns(found) == []
    assert len([line for line in found.lines if isinstance(line, DispatchLine)]) == 10
    assert found.cut_by_depth


def test_turns_without_an_error_are_few_lines_too() -> None:
    """It is the cycle that counts, not how it ended."""
    found = outlined(build_trace(cycle(150, error=None)))
    assert (turns(found), found.dispatches) == ([146], 150)
