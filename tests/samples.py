"""Sample traces, one per hard case, for the golden files of every view and export."""

from __future__ import annotations

from collections.abc import Callable

from signaltrace.rows import STEP, Row, pack
from signaltrace.tally import Tally
from signaltrace.testing import Called, Sent, build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault, ReceiverInfo, SenderInfo, SignalInfo, Trace

US = 1_000
MS = 1_000_000
MODELS = "django.db.models.signals."
RECEIVERS = "/srv/bookshop/shop/receivers.py"


def model(signal: str, sender: str, pk: int, **facts: object) -> Sent:
    """A model signal as it is recorded: the instance as label and pk."""
    arguments = {"instance": (sender, "pk", pk), **facts.pop("more", {})}  # type: ignore[dict-item]
    return sent(MODELS + signal, sender, arguments=arguments, **facts)


def site(line: int, function: str = "checkout", file: str = "/srv/bookshop/shop/checkout.py") -> CallSite:
    """A place that sends signals."""
    return CallSite(file, line, function)


def placed(name: str, own_ns: int, line: int, **facts: object) -> Called:
    """A receiver of shop/receivers.py."""
    return called(f"shop.receivers.{name}", own_ns, file=RECEIVERS, line=line, **facts)


def empty() -> Trace:
    """Nothing was sent at all."""
    return build_trace(wall_ns=3 * MS)


def only_orphaned() -> Trace:
    """Signals were sent, and nobody listened."""
    return build_trace(
        wall_ns=3 * MS,
        signals=[
            SignalInfo(f"{MODELS}pre_init", "django"),
            SignalInfo("shop.signals.stock_low", "shop", True),
        ],
        senders=[SenderInfo("shop.Book", "shop")],
        orphaned=[(0, 0, 1200), (1, 0, 3)],
    )


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
                    called(
                        "search.index.IndexUpdater.refresh",
                        2 * MS,
                        file="/srv/bookshop/search/index.py",
                        line=88,
                    ),
                ),
            ),
            called(
                "search.index.IndexUpdater.refresh", 3 * MS, file="/srv/bookshop/search/index.py", line=88
            ),
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
    trace.signals += [
        SignalInfo(f"{MODELS}pre_init", "django"),
        SignalInfo("shop.signals.stock_low", "shop", True),
    ]
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


def hostile() -> Trace:
    """Names, arguments and messages that would take a terminal over, forge lines or fill the screen."""
    error = ErrorInfo(
        "evil.Error", "\x1b]0;owned\x07\nforged line \u202egnp.exe [/red] " + "x" * 100_000, "/tmp/[b].py", 1
    )
    return build_trace(
        sent(
            "evil.signals.[red]alarm[/red]",
            "\x1b[31mred\x1b[0m\ud800",
            arguments={"[link=x]": "a\nb\x1b[2J\u202e", "blob": "y" * 100_000},
            site=CallSite("/srv/[bold]/\x1b]8;;http://x\x07.py", 3, "f"),
        )(
            called("evil.receivers.[bold]shout[/bold]", 5 * MS, error=error),
            called("evil.\u2066bidi\u2069.wide_漢字漢字.\tname\r\n", 2 * MS),
            called("evil." + "z" * 100_000, 1 * MS),
        ),
        argv=["manage.py", "\x1b[5mblink\n[red]"],
        notes=["\x1b[2Ja note [red]"],
        faults=[Fault("[red]probe", "\x1b]0;t\x07", 2)],
    )


def long_names() -> Trace:
    """Paths that fit no line: cut in the middle, never at the receiver's own name."""
    package = "acme_corporation.platform.commerce.order_management.integrations.warehouse"
    return build_trace(
        sent(
            f"{package}.signals.reservation_confirmed_by_warehouse",
            f"{package}.models.ReservationConfirmationEnvelope",
            arguments={f"argument_number_{number}": f"value {number}" for number in range(6)},
            site=CallSite(f"/srv/{package.replace('.', '/')}/services/confirmation.py", 1204, "confirm"),
        )(
            called(f"{package}.receivers.ReservationProjection.update_read_model_after_confirmation", 5 * MS)(
                sent(f"{MODELS}post_save", f"{package}.models.ReadModel")(
                    called("short.one", 1 * MS),
                    called(
                        "a." + "receiver_with_a_name_much_longer_than_any_line_should_ever_have_to_be" * 2,
                        1 * MS,
                    ),
                ),
            ),
        ),
    )


def deep() -> Trace:
    """Thirty dispatches inside one another: the guides give way, the names do not."""
    inner = model("post_save", "shop.Node", 30)(called("shop.tree.touch_parent_30", 1 * MS))
    for level in range(29, 0, -1):
        inner = model("post_save", "shop.Node", level)(
            called(f"shop.tree.touch_parent_{level}", 1 * MS)(inner)
        )
    return build_trace(inner)


def opaque() -> Trace:
    """A Signal subclass that loops itself; what it called is known, how it went on is not."""
    return build_trace(
        sent("shop.signals.chained", "any sender", method="send_chained", opaque=True, site=site(70))(
            placed("first_link", 1 * MS, 210),
        ),
        sent("shop.signals.chained", "any sender", method="send_chained", opaque=True, site=site(71)),
    )


def lossy() -> Trace:
    """Spans dropped at the limit, faults of our own, notes, orphans recorded as spans."""
    trace = build_trace(
        sent("shop.signals.stock_low", "shop.Book", site=site(5)),
        model("post_save", "shop.Book", 7)(placed("make_slug", 1 * MS, 160)),
        wall_ns=10 * MS,
    )
    lost = Tally()
    lost.add([(STEP * 900, 0, 1, 0, 0, 2 * MS, 5 * MS, (0, 0, 5 * MS), None, None)])
    trace.tally = lost
    trace.dropped = 2
    trace.orphaned = [(0, 0, 4)]
    trace.faults = [
        Fault("capture/arguments.py", "TypeError: unhashable type", 3),
        Fault("probe queries", "gone"),
    ]
    trace.notes = ["Django 7.0 is not known yet: sends go through Django's own loop."]
    return trace


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
        only_orphaned,
        opaque,
        raising,
        recursive,
        robust,
    )
}
