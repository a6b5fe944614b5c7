"""A shop's models and receivers as data, for what runs for a model; and names that are hostile."""

from __future__ import annotations

from typing import Any

from signaltrace.connections import Connection, Inventory
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo, Related
from tests.inventory.samples import connected, connection

_MODULE = "django.db.models.signals."
PRE_INIT, POST_INIT = f"{_MODULE}pre_init", f"{_MODULE}post_init"
PRE_SAVE, POST_SAVE = f"{_MODULE}pre_save", f"{_MODULE}post_save"
PRE_DELETE, POST_DELETE = f"{_MODULE}pre_delete", f"{_MODULE}post_delete"
M2M_CHANGED = f"{_MODULE}m2m_changed"


def model(label: str, **fields: Any) -> ModelInfo:
    """A model of a module `models` of its app."""
    app, _, name = label.partition(".")
    related = tuple(fields.pop("related", ()))
    return ModelInfo(
        label, f"{app}.models.{name}", app, f"{app}/models.py", 12, True, related=related, **fields
    )


def to(target: str, relation: str, on_delete: str = "CASCADE", **fields: Any) -> Related:
    """A relation that points at `target`, of a field `shop.OrderLine.order`."""
    label, _, field = relation.rpartition(".")
    return Related(label, field, on_delete, to=target, **fields)


def audit(name: str, order: int) -> Connection:
    """A receiver of another package, for any sender."""
    file = "/env/lib/site-packages/audit/receivers.py"
    return connection(f"audit.{name}", order=order, line=30 + order, app="audit", mine=False, file=file)


def shop() -> Facts:
    """Books with a child and a proxy, orders with lines, tags; two models of one name; a swapped one."""
    tags = (("tags", "shop.Book_tags"),)
    book = (
        to("shop.Book", "shop.Book_tags.book"),
        to("shop.Book", "shop.OrderLine.book", "SET_NULL", null=True),
        to("shop.Book", "shop.Ebook.book_ptr", parent_link=True),
        to("shop.Book", "shop.Review.book"),
        to("shop.Book", "stock.Note.object_id", generic=True),
    )
    models = (
        model("auth.User", swapped="people.Member"),
        model("news.Tag"),
        model("people.Member", related=[to("people.Member", "shop.Order.customer", "PROTECT")]),
        model("shop.Book", children=("shop.Ebook",), proxies=("shop.UsedBook",), own_save=True,
              related=book, many_to_many=tags, loaded_by_fixtures=("shop/fixtures/books.json",)),
        model("shop.Book_tags", auto_created="shop.Book"),
        model("shop.Ebook", parents=("shop.Book",), parent_links=(("book_ptr", "shop.Book"),), own_save=True,
              related=[each for each in book if not each.parent_link], many_to_many=tags),
        model("shop.Order", own_delete=True, related=[to("shop.Order", "shop.OrderLine.order"),
                                                      to("shop.Order", "shop.Parcel.order", "RESTRICT")]),
        model("shop.OrderLine"),
        model("shop.Parcel"),
        model("shop.Review", related=[to("shop.Review", "shop.ReviewVote.review")]),
        model("shop.ReviewVote"),
        model("shop.Tag", related=[to("shop.Tag", "shop.Book_tags.tag")],
              many_to_many_from=(("shop.Book.tags", "shop.Book_tags"),)),
        model("shop.UsedBook", proxy_for="shop.Book", many_to_many=tags,
              related=[each for each in book if not each.generic]),
        model("stock.Note"),
    )  # fmt: skip
    signals = (
        connected(
            M2M_CHANGED, connection("search.receivers.index_tags", "shop.Book_tags", line=9, uid="tags")
        ),
        connected(
            POST_DELETE, audit("log_delete", 1), connection("shop.receivers.restock", "shop.OrderLine")
        ),
        connected(POST_INIT, connection("shop.receivers.remember_price", "shop.Book", line=3)),
        connected(
            POST_SAVE,
            connection("shop.receivers.keep_total", "shop.Order", line=14),
            connection("shop.receivers.lost", "shop.Order", alive=False, line=20),
            audit("log_save", 2),
            connection("shop.receivers.index", "shop.Book", order=3, line=41),
            connection("shop.receivers.pack", "shop.Ebook", order=4, line=51),
            connection("people.receivers.welcome", "auth.User", order=5, line=7),
            connection("shop.mail.thank", "shop.Order", order=6, line=3, is_async=True),
        ),
        connected(PRE_DELETE, connection("shop.receivers.archive", "shop.Order", line=61)),
    )
    return Facts(inventory=Inventory(signals), models=models, user_model="people.Member")


def hostile() -> Facts:
    """Names that would take a terminal over, and ones that fit in no line."""
    bad = "\x1b]0;owned\x07[red]alarm[/red]\u202e\ud800\n"
    label = f"evil.{bad}{'Long' * 60}"
    models = (
        model("evil.Model", own_save=True, proxies=(label,), unread=bad, loaded_by_fixtures=(bad,),
              related=[to("evil.Model", f"{label}.{bad}"), to("evil.Model", f"{label}.{bad}", bad)],
              many_to_many=((bad, label),)),
        model(label),
    )  # fmt: skip
    receivers = (connection(f"evil.{bad}" + "x" * 500, uid=bad * 30), connection(f"evil.{bad}", label))
    signals = (POST_INIT, POST_SAVE, PRE_DELETE, M2M_CHANGED)
    return Facts(inventory=Inventory(tuple(connected(each, *receivers) for each in signals)), models=models)


SAMPLES = {
    "order": (shop, "shop.Order"),
    "book": (shop, "shop.Book"),
    "child": (shop, "shop.Ebook"),
    "proxy": (shop, "shop.UsedBook"),
    "through": (shop, "shop.Book_tags"),
    "swapped": (shop, "auth.User"),
    "leaf": (shop, "news.Tag"),
    "hostile": (hostile, "evil.Model"),
}
