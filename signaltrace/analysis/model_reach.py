"""What runs for a model, stage *analysis*: when one is made, saved, deleted, related; in order.

Senders are matched by identity, as Django does: a receiver of a parent, a child or a proxy is another's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from signaltrace.analysis.deletes import Deleted, follow
from signaltrace.analysis.idle import Idle, idle
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.matching import closest
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import CLASS, FUNCTION
from signaltrace.errors import SignaltraceError
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

_MODULE = "django.db.models.signals."
INIT = (f"{_MODULE}pre_init", f"{_MODULE}post_init")
SAVE = (f"{_MODULE}pre_save", f"{_MODULE}post_save")
DELETE = (f"{_MODULE}pre_delete", f"{_MODULE}post_delete")
M2M_CHANGED = f"{_MODULE}m2m_changed"

# What each way of changing a many-to-many relation sends, in order; set() removes and adds.
ADD = ("pre_add", "post_add")
REMOVE = ("pre_remove", "post_remove")
CLEAR = ("pre_clear", "post_clear")


@dataclass(frozen=True, slots=True)
class Sending:
    """A signal with the sender it is sent with, and the connections that match, in the order of dispatch.

    They are numbered anew from 1; a dead one keeps its place and the number 0.
    """

    signal: str
    sender: str
    connections: tuple[Connection, ...] = ()

    @property
    def live(self) -> tuple[Connection, ...]:
        """Those that run."""
        return tuple(each for each in self.connections if each.alive)


@dataclass(frozen=True, slots=True)
class Unheard:
    """Connections for a relative (a ``parent``, ``child``, ``proxy``, …): they do not run for the model."""

    relative: str
    kinship: str
    signal: str
    connections: tuple[Connection, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A many-to-many relation, seen from the model. ``sent`` has ``through`` for its sender.

    ``reverse``: the field is another model's; so it is where the model asked about is ``through`` itself.
    ``rows`` is what deletes of the through model's rows send, by ``remove``, ``clear`` and ``set``: nothing
    where Django made that model, or deletes them fast.
    """

    field: str
    through: str
    reverse: bool
    sent: Sending
    rows: tuple[Sending, ...] = ()


@dataclass(frozen=True, slots=True)
class Slowed:
    """A model that loses fast delete, and the connections it loses it to, by signal."""

    model: str
    through: str
    silent: bool
    to: tuple[Sending, ...]


@dataclass(frozen=True, slots=True)
class ModelReach:
    """Everything that runs for a model.

    ``init`` is sent for each instance that is made, by the program or from a row; ``save`` by ``save()``, for
    a new row (``create`` makes an instance first) as for an old one. A model that Django made for a
    many-to-many field sends none but ``init``; one that is swapped out nothing at all. ``deleted`` are the
    models a delete reaches, ``pre_delete`` and ``post_delete`` what is sent, in order; ``loaded`` the other
    models whose ``init`` runs because their rows are loaded for it. ``unheard``: what is connected for
    relatives; ``idle``: what the source declares for the model, and is not connected.
    """

    model: ModelInfo
    init: tuple[Sending, ...]
    save: tuple[Sending, ...]
    deleted: Deleted
    pre_delete: tuple[Sending, ...]
    post_delete: tuple[Sending, ...]
    slowed: tuple[Slowed, ...]
    loaded: tuple[Sending, ...]
    changes: tuple[Change, ...]
    unheard: tuple[Unheard, ...]
    idle: tuple[Idle, ...] = ()

    @property
    def create(self) -> tuple[Sending, ...]:
        """What ``objects.create()`` sends."""
        return self.init + self.save

    @property
    def delete(self) -> tuple[Sending, ...]:
        """What ``delete()`` sends."""
        return self.pre_delete + self.post_delete


def find_model(facts: Facts, label: str) -> ModelInfo:
    """The model of a label, a dotted name or a class name that no other has, in any case.

    Raises SignaltraceError with the nearest name, or the labels of those that share it.
    """
    wanted = label.strip().casefold()
    for exact in (
        [each for each in facts.models if wanted in (each.label.casefold(), each.name.casefold())],
        [each for each in facts.models if wanted == each.label.rpartition(".")[2].casefold()],
    ):
        if len(exact) == 1:
            return exact[0]
        if exact:
            shared = ", ".join(each.label for each in exact)
            raise SignaltraceError(f"several models are called {label[:60]!r}; say which: {shared}")
    near = closest(label, [each.label for each in facts.models])
    hint = f"the closest is {near}" if near else "--model takes a label such as shop.Order"
    raise SignaltraceError(f"no model is called {label[:60]!r}; {hint}")


