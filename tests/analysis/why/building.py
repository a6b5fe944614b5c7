"""A shop made by hand: its source, what is connected of it, what was seen; each test changes one thing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from signaltrace.analysis.why.answer import Answer, Chain, Question, explain, project_of, targets_of
from signaltrace.analysis.why.link import Link
from signaltrace.connections import ConnectedSignal, Connection, Inventory, Pending
from signaltrace.declarations import (
    FUNCTION,
    LABEL,
    NAME,
    NOTHING,
    UNDECIDED,
    VALUE,
    AppInfo,
    BulkCall,
    Connect,
    FunctionDef,
    Reference,
    SendCall,
    Source,
    SourceModule,
)
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED, Event, History
from signaltrace.model_map import ModelInfo
from signaltrace.span import CallSite, ReceiverInfo, SenderInfo, SignalInfo
from signaltrace.trace import Trace

PRE_SAVE = "django.db.models.signals.pre_save"
POST_SAVE = "django.db.models.signals.post_save"
POST_DELETE = "django.db.models.signals.post_delete"
M2M_CHANGED = "django.db.models.signals.m2m_changed"
PAID = "shop.signals.paid"
ANY = "any sender"
ROOT = "/srv/bookshop"
RECEIVERS = f"{ROOT}/shop/receivers.py"
APPS = f"{ROOT}/shop/apps.py"
ADVICE = 'To have it recorded, put "signaltrace" first in INSTALLED_APPS.'
NOTIFY = "shop.receivers.notify"


def name(dotted: str) -> Reference:
    """A dotted name of the source."""
    return Reference(NAME, dotted, dotted.rpartition(".")[2])


def label(text: str) -> Reference:
    """The name of a model as text."""
    return Reference(LABEL, text, f'"{text}"')


def uid(text: str) -> Reference:
    """A dispatch_uid."""
    return Reference(VALUE, text, f'"{text}"')


NONE = Reference(NOTHING)
WHO_KNOWS = Reference(UNDECIDED, "", "thing")


def function(qualname: str = "notify", line: int = 10, **more: Any) -> FunctionDef:
    """A receiver of four lines, its decorator the first."""
    given = {
        "def_line": line + 1,
        "end_line": line + 3,
        "decorators": ("receiver",),
        "parameters": ("sender",),
        "accepts_kwargs": True,
        **more,
    }
    return FunctionDef(qualname, line, **given)


def connect(signal: str = POST_SAVE, sender: Reference = NONE, **more: Any) -> Connect:
    """``@receiver(signal, sender=…)`` above notify."""
    given: dict[str, Any] = {
        "action": "connect",
        "form": "decorator",
        "receiver": name(NOTIFY),
        "receiver_kind": FUNCTION,
        "receiver_line": 10,
        "temporary": False,
        "dispatch_uid": NONE,
        "weak": True,
        "line": 10,
        **more,
    }
    return Connect(signal=name(signal) if signal else WHO_KNOWS, sender=sender, **given)


def module(dotted: str, *, loaded: bool = True, **more: Any) -> SourceModule:
    """A file of the shop."""
    given = {"app": "shop", "mine": True, "loaded_as": (dotted,) if loaded else (), **more}
    return SourceModule(dotted, f"{ROOT}/{dotted.replace('.', '/')}.py", **given)


def app(**more: Any) -> AppInfo:
    """The shop, with an AppConfig that has a ready()."""
    given = {
        "config": "shop.apps.ShopConfig",
        "file": APPS,
        "line": 4,
        "ready_line": 8,
        "mine": True,
        **more,
    }
    return AppInfo("shop", "shop", f"{ROOT}/shop", **given)


def receiver(dotted: str = NOTIFY, line: int | None = 10, **more: Any) -> ReceiverInfo:
    """A live receiver of shop/receivers.py."""
    return ReceiverInfo(dotted, **{"file": RECEIVERS, "line": line, "app": "shop", "mine": True, **more})


def connection(sender: str = ANY, order: int = 1, **more: Any) -> Connection:
    """notify, connected and alive."""
    who = more.pop("receiver", receiver())
    given = {"weak": True, "alive": True, "kind": FUNCTION, "module": "shop.receivers", "qualname": "notify"}
    text = sender if sender == ANY or "." not in sender else ""
    sender_info = SenderInfo(sender, "" if text else sender.partition(".")[0])
    return Connection(order, who, sender_info, **{**given, **more})


def event(
    what: str = CONNECTED, number: int = 1, signal: str = POST_SAVE, sender: str = ANY, **more: Any
) -> Event:
    """Something that happened to notify's connection."""
    given = {
        "receiver": receiver(),
        "sender": SenderInfo(sender),
        "site": CallSite(RECEIVERS, 10, "<module>"),
        "within": "shop.apps.ShopConfig.ready",
        **more,
    }
    return Event(number, what, signal, **given)


