"""Sample traces, one per hard case, for the golden files of every view and export."""

from __future__ import annotations

from collections.abc import Callable

from signaltrace.rows import STEP, Row, pack
from signaltrace.testing import Called, build_trace, called, sent
from signaltrace.trace import ErrorInfo, ReceiverInfo, SenderInfo, SignalInfo, Trace
from tests.odd_samples import deep, empty, hostile, long_names, lossy, muted, only_orphaned, opaque
from tests.probed_samples import transacted
from tests.query_samples import queries
from tests.sample_parts import MODELS, MS, PRE_INIT, RECEIVERS, STOCK_LOW, US, model, placed, site
from tests.suite_samples import suite


def refreshed(own_ns: int) -> Called:
    """A bound method of another app."""
    name = "search.index.IndexUpdater.refresh"
    return called(name, own_ns, file="/srv/bookshop/search/index.py", line=88)


def checkout() -> Trace:
    """The everyday case: saves inside receivers, a signal of the shop's own, orphans counted."""
    trace = build_trace(
        model("pre_save", "shop.Order", 5, site=site(41), more={"raw": False, "using": "default"})(
            placed("stamp_order", 40 * US, 12),
        ),
        model("post_save", "shop.Order", 5, site=site(41), more={"created": True, "update_fields": None})(
            placed("update_total", 300 * US, 20)(
                model("pre_save", "shop.Order", 5, site=site(24, file=RECEIVERS))(
                    placed("stamp_order", 35 * US, 12)
                ),
                model("post_save", "shop.Order", 5, site=site(24, file=RECEIVERS))(
                    placed("update_total", 15 * US, 20),
                    refreshed(2 * MS),
                ),
            ),
            refreshed(3 * MS),
        ),
        sent(
            "shop.signals.order_paid",
            "shop.Order",
            method="send_robust",
            site=site(58, "pay"),
            arguments={"order": ("shop.Order", "pk", 5), "amount": "39.90", "token": "********"},
        )(
            called(
                "partial(shop.mail.notify)", 42 * MS, app="shop", file="/srv/bookshop/shop/mail.py", line=9
            ),
            called(
                "<lambda> at shop/apps.py:14", 5 * US, app="shop", file="/srv/bookshop/shop/apps.py", line=14
            ),
        ),
    )
    trace.wall_ns = 80 * MS
    trace.signals += [PRE_INIT, STOCK_LOW]
    pre_init = len(trace.signals) - 2
    trace.orphaned = [(pre_init, 0, 412), (pre_init + 1, 0, 2)]
    return trace


def recursive() -> Trace:
    """A receiver that saves again and so calls itself: 4/1 in the profile."""
    inner = model("post_save", "shop.Book", 1)(placed("renumber", 1 * MS, 30))
    for _ in range(3):
        inner = model("post_save", "shop.Book", 1)(placed("renumber", 1 * MS, 30)(inner))
    inner.site = site(7, "reorder")
    return build_trace(inner)


def raising() -> Trace:
    """An exception on its way out through two dispatches; two receivers are never called."""
    error = ErrorInfo("shop.errors.OutOfStock", "no copies of 'Emma' left", RECEIVERS, 77)
    return build_trace(
        model(
            "post_save",
            "shop.Order",
            9,
            site=site(41),
            more={"created": True},
            not_called=("shop.mail.notify",),
        )(
            placed("stamp_order", 20 * US, 12),
            placed("reserve", 100 * US, 61, error=error)(
                model("post_save", "shop.Reservation", 3, not_called=("shop.audit.log", "shop.audit.count"))(
                    placed("check_stock", 250 * US, 70, error=error),
                ),
            ),
        ),
        wall_ns=1 * MS,
    )


def robust() -> Trace:
    """An error that `send_robust` caught: the others run, the sender hears nothing."""
    error = ErrorInfo("builtins.ConnectionRefusedError", "[Errno 111] Connection refused", RECEIVERS, 95)
    return build_trace(
        sent("shop.signals.order_paid", "shop.Order", method="send_robust", site=site(58, "pay"))(
            placed("push_to_erp", 7 * MS, 90, outcome="returned_error", error=error),
            placed("count_sales", 200 * US, 110),
        ),
    )


def concurrent() -> Trace:
    """Two async receivers that wait at the same time, and a sync one after them."""
    trace = build_trace()
    trace.signals = [
        SignalInfo("shop.signals.stock_changed", "shop", True),
        SignalInfo(f"{MODELS}post_save", "django"),
    ]
    trace.senders = [SenderInfo("shop.Book", "shop"), SenderInfo("shop.Alert", "shop")]
    trace.receivers = [
        ReceiverInfo("shop.receivers.push_price", RECEIVERS, 130, "shop", True, True),
        ReceiverInfo("shop.receivers.warn_buyers", RECEIVERS, 140, "shop", True, True),
        ReceiverInfo("shop.receivers.log_alert", RECEIVERS, 150, "shop", True),
    ]
    trace.routes = [("asend", 0, 0), ("send", 1, 1)]
    trace.threads = ["MainThread", "ThreadPoolExecutor-0_0"]
    trace.sites.append(site(33, "restock"))
    first, second = STEP, 2 * STEP
    calls = (0, 1 * MS, 20 * MS, 1, 2 * MS, 30 * MS)
    rows: list[Row] = [
        (
            second,
            first + 2,
            1,
            0,
            1,
            10 * MS,
            4 * MS,
            (2, 1 * MS, 2 * MS),
            ("instance", ("shop.Alert", "pk", 2)),
            None,
        ),
        (first, 0, 0, 1, 0, 0, 33 * MS, calls, None, {"busy": [[0, 2 * MS], [1, 5 * MS]], "task": "Task-1"}),
    ]
    trace.blocks = [pack(rows)]
    trace.wall_ns = 40 * MS
    return trace


def folded() -> Trace:
    """Five hundred saves from one loop, each with a nested one; then three rounds of two signals."""
    roots = [
        model("post_save", "shop.Book", pk, site=site(12, "fill"), more={"created": True})(
            placed("make_slug", 200 * US + pk * US, 160),
            placed("add_stock", 100 * US, 170)(
                model("post_save", "shop.Stock", pk)(
                    placed("warn_if_low", 50 * US + (pk % 10) * 100 * US, 180)
                ),
            ),
        )
        for pk in range(1, 501)
    ]
    for pk in (1, 2, 3):
        roots.append(
            model("pre_delete", "shop.Book", pk, site=site(30, "clear"))(placed("check_loans", 10 * US, 190))
        )
        roots.append(
            model("post_delete", "shop.Book", pk, site=site(30, "clear"))(placed("drop_cover", pk * MS, 200))
        )
    return build_trace(*roots)


SAMPLES: dict[str, Callable[[], Trace]] = {
    function.__name__: function
    for function in (
        checkout,
        concurrent,
        deep,
        empty,
        folded,
        hostile,
        long_names,
        lossy,
        muted,
        only_orphaned,
        opaque,
        queries,
        raising,
        recursive,
        robust,
        suite,
        transacted,
    )
}
