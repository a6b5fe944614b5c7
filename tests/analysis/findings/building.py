"""Facts made by hand: a project of two files, with what a test says is connected, declared and remembered."""

from __future__ import annotations

from typing import Any

from signaltrace.analysis.finding import Finding, Rule
from signaltrace.connections import ConnectedSignal, Connection, Inventory, Pending
from signaltrace.declarations import FUNCTION, NAME, NOTHING, Connect, Reference, SourceModule
from signaltrace.facts import Facts
from signaltrace.history import CONNECTED, Event, History
from signaltrace.model_map import ModelInfo
from signaltrace.span import CallSite, ReceiverInfo, SenderInfo, SignalInfo

POST_SAVE = "django.db.models.signals.post_save"
POST_DELETE = "django.db.models.signals.post_delete"
POST_INIT = "django.db.models.signals.post_init"
PAID = "shop.signals.paid"
ANY = "any sender"
FILE = "/srv/shop/receivers.py"
APPS = "/srv/shop/apps.py"


def receiver(name: str = "notify", line: int | None = 10, **more: Any) -> ReceiverInfo:
    """A receiver of shop/receivers.py; dotted names and others are taken as they are."""
    full = name if any(each in name for each in ".<( ") else f"shop.receivers.{name}"
    given = {"file": FILE, "line": line, "app": "shop", "mine": True, **more}
    return ReceiverInfo(full, **given)


def conn(name: str = "notify", sender: str = ANY, **more: Any) -> Connection:
    """A live connection of a function, unless more is said."""
    where = {key: more.pop(key) for key in ("file", "line", "mine", "app") if key in more}
    given = {"order": 1, "weak": True, "alive": True, "kind": FUNCTION, "module": "shop.receivers", **more}
    given.setdefault("qualname", name.rpartition(".")[2])
    return Connection(receiver=receiver(name, **where), sender=SenderInfo(sender), **given)


def signal(name: str, *connections: Connection) -> ConnectedSignal:
    """A signal with its connections."""
    return ConnectedSignal(SignalInfo(name, name.partition(".")[0], True), connections)


def module(name: str = "shop.receivers", *connects: Connect, **more: Any) -> SourceModule:
    """A file of the project, imported once unless more is said."""
    given = {"app": "shop", "mine": True, "loaded_as": (name,), "connects": connects, **more}
    return SourceModule(name, f"/srv/{name.replace('.', '/')}.py", **given)


def declaration(signal: str = PAID, receiver: str = "shop.receivers.notify", **more: Any) -> Connect:
    """``signal.connect(receiver)`` on line 20, unless more is said."""
    given: dict[str, Any] = {
        "action": "connect",
        "form": "call",
        "receiver_kind": FUNCTION,
        "receiver_line": 10,
        "temporary": False,
        "sender": Reference(NOTHING),
        "dispatch_uid": Reference(NOTHING),
        "weak": True,
        "line": 20,
        **more,
    }
    target = Reference(NAME, receiver, receiver) if isinstance(receiver, str) else receiver
    return Connect(signal=Reference(NAME, signal, signal), receiver=target, **given)


def event(what: str = CONNECTED, number: int = 1, name: str = "notify", **more: Any) -> Event:
    """Something that happened to a connection, connected in a ready()."""
    given: dict[str, Any] = {
        "signal": PAID,
        "sender": SenderInfo(ANY),
        "site": CallSite(APPS, 30, "ready"),
        "within": "shop.apps.ShopConfig.ready",
        **more,
    }
    return Event(number, what, receiver=receiver(name), **given)


def facts(
    *signals: ConnectedSignal,
    modules: tuple[SourceModule, ...] = (),
    models: tuple[ModelInfo, ...] = (),
    events: tuple[Event, ...] = (),
    pending: tuple[Pending, ...] = (),
    **more: Any,
) -> Facts:
    """All of it together."""
    from signaltrace.declarations import Source

    inventory = Inventory(signals, models=tuple(each.label for each in models), pending=pending)
    history = History(on=True, complete=True, events=events)
    return Facts(inventory, Source(modules), history, models, **more)


def model(label: str, **more: Any) -> ModelInfo:
    """A model of the project."""
    app, _, name = label.partition(".")
    return ModelInfo(label, f"{app}.models.{name}", app, f"/srv/{app}/models.py", 5, mine=True, **more)


def found(rule: Rule, given: Facts) -> list[Finding]:
    """What a rule finds; each finding is as the house wants it."""
    findings = list(rule.find(given))
    for each in findings:
        assert (each.rule, each.severity) == (rule.ID, rule.SEVERITY)
        assert "\n" not in each.title
        assert not each.title.endswith(".")
        assert each.fix.endswith((".", "?"))
        assert each.evidence
        assert not any(character.isdigit() for character in each.subject)
    return findings