ORDER = ModelInfo(
    "shop.Order",
    "shop.models.Order",
    app="shop",
    children=("shop.GiftOrder",),
    proxies=("shop.PaidOrder",),
    many_to_many=(("items", "shop.Order_items"),),
    file=f"{ROOT}/shop/models.py",
    line=5,
)
MODELS = (
    ORDER,
    ModelInfo("shop.Customer", "shop.models.Customer", app="shop"),
    ModelInfo("shop.GiftOrder", "shop.models.GiftOrder", app="shop", parents=("shop.Order",)),
    ModelInfo("shop.PaidOrder", "shop.models.PaidOrder", app="shop", proxy_for="shop.Order"),
    ModelInfo("shop.Order_items", "shop.models.Order_items", app="shop", auto_created="shop.Order"),
    ModelInfo("auth.User", "django.contrib.auth.models.User", app="auth", swapped="accounts.User"),
    ModelInfo("accounts.User", "accounts.models.User", app="accounts"),
)


@dataclass
class Shop:
    """What a test may change of the shop, and the answer to a question about it."""

    connects: list[Connect] = field(default_factory=lambda: [connect()])
    functions: list[FunctionDef] = field(default_factory=lambda: [function()])
    connections: dict[str, list[Connection]] = field(default_factory=lambda: {POST_SAVE: [connection()]})
    loaded: bool = True
    apps: tuple[AppInfo, ...] = field(default_factory=lambda: (app(),))
    others: list[SourceModule] = field(default_factory=list)
    history: History = field(default_factory=lambda: History(advice=ADVICE))
    pending: tuple[Pending, ...] = ()
    bulk: tuple[BulkCall, ...] = ()
    sends: tuple[SendCall, ...] = ()
    models: tuple[ModelInfo, ...] = MODELS
    trace: Trace | None = None
    debug: bool = False

    def facts(self) -> Facts:
        """The facts of the shop as it is now."""
        known = dict.fromkeys(self.connections, False)
        signals = {
            **known,
            PRE_SAVE: False,
            POST_SAVE: False,
            POST_DELETE: False,
            M2M_CHANGED: False,
            PAID: True,
        }
        live = [
            ConnectedSignal(SignalInfo(each, mine=mine), tuple(self.connections.get(each, ())))
            for each, mine in signals.items()
        ]
        modules = [
            module(
                "shop.receivers",
                loaded=self.loaded,
                connects=tuple(self.connects),
                functions=tuple(self.functions),
                bulk=self.bulk,
            ),
            module("shop.signals", signals=(("paid", 3),)),
            module("shop.cart", sends=self.sends),
            *self.others,
        ]
        return Facts(
            inventory=Inventory(
                tuple(live), models=tuple(each.label for each in self.models), pending=self.pending
            ),
            source=Source(tuple(modules), self.apps),
            history=self.history,
            models=self.models,
            debug=self.debug,
            user_model="accounts.User",
            trace=self.trace,
        )

    def ask(self, text: str = "notify", **more: Any) -> Answer:
        """The answer of why."""
        question = Question(text, **more)
        project = project_of(self.facts())
        (target,) = targets_of(project, question)
        return explain(project, target, question)

    def chain(self, text: str = "notify", **more: Any) -> Chain:
        """The only chain of the answer."""
        (chain,) = self.ask(text, **more).chains
        return chain

    def link(self, wanted: str, text: str = "notify", **more: Any) -> Link:
        """One link of the only chain."""
        (link,) = [each for each in self.chain(text, **more).links if each.name == wanted]
        return link


def unconnected(**more: Any) -> Shop:
    """The shop with nothing connected."""
    return Shop(connections={}, **more)


def saw(*events: Event) -> History:
    """A history that missed nothing."""
    return History(on=True, complete=True, events=events)


def other_receiver(dotted: str = "shop.receivers.audit", line: int = 30) -> ReceiverInfo:
    """Another receiver of the same file."""
    return replace(receiver(), name=dotted, line=line)
