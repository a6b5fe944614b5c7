"""How connections are laid out, stage *views*: one line each where that is legible, else a small block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, chop_cells
from rich.text import Text

from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import Connection
from signaltrace.views.layout import folded
from signaltrace.views.text import count, cut_path, inert, location

_COLUMNS = ("receiver", "sender", "file", "runs", "held", "dispatch_uid")
_GAP = "  "
_INDENT = 4
_DEAD = "dead"
_LEAST = 40  # cells of a receiver in a column before a block serves better
_STACKED = 100  # a block wider than this tears its two sides apart


@dataclass(frozen=True, slots=True)
class Row:
    """One connection to be drawn; ``number`` is its place among all that are."""

    number: int
    connection: Connection


@dataclass(frozen=True, slots=True)
class Heading:
    """A line over receivers: what they have in common, and how many there are, at the right edge."""

    name: str
    tally: str
    style: str

    def text(self, width: int) -> Text:
        """The line; a name too long is cut as a path is."""
        indent = len(self.name) - len(self.name.lstrip())
        room = width - (len(self.tally) + 2 if self.tally else 0)
        name = " " * indent + cut_path(inert(self.name.strip()), room - indent)
        line = Text(name, style=self.style)
        if self.tally:
            gap = max(width - line.cell_len - len(self.tally), 2)
            line.append(" " * gap + self.tally, style="dim")
        return line


def how_many(connections: Sequence[Connection]) -> str:
    """``2 receivers, 1 dead``."""
    live = sum(one.alive for one in connections)
    dead = len(connections) - live
    told = count(live, "receiver") if live else "no receivers"
    return f"{told}, {dead} dead" if dead else told


@dataclass(slots=True)
class Drawn:
    """How wide it came out, the line over everything if there is one, the lines of each row by its number."""

    width: int
    header: Text | None = None
    lines: dict[int, list[Text]] = field(default_factory=dict)


def lay_out(rows: Sequence[Row], width: int) -> Drawn:
    """The lines of all rows: in columns, the same for all, if at most receivers' paths are cut for it."""
    if not rows:
        return Drawn(min(width, _STACKED))
    digits = len(str(max(row.connection.order for row in rows)))
    table = [_cells(row.connection) for row in rows]
    sizes = [
        max(map(cell_len, [name, *column])) if any(column) else 0
        for name, column in zip(_COLUMNS, zip(*table, strict=True), strict=True)
    ]
    for uid_size in (sizes[-1], 0):
        fitted = [0, *sizes[1:-1], uid_size]
        room = width - _INDENT - digits - sum(len(_GAP) + size for size in fitted if size) - len(_GAP)
        fitted[0] = min(sizes[0], room)
        if (fitted[0] == sizes[0] or room >= _LEAST) and all(
            cell_len(cut_path(cells[0], fitted[0])) <= fitted[0] for cells in table
        ):
            return _columns(rows, table, fitted, digits)
    width = min(width, _STACKED)
    return Drawn(width, lines={row.number: _stacked(row.connection, width, digits) for row in rows})


def whole(line: Text, width: int) -> list[Text]:
    """The line, or more of them where a terminal is too narrow for names that are never cut."""
    return [line] if line.cell_len <= width else folded(line, width, None)


def _columns(rows: Sequence[Row], table: Sequence[Sequence[str]], sizes: Sequence[int], digits: int) -> Drawn:
    """One line a row, and below it a dispatch_uid that has no column."""
    header = Text(" " * (_INDENT + digits), style="dim")
    for name, size in zip(_COLUMNS, sizes, strict=True):
        header.append(_GAP + _pad(name, size) if size else "")
    drawn = Drawn(header.cell_len, header)
    header.rstrip()
    for row, cells in zip(rows, table, strict=True):
        line = _order(row.connection, digits)
        for cell, name, size in zip(cells, _COLUMNS, sizes, strict=True):
            if size:
                line.append(_GAP)
                shown = cut_path(cell, size) if name == "receiver" else cell
                line.append(_pad(shown, size), style=_style(row.connection, name))
        line.rstrip()
        drawn.lines[row.number] = [line]
        if cells[-1] and not sizes[-1]:
            drawn.lines[row.number] += _uid_lines(cells[-1], _INDENT + digits + len(_GAP), drawn.width)
    return drawn


def _stacked(connection: Connection, width: int, digits: int) -> list[Text]:
    """Receiver and sender in the first line, the rest below; the receiver's own name is never cut."""
    name, sender, place, runs, held, uid = _cells(connection)
    indent = _INDENT + digits + len(_GAP)
    room = max(width - indent, 10)
    shown_sender = cut_path(sender, room // 2)
    beside = room - cell_len(shown_sender) - len(_GAP)
    name_style = _style(connection, "receiver")
    lines = [_order(connection, digits).append(_GAP)]
    facts = [runs, held]
    if cell_len(cut_path(name, beside)) <= beside:
        lines[0].append(cut_path(name, beside), style=name_style)
        _at_right(lines[0], Text(shown_sender, style=_style(connection, "sender")), width)
    else:
        # A name that needs the line to itself, or more lines than one.
        first, *more = chop_cells(cut_path(name, room), room)
        lines[0].append(first, style=name_style)
        lines += [Text(" " * indent).append(part, style=name_style) for part in more]
        lines.append(Text(" " * indent).append(shown_sender, style=_style(connection, "sender")))
    if uid and cell_len(place) + len(_GAP) + cell_len(" · ".join([*facts, f"uid {uid}"])) <= room:
        facts.append(f"uid {uid}")
        uid = ""
    told = Text(" · ".join(facts), style="magenta" if connection.receiver.is_async else "dim")
    shown_place = cut_path(place, room - told.cell_len - len(_GAP))
    below = Text(" " * indent).append(shown_place, style="dim")
    if below.cell_len + len(_GAP) + told.cell_len > width:
        lines += [Text(" " * indent).append(part, style="dim") for part in chop_cells(shown_place, room)]
        below = Text(" " * indent)
    lines.append(_at_right(below, told, width))
    return lines + _uid_lines(uid, indent, width) if uid else lines


def _uid_lines(uid: str, indent: int, width: int) -> list[Text]:
    parts = chop_cells(f"uid {uid}", max(width - indent, 10))
    return [Text(" " * indent).append(part, style="dim") for part in parts]


def _cells(connection: Connection) -> list[str]:
    receiver = connection.receiver
    uid = connection.dispatch_uid
    return [
        inert(receiver.name),
        inert(connection.sender.name),
        location(receiver.file, receiver.line),
        "async" if receiver.is_async else "sync",
        "weak" if connection.weak else "strong",
        "" if uid is None else inert(uid) or "''",
    ]


def _order(connection: Connection, digits: int) -> Text:
    if connection.alive:
        return Text().append(f"{connection.order:>{_INDENT + digits}}", style="dim")
    return Text().append(f"{_DEAD:>{_INDENT + digits}}", style="bold red")


def _style(connection: Connection, column: str) -> str:
    if column == "receiver":
        if not connection.alive:
            return "red"
        return "bold" if connection.receiver.mine else ""
    if column == "sender":
        return "dim italic" if connection.sender.name == ANY_SENDER else "cyan"
    return "magenta" if column == "runs" and connection.receiver.is_async else "dim"


def _pad(text: str, width: int) -> str:
    return text + " " * max(width - cell_len(text), 0)


def _at_right(line: Text, text: Text, width: int) -> Text:
    line.append(" " * max(width - line.cell_len - text.cell_len, 0))
    return line.append_text(text)
