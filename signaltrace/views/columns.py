"""Columns of tables of receivers, stage *views*: pstats' times, and a name with what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from signaltrace.analysis.profile import ReceiverRow
from signaltrace.analysis.times import format_ns
from signaltrace.views.layout import Label, fit
from signaltrace.views.text import cut_path, inert, location


def ncalls(row: ReceiverRow) -> str:
    """``3``, or ``3/1`` where calls ran inside calls of the same receiver."""
    return f"{row.ncalls:,}" if row.ncalls == row.primitive else f"{row.ncalls:,}/{row.primitive:,}"


def time_column(ns: int) -> str:
    """A time, as wide as its heading."""
    return f"{format_ns(ns, 3):>7}"


def other_times(row: ReceiverRow, narrow: bool) -> str:
    """The columns after tottime."""
    if narrow:
        return f" {time_column(row.cumtime_ns)}"
    columns = (row.percall_ns, row.cumtime_ns, row.cumulative_percall_ns, row.max_ns)
    return "".join(f" {time_column(each)}" for each in columns)


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