def model_reach(facts: Facts, label: str) -> ModelReach:
    """What runs for the model of ``label``. Raises SignaltraceError where there is no such model."""
    model = find_model(facts, label)
    signals = _Signals(facts)
    deleted = follow(model.label, signals.models, signals.hears_delete)
    saves = () if model.auto_created or model.swapped else SAVE
    if model.swapped:
        deleted = Deleted(model.label)
    inits = () if model.swapped else INIT
    loaded = dict.fromkeys(each.model for each in deleted.reached if each.made)
    loaded.pop(model.label, None)
    return ModelReach(
        model=model,
        init=tuple(signals.send(each, model.label) for each in inits),
        save=tuple(signals.send(each, model.label) for each in saves),
        deleted=deleted,
        pre_delete=tuple(signals.send(DELETE[0], each) for each in deleted.order),
        post_delete=tuple(signals.send(DELETE[1], each) for each in deleted.order),
        slowed=tuple(_slowed(deleted, signals)),
        loaded=tuple(signals.send(signal, each) for each in loaded for signal in INIT),
        changes=() if model.swapped else tuple(_changes(model, signals)),
        unheard=tuple(_unheard(model, signals, deleted.order)),
        idle=tuple(idle(facts, {model.label, *(each for _, each in model.many_to_many)})),
    )


class _Signals:
    """The model signals of an inventory, and what runs for a sender."""

    def __init__(self, facts: Facts) -> None:
        self.models: Mapping[str, ModelInfo] = {each.label: each for each in facts.models}
        self.connected: dict[str, ConnectedSignal] = {
            each.signal.name: each for each in facts.inventory.signals
        }

    def send(self, signal: str, sender: str) -> Sending:
        """What runs when ``sender`` sends ``signal``: in the inventory's order, which is Django's."""
        found = []
        number = 0
        for each in self._connections(signal):
            if each.sender.name in (sender, ANY_SENDER):
                number += each.alive
                found.append(replace(each, order=number if each.alive else 0))
        return Sending(signal, sender, tuple(found))

    def only_for(self, signal: str, sender: str) -> tuple[Connection, ...]:
        """What is connected for just this sender."""
        return tuple(each for each in self._connections(signal) if each.sender.name == sender)

    def hears_delete(self, model: str) -> bool:
        """Collector asks Signal.has_listeners: a dead receiver is none."""
        return any(self.send(signal, model).live for signal in DELETE)

    def _connections(self, signal: str) -> tuple[Connection, ...]:
        connected = self.connected.get(signal)
        return connected.connections if connected is not None else ()


def _slowed(deleted: Deleted, signals: _Signals) -> Iterator[Slowed]:
    reached = [(each.model, each.through, each.silent) for each in deleted.reached if each.slowed]
    if deleted.slowed:
        info = signals.models[deleted.model]
        reached.insert(0, (deleted.model, "", bool(info.auto_created)))
    for model, through, silent in reached:
        heard = (signals.send(each, model) for each in DELETE)
        yield Slowed(model, through, silent, tuple(each for each in heard if each.live))


def _changes(model: ModelInfo, signals: _Signals) -> Iterator[Change]:
    sides = (
        (model.many_to_many, False),
        (model.many_to_many_from, True),
        (tuple(_made_for(model.label, signals)), True),
    )
    for fields, reverse in sides:
        for name, through in fields:
            order = follow(through, signals.models, signals.hears_delete).order
            rows = tuple(signals.send(signal, each) for signal in DELETE for each in order)
            yield Change(name, through, reverse, signals.send(M2M_CHANGED, through), rows)


def _made_for(through: str, signals: _Signals) -> Iterator[tuple[str, str]]:
    """The fields that a through model serves; not again for the models that inherit one."""
    for info in signals.models.values():
        above = [signals.models[each] for each in (info.proxy_for, *info.parents) if each in signals.models]
        for field in info.many_to_many:
            if field[1] == through and not any(field in each.many_to_many for each in above):
                yield f"{info.label}.{field[0]}", through


def _unheard(model: ModelInfo, signals: _Signals, deleted: Sequence[str]) -> Iterator[Unheard]:
    """Receivers of relatives that the model passes by: a delete may well take the relative's rows along."""
    kin = [(each, "parent") for each in model.parents]
    if model.swapped:
        kin.insert(0, (model.label, "swapped out"))
    if model.proxy_for:
        kin.insert(0, (model.proxy_for, "what it is a proxy of"))
    kin += [(each, "child") for each in model.children] + [(each, "proxy") for each in model.proxies]
    for relative, kinship in kin:
        for signal in (*INIT, *SAVE, *DELETE):
            if signal in DELETE and relative in deleted:
                continue
            sent = () if model.swapped else signals.send(signal, model.label).live
            runs = {_function(each) for each in sent}
            connections = tuple(
                each for each in signals.only_for(signal, relative) if _function(each) not in runs
            )
            if connections:
                yield Unheard(relative, kinship, signal, connections)


def _function(one: Connection) -> tuple[object, ...]:
    """What two connections have in common that call the same: methods of one name may be two objects'."""
    if one.kind not in (FUNCTION, CLASS):
        return (one.kind, one.sender.name, one.receiver.name)
    return (one.module, one.receiver.name, one.receiver.file, one.receiver.line)
