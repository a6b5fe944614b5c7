"""Inventories for the views and the filter, built from data alone."""

from __future__ import annotations

from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.trace import ReceiverInfo, SenderInfo, SignalInfo

POST_SAVE = "django.db.models.signals.post_save"


def connection(
    receiver: str,
    sender: str = "any sender",
    *,
    order: int = 1,
    file: str | None = None,
    line: int = 1,
    app: str = "shop",
    mine: bool = True,
    is_async: bool = False,
    weak: bool = True,
    alive: bool = True,
    uid: str | None = None,
) -> Connection:
    """A connection; its file follows from the receiver's module."""
    place = receiver.rpartition(".")[0].replace(".", "/") + ".py" if file is None else file
    info = ReceiverInfo(receiver, place or None, line if place else None, app, mine, is_async)
    return Connection(order if alive else 0, info, SenderInfo(sender, sender.split(".")[0]), weak, alive, uid)


def connected(
    signal: str,
    *connections: Connection,
    mine: bool = False,
    app: str = "django",
    aliases: tuple[str, ...] = (),
) -> ConnectedSignal:
    """A signal with these connections."""
    return ConnectedSignal(SignalInfo(signal, app, mine), connections, aliases)


def shop() -> Inventory:
    """A project of the usual kind: model receivers, signals of its own, some of it wrong."""
    audit = {"app": "auditlog", "mine": False, "file": "/env/lib/site-packages/auditlog/receivers.py"}
    return Inventory(
        (
            connected("django.core.signals.request_started"),
            connected("django.core.signals.request_finished"),
            connected(
                "django.db.models.signals.post_delete",
                connection("auditlog.receivers.log_delete", order=1, line=41, **audit),
            ),
            connected(
                POST_SAVE,
                connection("shop.receivers.keep_total", "shop.Order", order=1, line=14),
                connection("shop.receivers.lost", "shop.Order", alive=False, line=20),
                connection(
                    "auditlog.receivers.log_save", order=2, line=30, uid="('auditlog', 'save')", **audit
                ),
                connection(
                    "<lambda> at shop/apps.py:14",
                    "shop.Book",
                    order=3,
                    weak=False,
                    file="shop/apps.py",
                    line=14,
                ),
                connection("shop.audit.Recorder()", "shop.Order", order=4, line=8, weak=False),
                connection("shop.mail.welcome", "auth.User", order=5, line=3, is_async=True),
                aliases=("django.db.models.base.post_save",),
            ),
            connected(
                "shop.signals.order_paid",
                connection("partial(shop.mail.notify)", order=1, line=31, file="shop/mail.py"),
                connection("shop.notify.Mailer.send", order=2, line=9, uid="mail", file="shop/notify.py"),
                mine=True,
                app="shop",
            ),
            connected("shop.signals.stock_low", mine=True, app="shop"),
        ),
        (f"{POST_SAVE}: shop.receivers.lost is dead: it was connected weakly and nothing else kept it.",),
    )


def large() -> Inventory:
    """Hundreds of receivers on one signal, long names, tuples as dispatch_uids, a collected receiver."""
    deep = "company_project.applications.warehouse.integrations.receivers"
    return Inventory(
        (
            connected(
                POST_SAVE,
                *(
                    connection(
                        f"{deep}.connect_everything.<locals>.synchronise_stock_{number}",
                        f"warehouse.StockMovement{number % 3}",
                        order=number + 1,
                        file=deep.replace(".", "/") + ".py",
                        line=number + 1,
                        weak=False,
                        uid=f"('warehouse', 'synchronise', {number}, 'a rather long identifier')",
                    )
                    for number in range(120)
                ),
                connection("collected receiver", alive=False, file="", uid="once"),
            ),
            *(connected(f"{deep}.signals.number_{number}") for number in range(30)),
        )
    )


def hostile() -> Inventory:
    """Names that would take a terminal over."""
    bad = "\x1b]0;owned\x07[red]alarm[/red]\u202e\ud800\n"
    return Inventory(
        (
            connected(
                f"evil.{bad}", connection(f"evil.{bad}" + "x" * 500, f"a.{bad}", uid=bad * 30), mine=True
            ),
        ),
        (f"A note: {bad}",),
    )


SAMPLES = {
    "shop": shop,
    "large": large,
    "hostile": hostile,
    "no_receivers": lambda: Inventory((connected("shop.signals.paid", mine=True), connected("b.signals.b"))),
    "empty": Inventory,
}
