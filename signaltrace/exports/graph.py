"""An inventory as a graph, stage *exports*: signals, receivers and what connects them, grouped by app."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.trace import ReceiverInfo

# A name longer than this makes a graph that nobody can read: its middle is cut out.
LONGEST = 160
NO_APP = "no app"


@dataclass(frozen=True, slots=True)
class Edge:
    """One connection. The label says when, for whom, and what is special about it."""

    signal: ConnectedSignal
    connection: Connection

    @property
    def label(self) -> str:
        """``1 shop.Order``: the order of dispatch and the sender; ``dead any sender``."""
        one = self.connection
        return one_line(f"{one.order if one.alive else 'dead'} {one.sender.name}")

    @property
    def app(self) -> str:
        """The receiver's."""
        return one_line(self.connection.receiver.app) or NO_APP


@dataclass(frozen=True, slots=True)
class Node:
    """A signal or a receiver. ``key`` is a name of letters and digits, the same for the same inventory."""

    key: str
    label: str
    app: str
    is_signal: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by app, in order, and edges between their keys."""

    apps: tuple[tuple[str, tuple[Node, ...]], ...]
    edges: tuple[tuple[str, str, Edge], ...]


def edges_of(inventory: Inventory) -> list[Edge]:
    """Every connection, signal by signal, in the inventory's order."""
    return [Edge(each, one) for each in inventory.signals for one in each.connections]


def graph_of(edges: Iterable[Edge], bare: Sequence[ConnectedSignal] = ()) -> Graph:
    """The graph of some connections; ``bare`` are signals to show without any."""
    signals: dict[str, Node] = {}
    receivers: dict[ReceiverInfo, Node] = {}
    drawn = []
    for each in bare:
        _signal_node(signals, each)
    for edge in edges:
        signal = _signal_node(signals, edge.signal)
        receiver = _receiver_node(receivers, edge.connection.receiver, edge.app)
        drawn.append((signal.key, receiver.key, edge))
    apps: dict[str, list[Node]] = {}
    for node in (*signals.values(), *receivers.values()):
        apps.setdefault(node.app, []).append(node)
    return Graph(tuple((app, tuple(apps[app])) for app in sorted(apps, key=_none_last)), tuple(drawn))


def apps_of(edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """The connections by the app of their receivers, sorted; those of none last."""
    apps: dict[str, list[Edge]] = {}
    for edge in edges:
        apps.setdefault(edge.app, []).append(edge)
    return {app: apps[app] for app in sorted(apps, key=_none_last)}


def bare_signals(inventory: Inventory) -> tuple[ConnectedSignal, ...]:
    """The signals to show without receivers: those of an inventory in which nothing is connected."""
    connected = any(each.connections for each in inventory.signals)
    return () if connected else inventory.signals


def one_line(text: str, limit: int = LONGEST) -> str:
    """The text on one line, cut in its middle; what can't be printed is a visible escape, ``\\x1b``."""
    if len(text) > limit:
        half = (limit - 1) // 2
        text = f"{text[:half]}…{text[len(text) - half :]}"
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    code = ord(character)
    if known is not None:
        return known
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _signal_node(nodes: dict[str, Node], each: ConnectedSignal) -> Node:
    name = each.signal.name
    if name not in nodes:
        app = one_line(each.signal.app) or NO_APP
        nodes[name] = Node(f"s{len(nodes) + 1}", one_line(name), app, True)
    return nodes[name]


def _receiver_node(nodes: dict[ReceiverInfo, Node], receiver: ReceiverInfo, app: str) -> Node:
    if receiver not in nodes:
        label = one_line(receiver.name) + (" (async)" if receiver.is_async else "")
        nodes[receiver] = Node(f"r{len(nodes) + 1}", label, app, False)
    return nodes[receiver]


def _none_last(app: str) -> tuple[bool, str]:
    return (app == NO_APP, app)
