"""The Mermaid export of the inventory: Markdown that GitHub draws, a fenced flowchart or several.

Mermaid refuses a diagram of more than 500 edges or 50,000 characters unless it is configured otherwise,
which GitHub does not let one do: a larger graph is split by the receivers' apps, and an app's in parts,
each a diagram of its own. Nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from signaltrace.connections import ConnectedSignal, Inventory
from signaltrace.exports.graph import Edge, Graph, apps_of, bare_signals, edges_of, graph_of
from signaltrace.exports.inventory import Exported
from signaltrace.exports.markdown import plain

NAME = "mermaid"
SUMMARY = "graphs in Markdown, as GitHub draws them"
MAX_EDGES = 500
MAX_TEXT = 50_000

# What means nothing to Mermaid, to its directives, or to the Markdown and HTML that it takes a label for.
_PLAIN = re.compile(r"[A-Za-z0-9/,(]|(?<!^) |[.)](?! )|(?<=[A-Za-z0-9])[_-](?=[A-Za-z0-9])")


def render_inventory(inventory: Inventory) -> Exported:
    """One diagram if Mermaid takes it, else several under headings, and a note that says so."""
    edges, bare = edges_of(inventory), bare_signals(inventory)
    whole = _diagram(edges, bare)
    if _fits(whole, len(edges)):
        return Exported(_fenced(whole))
    sections = []
    for app, own in apps_of(edges).items():
        parts = _halved(own)
        for number, part in enumerate(parts, 1):
            of = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
            sections.append(f"## {plain(app)}{of}\n\n{_fenced(part)}")
    sections += [_fenced(part) for part in _halved_signals(bare)]
    note = (
        f"split into {len(sections):,} diagrams: Mermaid draws at most {MAX_EDGES} edges and"
        f" {MAX_TEXT:,} characters in one; --app, --signal or --sender make it less"
    )
    return Exported("\n".join(sections), (note,))


def _halved(edges: Sequence[Edge]) -> list[str]:
    """Diagrams of the connections, in order, as many as it takes."""
    text = _diagram(edges, ())
    if len(edges) < 2 or _fits(text, len(edges)):
        return [text]
    middle = len(edges) // 2
    return _halved(edges[:middle]) + _halved(edges[middle:])


def _halved_signals(bare: Sequence[ConnectedSignal]) -> list[str]:
    text = _diagram((), bare)
    if len(bare) < 2 or _fits(text, 0):
        return [text] if bare else []
    middle = len(bare) // 2
    return _halved_signals(bare[:middle]) + _halved_signals(bare[middle:])


def _fits(text: str, edges: int) -> bool:
    return edges <= MAX_EDGES and len(text) <= MAX_TEXT


def _fenced(text: str) -> str:
    return f"```mermaid\n{text}```\n"


def _diagram(edges: Sequence[Edge], bare: Sequence[ConnectedSignal]) -> str:
    return "".join(f"{line}\n" for line in _lines(graph_of(edges, bare)))


def _lines(graph: Graph) -> Iterator[str]:
    yield "flowchart LR"
    if not graph.apps:
        yield '  none["No signals"]'
    for number, (app, nodes) in enumerate(graph.apps, 1):
        yield f"  subgraph a{number}[{quoted(app)}]"
        for node in nodes:
            label = quoted(node.label)
            yield f"    {node.key}([{label}])" if node.is_signal else f"    {node.key}[{label}]"
        yield "  end"
    for signal, receiver, edge in graph.edges:
        arrow = "-->" if edge.connection.alive else "-.->"
        yield f"  {signal} {arrow}|{quoted(edge.label)}| {receiver}"


def quoted(text: str) -> str:
    """A quoted string that Mermaid shows as ``text``: what may mean anything to it is an entity, ``#35;``."""
    shown = "".join(each if _PLAIN.match(text, at) else f"#{ord(each)};" for at, each in enumerate(text))
    return f'"{shown or "#32;"}"'
