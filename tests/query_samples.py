"""Sample traces with queries: receivers that run statements once, again and again, and once per dispatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signaltrace.event import Statement, pack_queries
from signaltrace.rows import STEP
from signaltrace.testing import build_trace
from signaltrace.trace import CallSite, Trace
from tests.sample_parts import MS, RECEIVERS, US, model, placed, site

AUTHOR = "SELECT shop_author.id, shop_author.name FROM shop_author WHERE shop_author.id = ? LIMIT ?"
TOTAL = "UPDATE shop_order SET total = ? WHERE shop_order.id = ?"
STOCK = (
    "SELECT shop_stock.id, shop_stock.book_id, shop_stock.shelf_id, shop_shelf.id, shop_shelf.name FROM "
    "shop_stock INNER JOIN shop_shelf ON (shop_stock.shelf_id = shop_shelf.id) WHERE (shop_stock.book_id = ? "
    "AND shop_shelf.name IN (…)) ORDER BY shop_shelf.name ASC"
)
LOG = (
    "INSERT INTO audit_entry (model, object_id, changed, who_id) VALUES (?, ?, ?, ?) RETURNING audit_entry.id"
)


def asks(trace: Trace, statements: Sequence[tuple[str, str, CallSite | None]]) -> Trace:
    """The trace with these statements, each ``(text, alias, site)``."""
    for text, alias, at in statements:
        if at not in trace.sites:
            trace.sites.append(at)
        trace.statements.append(Statement(text, alias, trace.sites.index(at)))
    return trace


def ran(trace: Trace, queries: Mapping[int, Sequence[tuple[int, int]]]) -> Trace:
    """The trace with queries: by span ``(statement, ns)``, in order."""
    flat = [number for span, each in queries.items() for query in each for number in (span, *query)]
    trace.queries.append(pack_queries(flat))
    return trace


def call(dispatch: int, receiver: int = 0) -> int:
    """The span of a receiver call of a sample: of the so-manieth dispatch, from 0."""
    return (dispatch + 1) * STEP + 1 + receiver


def queries() -> Trace:
    """An N+1 in one call, one over eight dispatches, a second database, and a receiver that asks nothing."""
    lines = [
        model("post_save", "shop.OrderLine", pk, site=site(52, "add_lines"))(
            placed("reserve", 900 * US, 61), placed("log_change", 200 * US, 80)
        )
        for pk in range(1, 9)
    ]
    trace = build_trace(
        model("post_save", "shop.Order", 5, site=site(41))(
            placed("update_total", 9 * MS, 20), placed("greet", 1 * MS, 90)
        ),
        *lines,
    )
    asks(
        trace,
        [
            (AUTHOR, "default", site(24, "author_of", RECEIVERS)),
            (TOTAL, "default", site(30, "update_total", RECEIVERS)),
            (STOCK, "default", site(64, "reserve", RECEIVERS)),
            (LOG, "audit", site(83, "log_change", RECEIVERS)),
            ("SAVEPOINT ?", "default", None),
        ],
    )
    found = {call(0): [*((0, 300 * US),) * 12, (1, 400 * US), *((4, 10 * US),) * 6]}
    for number in range(1, 9):
        found[call(number)] = [(2, 700 * US)]
        found[call(number, 1)] = [(3, 150 * US)]
    return ran(trace, found)
