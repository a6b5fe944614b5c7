"""Columns of tables of receivers, stage *views*: pstats' times, and a name with what belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from signaltrace.analysis.profile import ReceiverRow
from signaltrace.analysis.times import format_ns
from signaltrace.views.layout import Label, fit, heat
from signaltrace.views.text import cut_path, inert, location

_WIDEST = 116
_WIDE = 100
_NARROW = 72
_NARROWEST = 56
OWN_TIME, TIME, COUNT, ERRORS = "own time", "time", "count", "errors"


def ncalls(row: ReceiverRow) -> str:
    """``3``, or ``3/1`` where calls ran inside calls of the same receiver."""
    return f"{row.ncalls:,}" if row.ncalls == row.primitive else f"{row.ncalls:,}/{row.primitive:,}"


def time_column(ns: int) -> str:
    """A time, as wide as its heading."""
    return f"{format_ns(ns, 3):>7}"


@dataclass(frozen=True, slots=True)
class Column:
    """One number of a receiver: its heading, and how it is read; ``kind`` decides its colour."""

    head: str
    value: Callable[[ReceiverRow], int]
    kind: str = TIME

    def cell(self, row: ReceiverRow, whole_ns: int) -> tuple[str, str]:
        """The number, as wide as its heading, and its style; ``whole_ns``: what all receivers took."""
        value = self.value(row)
        if self.kind == OWN_TIME:
            return time_column(value), heat(value / whole_ns)
        if self.kind == ERRORS:
            return f"{value:>{len(self.head)},}", "bold red" if value else "dim"
        return (time_column(value), "") if self.kind == TIME else (f"{value:>7,}", "")


_TOTTIME = Column("tottime", lambda row: row.tottime_ns, OWN_TIME)
_CUMTIME = Column("cumtime", lambda row: row.cumtime_ns)
_PERCALL = Column("percall", lambda row: row.percall_ns)
_USUAL = (_PERCALL, _CUMTIME, Column("percall", lambda row: row.cumulative_percall_ns))
_MAX = Column("    max", lambda row: row.max_ns)
_QUERIES = Column("queries", lambda row: row.queries, COUNT)
_SQLTIME = Column("sqltime", lambda row: row.sql_ns)
_ERRORS = Column("errors", lambda row: row.errors, ERRORS)
_ERR = Column("err", lambda row: row.errors, ERRORS)
# With queries, what columns there may be: the first of these that leaves the names room.
_CHOICES = (
    (_TOTTIME, *_USUAL, _MAX, _QUERIES, _SQLTIME, _ERRORS),
    (_TOTTIME, _CUMTIME, _MAX, _QUERIES, _SQLTIME, _ERR),
    (_TOTTIME, _CUMTIME, _QUERIES, _SQLTIME, _ERR),
    (_TOTTIME, _CUMTIME, _QUERIES, _SQLTIME),
)
# Names longer than this share of a line take no column away.
_MOST_OF_NAMES = 0.45


def profile_columns(width: int, asked: bool, room: int) -> list[Column]:
    """The columns after ncalls; ``asked``: whether queries are worth any, ``room``: what their names would
    take. Beside queries what costs least is left out until those have it."""
    if not asked:
        if width < _NARROW:
            return [_TOTTIME, _CUMTIME]
        return [_TOTTIME, *_USUAL, _MAX, _ERRORS if width >= _WIDE else _ERR]
    if width < _NARROWEST:
        return [_TOTTIME, _QUERIES]
    for columns in _CHOICES if width >= _WIDE else _CHOICES[1:]:
        taken = len(" ".join(["ncalls", *(each.head for each in columns)])) + 2
        if width - taken >= min(room, width * _MOST_OF_NAMES):
            return [*columns]
    return [*_CHOICES[-1]]


def has_percall(columns: Sequence[Column]) -> bool:
    """Whether times of a single call are among them."""
    return _PERCALL in columns


def room_of_names(rows: Sequence[ReceiverRow], wide: bool) -> int:
    """The cells in which every receiver has its whole name, and its file and line if ``wide``."""
    return max((_room(row, wide) for row in rows), default=0)


def _room(row: ReceiverRow, wide: bool) -> int:
    where = cut_path(location(row.receiver.file, row.receiver.line), 0) if wide else ""
    return cell_len(inert(row.receiver.name)) + (cell_len(where) + 2 if where else 0)


def suite_columns(width: int, asked: bool) -> list[Column]:
    """The same for a table that ends with a column of its own: a little less."""
    if width < _NARROW:
        return [_TOTTIME]
    if width < _WIDE:
        return [_TOTTIME, _CUMTIME, _QUERIES, _SQLTIME] if asked else [_TOTTIME, *_USUAL]
    if not asked:
        return [_TOTTIME, *_USUAL, _MAX, _ERRORS]
    times = [_TOTTIME, _CUMTIME] if width < _WIDEST else [_TOTTIME, *_USUAL]
    return [*times, _MAX, _QUERIES, _SQLTIME, _ERRORS]


def receiver_label(row: ReceiverRow, wide: bool, room: int) -> Label:
    """The receiver, with where it is written if that takes nothing from the name."""
    notes: Sequence[tuple[str, str]] = ()
    if row.busy_ns is not None:
        notes = [(f"async, busy {format_ns(row.busy_ns)}", "magenta")]
    name = inert(row.receiver.name)
    where = location(row.receiver.file, row.receiver.line) if wide else ""
    used = cell_len(name) + sum(cell_len(note) + 2 for note, _ in notes)
    if used + 2 + cell_len(cut_path(where, 0)) > room:
        where = ""
    return Label(name, "bold", notes=notes, where=where)


def named_row(numbers: Text, label: Label, width: int) -> list[Text]:
    """A table's row: its numbers, then its name over as many lines as it needs."""
    left = numbers.cell_len + 2
    first, below = fit(label, width - left, width - left)
    return [numbers.append("  ").append_text(first), *(Text(" " * left).append_text(line) for line in below)]
