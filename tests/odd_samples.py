"""Sample traces off the everyday path: hostile names, names too long, too deep, nothing at all."""

from __future__ import annotations

from signaltrace.rows import STEP
from signaltrace.tally import Tally
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault, ReceiverInfo, SenderInfo, Trace
from tests.query_samples import asks, call, ran
from tests.sample_parts import MODELS, MS, PRE_INIT, RECEIVERS, STOCK_LOW, US, model, placed, site
from tests.suite_samples import with_tests


def empty() -> Trace:
    """Nothing was sent at all."""
    return build_trace(wall_ns=3 * MS)


def only_orphaned() -> Trace:
    """Signals were sent, and nobody listened."""
    return build_trace(
        wall_ns=3 * MS,
        signals=[PRE_INIT, STOCK_LOW],
        senders=[SenderInfo("shop.Book", "shop")],
        orphaned=[(0, 0, 1200), (1, 0, 3)],
    )


def hostile() -> Trace:
    """Names, arguments and messages that would take a terminal over, forge lines or fill the screen."""
    error = ErrorInfo(
        "evil.Error", "\x1b]0;owned\x07\nforged line \u202egnp.exe [/red] " + "x" * 100_000, "/tmp/[b].py", 1
    )
    trace = build_trace(
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
    statement = "SELECT [red]\x1b]0;t\x07\u202e FROM [/link] WHERE '" + "(" * 50_000 + "q" * 50_000
    asks(trace, [(statement, "\x1b[2J[bold]", CallSite("/srv/\x1b[31m.py", 1, "f"))])
    ran(trace, {call(0): [(0, MS)] * 7})
    return with_tests(
        trace,
        ("tests.py::test_[bold]\x1b[31m\u202e\n[/red]" + "w" * 5_000, "call", 0, 20 * MS),
        connected=[ReceiverInfo("evil.\x1b]0;t\x07[red]never", "/tmp/\x1b.py", 1, "evil", True)],
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


def muted() -> Trace:
    """Receivers left out on purpose: beside others, all of them, many, and before one that raises."""
    error = ErrorInfo("shop.errors.OutOfStock", "none left", RECEIVERS, 77)
    return build_trace(
        model("post_save", "shop.Order", 4, site=site(41), muted=("search.index.reindex",))(
            placed("update_total", 2 * MS, 20)(
                model("post_save", "shop.Total", 4, muted=("search.index.reindex", "shop.mail.notify")),
            ),
        ),
        *(
            sent("shop.signals.stock_low", "shop.Book", site=site(5), muted=("shop.mail.notify",))
            for _ in range(3)
        ),
        sent("shop.signals.stock_low", "shop.Book", site=site(5))(placed("reorder", 1 * MS, 160)),
        model(
            "pre_delete",
            "shop.Order",
            4,
            site=site(60),
            muted=tuple(f"shop.audit.log_{each}" for each in range(7)),
            not_called=("shop.mail.notify",),
        )(placed("check_stock", 10 * US, 70, error=error)),
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
