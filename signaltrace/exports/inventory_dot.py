"""The DOT export of the inventory: a graph for Graphviz, ``… --format dot | dot -Tsvg``."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.connections import Inventory
from signaltrace.exports.graph import Graph, bare_signals, edges_of, graph_of
from signaltrace.exports.inventory import Exported

NAME = "dot"
SUMMARY = "a graph for Graphviz"


def render_inventory(inventory: Inventory) -> Exported:
    """One directed graph, a cluster for each app; dead connections are dashed."""
    graph = graph_of(edges_of(inventory), bare_signals(inventory))
    return Exported("".join(f"{line}\n" for line in _lines(graph)))


def _lines(graph: Graph) -> Iterator[str]:
    yield "digraph signals {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, fontname="Helvetica"];'
    yield '  edge [fontname="Helvetica", fontsize=10];'
    for number, (app, nodes) in enumerate(graph.apps, 1):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={quoted(app)};"
        for node in nodes:
            shape = ", shape=ellipse" if node.is_signal else ""
            yield f"    {node.key} [label={quoted(node.label)}{shape}];"
        yield "  }"
    for signal, receiver, edge in graph.edges:
        style = "" if edge.connection.alive else ", style=dashed, color=red"
        yield f"  {signal} -> {receiver} [label={quoted(edge.label)}{style}];"
    yield "}"


def quoted(text: str) -> str:
    """A quoted string that Graphviz shows as ``text``: it knows backslash escapes and HTML's entities."""
    return f'"{"".join(map(_shown, text))}"'


def _shown(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:  # Graphviz turns an entity of these into bytes that are no text
        return f"\\\\U{code:08x}"
    if character == "&" or code > 0x7F:
        return f"&#{code};"
    return f"\\{character}" if character in '"\\' else character
