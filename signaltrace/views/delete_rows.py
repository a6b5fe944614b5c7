"""The relations a delete follows, stage *views*: a line each, what becomes of the rows at the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from signaltrace.analysis.deletes import (
    DATABASE,
    FAST,
    LOADED,
    OWN,
    REFUSED,
    RESTRICTED,
    UPDATED,
    Reached,
)
from signaltrace.views.layout import folded
from signaltrace.views.text import cut_path, inert

_INDENT = 4
# Deeper relations are not further in.
_DEEPEST = 8


def cascade_lines(reached: Sequence[Reached], width: int) -> Iterator[Text]:
    """The relations in the order in which Django meets them, those of cascaded rows below and further in."""
    shown = [each for each in reached if not (each.parent and each.again)]
    if shown:
        yield Text("  rows it meets", style="dim")
    for each in shown:
        yield from _line(each, width)


def _line(each: Reached, width: int) -> list[Text]:
    indent = " " * (_INDENT + 2 * min(each.depth - 1, _DEEPEST))
    fate, style = _fate(each)
    name = inert(each.through)
    room = width - len(indent) - cell_len(fate) - 2
    if cell_len(name) <= room:
        gap = " " * (room + 2 - cell_len(name))
        return [Text(indent).append(name).append(gap).append(fate, style)]
    below = indent + "  "
    names = folded(Text(cut_path(name, width - len(indent))), width - len(indent), None)
    fates = folded(Text(fate, style), max(width - len(below), 10), None)
    return [
        *(Text(indent).append_text(part) for part in names),
        *(Text(below).append_text(part) for part in fates),
    ]


def _fate(each: Reached) -> tuple[str, str]:
    """What becomes of the rows, with a style."""
    if each.parent:
        return "the row of the parent goes along", "dim"
    on_delete = "GenericRelation" if each.generic else inert(each.on_delete)
    if each.how == LOADED:
        if each.again:
            return f"{on_delete}: loaded, see above", "dim"
        if each.slowed:
            return f"{on_delete}: loaded because of a receiver", "yellow"
        return f"{on_delete}: loaded", ""
    fates = {
        FAST: ("one statement, no signals", "dim"),
        UPDATED: ("updated, no signals", "dim"),
        REFUSED: ("its rows stop the delete", "cyan"),
        RESTRICTED: ("its rows may stop the delete", "cyan"),
        DATABASE: ("deleted by the database, no signals", "dim"),
        OWN: ("of the project's own", "cyan"),
    }
    what, style = fates.get(each.how, ("left to the database, no signals", "dim"))
    return f"{on_delete}: {what}", style
