"""The profile, stage *views*: pstats' columns per receiver, totals per signal and per app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.profile import COLUMNS, AppRow, Profile, SignalRow, profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.sql_words import in_brief
from signaltrace.analysis.summary import Summary, summarise
from signaltrace.analysis.words import short_signals
from signaltrace.trace import Trace
from signaltrace.views.closing import closing, filters, more, not_shown, nothing
from signaltrace.views.columns import (
    Column,
    has_percall,
    named_row,
    ncalls,
    profile_columns,
    receiver_label,
    room_of_names,
    time_column,
)  # fmt: skip
from signaltrace.views.layout import Label, Page, folded, heat, title
from signaltrace.views.text import inert, location

NAME = "profile"
SUMMARY = "Time and calls per receiver, signal and app, in pstats' columns."

# Rows of each table unless --limit says otherwise; 0 for all.
LIMIT = 30
# What --sort can ask for.
SORTS = tuple(COLUMNS)
_WIDE = 100
_NARROW = 72
_LEGEND = "tottime: in the receiver itself; cumtime: with all it sent; "
_LEGEND_PERCALL = "percall: per call; "
_LEGEND_NESTED = "2/1: two calls, one inside the other."
_LEGEND_QUERIES = " queries: run by the receiver itself; sqltime: what the database took."
# So much of a statement that was run again and again is told.
_LONGEST = 200


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
            shown = self.profile.receivers[: self._limit()]
            room = room_of_names(shown, width >= _WIDE)
            columns = profile_columns(width, self.profile.asked, room)
            page += folded(Text(self._legend(columns), "dim"), width)
            tables = [self._receivers(columns, width), self._signals(width), self._apps(width)]
            if self.profile.loops:
                tables.append(self._loops(width))
            for lines in tables:
                page += [Text(), *lines]
        else:
            page += nothing(self.trace, self.summary, self.selection, width)
        yield Page(
            [
                *page,
                Text(),
                *closing(self.trace, self.summary, width, self._hidden(), bypassed=self.selection.bypassed),
            ]
        )

    def _legend(self, columns: Sequence[Column]) -> str:
        if not self.profile.asked:
            return _LEGEND + _LEGEND_PERCALL + _LEGEND_NESTED
        return _LEGEND + (_LEGEND_PERCALL if has_percall(columns) else "") + _LEGEND_NESTED + _LEGEND_QUERIES

    def _receivers(self, columns: Sequence[Column], width: int) -> list[Text]:
        rows = self.profile.receivers
        wide = width >= _WIDE
        calls = max(6, *(len(ncalls(row)) for row in rows))
        numbers = " ".join([f"{'ncalls':>{calls}}", *(each.head for each in columns)])
        whole = sum(row.tottime_ns for row in rows) or 1
        shown = rows[: self._limit()]
        labels = [receiver_label(row, wide, width - len(numbers) - 2) for row in shown]
        lines = [self._heading(numbers, width, any(each.where for each in labels))]
        for row, label in zip(shown, labels, strict=True):
            text = Text(f"{ncalls(row):>{calls}}")
            for column in columns:
                text.append(" ").append(*column.cell(row, whole))
            lines += named_row(text, label, width)
        return lines + self._more(len(rows), "receiver")

    def _heading(self, numbers: str, width: int, with_places: bool) -> Text:
        """The names of the columns, as far as they stand apart: none runs into another."""
        header = Text(f"{numbers}  receiver, by {self.selection.sort or 'tottime'}", "dim")
        if header.cell_len > width:
            header = Text(f"{numbers}  receiver", "dim")
        right = "defined at"
        if with_places and header.cell_len + 2 + len(right) <= width:
            header.append(right.rjust(width - header.cell_len))
        return header

    def _signals(self, width: int) -> list[Text]:
        rows = self.profile.signals
        whole = sum(row.tottime_ns for row in rows) or 1
        lines = [_totals_header("dispatches", "signal", width)]
        names = short_signals(row.signal.name for row in rows)
        for row, name in list(zip(rows, names, strict=True))[: self._limit()]:
            lines += named_row(_totals(row, row.dispatches, whole, width), Label(inert(name), "cyan"), width)
        return lines + self._more(len(rows), "signal")

    def _apps(self, width: int) -> list[Text]:
        rows = self.profile.apps
        whole = sum(row.tottime_ns for row in rows) or 1
        lines = [_totals_header("receivers", "app", width)]
        for row in rows[: self._limit()]:
            label = Label(inert(row.app) or "(none)")
            lines += named_row(_totals(row, row.receivers, whole, width), label, width)
        return lines + self._more(len(rows), "app")

    def _loops(self, width: int) -> list[Text]:
        """What receivers ran again and again, with who and where below it."""
        found, trace = self.profile.loops, self.trace
        lines = [Text(f"Run again and again, N+1 ({len(found):,})", "bold")]
        for loop in found[: self._limit()]:
            text, alias, site = trace.statements[loop.statement]
            number = f"{loop.count:>7,} × "
            over = f"over {loop.dispatches:,} dispatches" if loop.dispatches else "in one call"
            said = Text(inert(in_brief(text, _LONGEST), _LONGEST)).append(f"  {over}", "yellow")
            if alias not in ("", "default"):
                said.append(f"  on {inert(alias, 60)}", "magenta")
            told = folded(said, width - len(number))
            lines.append(Text(number, "yellow").append_text(told[0]))
            lines += [Text(" " * len(number)).append_text(line) for line in told[1:]]
            at = trace.sites[site]
            where = "" if at is None else location(at.file, at.line)
            label = Label(inert(trace.receivers[loop.receiver].name), "dim", where=where)
            lines += named_row(Text(" " * len(number)), label, width)
        return lines + self._more(len(found), "statement")

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


def _totals_header(members: str, name: str, width: int) -> Text:
    if width < _NARROW:
        return Text(f"{'calls':>9} tottime  {name}", "dim")
    return Text(f"{members:>10} {'calls':>9} tottime share   err  {name}", "dim")


def _totals(row: SignalRow | AppRow, members: int, whole: int, width: int) -> Text:
    share = row.tottime_ns / whole
    if width < _NARROW:
        return Text(f"{row.ncalls:>9,} ").append(time_column(row.tottime_ns), heat(share))
    text = Text(f"{members:>10,} {row.ncalls:>9,} ")
    text.append(f"{time_column(row.tottime_ns)} {share:>5.0%}", heat(share))
    return text.append(f" {row.errors:>5,}", "bold red" if row.errors else "dim")
