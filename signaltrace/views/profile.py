"""The profile, stage *views*: pstats' columns per receiver, totals per signal and per app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.profile import AppRow, Profile, ReceiverRow, SignalRow, profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import Summary, summarise
from signaltrace.analysis.times import format_ns
from signaltrace.analysis.words import short_signals
from signaltrace.trace import Trace
from signaltrace.views.closing import closing, filters, more, not_shown, nothing
from signaltrace.views.layout import Label, Page, fit, folded, heat, title
from signaltrace.views.text import cut_path, inert, location

NAME = "profile"
SUMMARY = "Time and calls per receiver, signal and app, in pstats' columns."

# Rows of each table unless --limit says otherwise; 0 for all.
LIMIT = 30
_WIDE = 100
_NARROW = 72
_LEGEND = (
    "tottime: in the receiver itself; cumtime: with all it sent; percall: per call; "
    "2/1: two calls, one inside the other."
)


def render(trace: Trace, selection: Selection) -> RenderableType:
    """The profile of a trace, laid out for the console it is printed on."""
    return _Tables(trace, selection, profile(trace, selection), summarise(trace))


@dataclass(frozen=True, slots=True)
class _Tables:
    trace: Trace
    selection: Selection
    profile: Profile
    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        page: list[Text] = []
        if self.profile.receivers:
            page.append(title("Profile", self.trace.argv, width))
            page += folded(Text(_LEGEND, "dim"), width)
            for lines in (self._receivers(width), self._signals(width), self._apps(width)):
                page += [Text(), *lines]
        else:
            page += nothing(self.trace, self.summary, self.selection, width)
        yield Page([*page, Text(), *closing(self.trace, self.summary, width, self._hidden())])

    def _receivers(self, width: int) -> list[Text]:
        rows = self.profile.receivers
        wide, narrow = width >= _WIDE, width < _NARROW
        calls = max(6, *(len(_ncalls(row)) for row in rows))
        errors = "" if narrow else " errors" if wide else " err"
        times = "tottime cumtime" if narrow else "tottime percall cumtime percall     max"
        numbers = f"{'ncalls':>{calls}} {times}{errors}"
        header = Text(f"{numbers}  receiver, by {self.selection.sort or 'tottime'}", "dim")
        if wide:
            header.append("defined at".rjust(width - header.cell_len))
        whole = sum(row.tottime_ns for row in rows) or 1
        lines = [header]
        for row in rows[: self._limit()]:
            text = Text(f"{_ncalls(row):>{calls}} ")
            text.append(_time(row.tottime_ns), heat(row.tottime_ns / whole))
            text.append(_other_times(row, narrow))
            if errors:
                text.append(f"{row.errors:>{len(errors)},}", "bold red" if row.errors else "dim")
            lines += _named(text, _receiver_label(row, wide, width - len(numbers) - 2), width)
        return lines + self._more(len(rows), "receiver")

    def _signals(self, width: int) -> list[Text]:
        rows = self.profile.signals
        whole = sum(row.tottime_ns for row in rows) or 1
        lines = [_totals_header("dispatches", "signal", width)]
        names = short_signals(row.signal.name for row in rows)
        for row, name in list(zip(rows, names, strict=True))[: self._limit()]:
            lines += _named(_totals(row, row.dispatches, whole, width), Label(inert(name), "cyan"), width)
        return lines + self._more(len(rows), "signal")

    def _apps(self, width: int) -> list[Text]:
        rows = self.profile.apps
        whole = sum(row.tottime_ns for row in rows) or 1
        lines = [_totals_header("receivers", "app", width)]
        for row in rows[: self._limit()]:
            label = Label(inert(row.app) or "(none)")
            lines += _named(_totals(row, row.receivers, whole, width), label, width)
        return lines + self._more(len(rows), "app")

    def _limit(self) -> int | None:
        limit = LIMIT if self.selection.limit is None else self.selection.limit
        return limit or None

    def _more(self, rows: int, noun: str) -> list[Text]:
        limit = self._limit()
        return [more(rows - limit, noun)] if limit is not None and rows > limit else []

    def _hidden(self) -> list[str]:
        every = len(self.profile.receivers) + self.profile.hidden
        found = not_shown([(self.profile.hidden, every, "receiver", "receivers")], filters(self.selection))
        if self.profile.partial:
            found.append("Dropped spans are left out: by signal, sender or app they cannot be told apart.")
        elif self.trace.dropped:
            found.append("Dropped spans count for receivers and apps, not in the table of signals.")
        return found


def _ncalls(row: ReceiverRow) -> str:
    return f"{row.ncalls:,}" if row.ncalls == row.primitive else f"{row.ncalls:,}/{row.primitive:,}"


def _time(ns: int) -> str:
    return f"{format_ns(ns, 3):>7}"


def _other_times(row: ReceiverRow, narrow: bool) -> str:
    if narrow:
        return f" {_time(row.cumtime_ns)}"
    columns = (row.percall_ns, row.cumtime_ns, row.cumulative_percall_ns, row.max_ns)
    return "".join(f" {_time(each)}" for each in columns)


def _totals_header(members: str, name: str, width: int) -> Text:
    if width < _NARROW:
        return Text(f"{'calls':>9} tottime  {name}", "dim")
    return Text(f"{members:>10} {'calls':>9} tottime share   err  {name}", "dim")


def _totals(row: SignalRow | AppRow, members: int, whole: int, width: int) -> Text:
    share = row.tottime_ns / whole
    if width < _NARROW:
        return Text(f"{row.ncalls:>9,} ").append(_time(row.tottime_ns), heat(share))
    text = Text(f"{members:>10,} {row.ncalls:>9,} ")
    text.append(f"{_time(row.tottime_ns)} {share:>5.0%}", heat(share))
    return text.append(f" {row.errors:>5,}", "bold red" if row.errors else "dim")


def _receiver_label(row: ReceiverRow, wide: bool, room: int) -> Label:
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


def _named(numbers: Text, label: Label, width: int) -> list[Text]:
    """A table's row: its numbers, then its name over as many lines as it needs."""
    left = numbers.cell_len + 2
    first, below = fit(label, width - left, width - left)
    return [numbers.append("  ").append_text(first), *(Text(" " * left).append_text(line) for line in below)]
