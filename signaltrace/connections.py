"""The inventory's data, stage *trace*: which receivers are connected to which signals."""

from __future__ import annotations

from dataclasses import dataclass

from signaltrace.trace import ReceiverInfo, SenderInfo, SignalInfo


@dataclass(frozen=True, slots=True)
class Connection:
    """One entry of a signal's receivers.

    ``order`` counts from 1 in the order of dispatch: sync receivers first, as Django calls them,
    then async ones. ``receiver`` of a dead connection carries what is still known of it.
    ``dispatch_uid`` is its text, None where the connection has none of its own. ``kind`` is one of those in
    :mod:`signaltrace.declarations`; ``module`` and ``qualname`` are the receiver's (of a partial or a
    method: the function's, so far as it has one). ``has_qualname`` is what ``send_robust`` asks of a
    receiver that raises; ``accepts_kwargs`` what Django asks of every receiver, under DEBUG alone; both are
    True where it can't be told. ``kept_by_debug``: nothing but Django's cache of signatures keeps it alive.
    """

    order: int
    receiver: ReceiverInfo
    sender: SenderInfo
    weak: bool
    alive: bool
    dispatch_uid: str | None = None
    kind: str = ""
    module: str = ""
    qualname: str = ""
    has_qualname: bool = True
    accepts_kwargs: bool = True
    kept_by_debug: bool = False


@dataclass(frozen=True, slots=True)
class ConnectedSignal:
    """A live signal, its other importable names, and its connections in dispatch order."""

    signal: SignalInfo
    connections: tuple[Connection, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A receiver connected for the name of a model that was never loaded: it is called never."""

    signal: str
    receiver: ReceiverInfo
    sender: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every live signal of the process, with or without receivers, sorted by name.

    ``notes`` are full sentences about what looks wrong (a dead receiver, say), for the overview;
    ``models`` the labels of all models: each sends the model signals, connected for it or not. ``pending``
    are connections that wait for a model which does not exist.
    """

    signals: tuple[ConnectedSignal, ...] = ()
    notes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    pending: tuple[Pending, ...] = ()
