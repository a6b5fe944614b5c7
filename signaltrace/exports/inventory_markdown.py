"""The Markdown export of the inventory: a table for each app, of its receivers or of those of its signals."""

from __future__ import annotations

import os
from collections.abc import Iterator

from signaltrace.connections import Inventory
from signaltrace.exports.graph import Edge, apps_of, bare_signals, edges_of
from signaltrace.exports.inventory import Exported
from signaltrace.exports.markdown import code, plain

NAME = "markdown"
SUMMARY = "tables in Markdown, one for each app"

_COLUMNS = ("signal", "order", "receiver", "sender", "runs", "held", "dispatch_uid", "file")
_PACKAGES = f"{os.sep}site-packages{os.sep}"


def render_inventory(inventory: Inventory) -> Exported:
    """A section for each app of receivers; a list of the signals where nothing is connected at all."""
    sections = ["\n".join(_section(app, edges)) + "\n" for app, edges in apps_of(edges_of(inventory)).items()]
    bare = [f"- {code(each.signal.name)}\n" for each in bare_signals(inventory)]
    if bare:
        sections.append("No receivers:\n\n" + "".join(bare))
    return Exported("\n".join(sections) or "No signals.\n")


def _section(app: str, edges: list[Edge]) -> Iterator[str]:
    yield f"## {plain(app)}"
    yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|{'|'.join(' ---: ' if each == 'order' else ' --- ' for each in _COLUMNS)}|"
    for edge in edges:
        yield f"| {' | '.join(_cells(edge))} |"


def _cells(edge: Edge) -> tuple[str, ...]:
    one = edge.connection
    uid = "" if one.dispatch_uid is None else code(one.dispatch_uid) or "empty"
    return (
        code(edge.signal.signal.name),
        str(one.order) if one.alive else "dead",
        code(one.receiver.name),
        code(one.sender.name),
        "async" if one.receiver.is_async else "sync",
        "weak" if one.weak else "strong",
        uid,
        code(_place(one.receiver.file, one.receiver.line)),
    )


def _place(file: str | None, line: int | None) -> str:
    """Below the current folder or site-packages, as the list in the terminal has it."""
    if not file:
        return ""
    here = os.getcwd().rstrip(os.sep) + os.sep
    # By the text alone: whatever a code object has for its file need not be a path that can be asked about.
    shown = file.rpartition(_PACKAGES)[2] if _PACKAGES in file else file.removeprefix(here)
    return shown if line is None else f"{shown}:{line}"
