"""The profile, stage *views*: pstats' columns per receiver, totals per signal and per app."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.profile import AppRow, Profile, SignalRow, profile
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import Summary, summarise
from signaltrace.analysis.words import short_signals
from signaltrace.trace import Trace
from signaltrace.views.closing import closing, filters, more, not_shown, nothing
from signaltrace.views.columns import named_row, ncalls, other_times, receiver_label, time_column
from signaltrace.views.layout import Label, Page, folded, heat, title
from signaltrace.views.text import inert

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
        calls = max(6, *(len(ncalls(row)) for row in rows))
        errors = "" if narrow else " errors" if wide else " err"
        times = "tottime cumtime" if narrow else "tottime percall cumtime percall     max"
        numbers = f"{'ncalls':>{calls}} {times}{errors}"
        header = Text(f"{numbers}  receiver, by {self.selection.sort or 'tottime'}", "dim")
        if wide:
            header.append("defined at".rjust(width - header.cell_len))
        whole = sum(row.tottime_ns for row in rows) or 1
        lines = [header]
        for row in rows[: self._limit()]:
            text = Text(f"{ncalls(row):>{calls}} ")
            text.append(time_column(row.tottime_ns), heat(row.tottime_ns / whole))
            text.append(other_times(row, narrow))
            if errors:
                text.append(f"{row.errors:>{len(errors)},}", "bold red" if row.errors else "dim")
            lines += named_row(text, receiver_label(row, wide, width - len(numbers) - 2), width)
        return lines + self._more(len(rows), "receiver")

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
