"""The profile at every width: headings stand apart, and a place is never broken inside its number."""

from __future__ import annotations

import re

import pytest

from signaltrace.analysis.selection import Selection
from signaltrace.testing import build_trace
from signaltrace.trace import Trace
from signaltrace.views import profile
from tests.query_samples import asks, call, ran
from tests.query_samples import queries as sample
from tests.sample_parts import model, placed, site
from tests.views.printing import printed

WIDTHS = range(60, 141)
# The words of every heading there is, alone on their lines or beside others.
WORDS = {
    *("ncalls", "tottime", "percall", "cumtime", "max", "queries", "sqltime", "errors", "err", "receiver",),
    *("receiver,", "by", "defined", "at", "dispatches", "calls", "share", "signal", "receivers", "app"),
}  # fmt: skip
HEADS = ("ncalls", "dispatches", " receivers", "    calls")


def lambdas() -> Trace:
    """Receivers that go by their place, in a folder deep down, with queries."""
    trace = build_trace(
        model("post_save", "shop.Order", 1, site=site(41))(
            placed("<lambda> at shop/receivers.py:37", 5_000, 37),
            placed("functools.partial(shop.services.orders.notify)", 4_000, 1037),
            placed("notify", 3_000, 3737),
        )
    )
    return ran(asks(trace, [("SELECT a FROM b", "default", site(1037))]), {call(0): [(0, 1_000)] * 7})


def pages(trace: Trace, width: int) -> list[str]:
    return printed(profile.render(trace, Selection()), width).splitlines()


@pytest.mark.parametrize("build", [sample, lambdas])
def test_headings_stand_apart(build: type[Trace]) -> None:
    """`by tottimedefined a` is nobody's column; what has no room is left out whole."""
    for width in WIDTHS:
        heads = [line for line in pages(build(), width) if line.startswith(HEADS)]
        assert len(heads) == 3
        for head in heads:
            assert set(head.split()) <= WORDS, (width, head)
            assert "defined" not in head or head.endswith("  defined at") or "   defined at" in head


def test_places_are_not_broken_inside_their_number() -> None:
    """`receivers.py:3` and `7` in the next line would be another place."""
    for width in WIDTHS:
        lines = pages(lambdas(), width)
        assert not [line for line in lines if re.fullmatch(r" *\d+", line)], width
        numbers = set(re.findall(r"\.py:(\d+)", "\n".join(lines)))
        assert numbers <= {"37", "1037", "3737"}, (width, lines)


def test_the_place_has_a_heading_where_it_is_shown() -> None:
    """And none where no row has room for it."""
    for width in WIDTHS:
        lines = pages(sample(), width)
        at = next(at for at, line in enumerate(lines) if line.startswith("ncalls"))
        rows = lines[at + 1 : lines.index("", at)]
        assert ("defined at" in lines[at]) == any(".py:" in row for row in rows), width
