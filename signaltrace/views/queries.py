"""The queries receivers ran, stage *views*: their statements with counts, time, database and line; N+1."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.forest import select
from signaltrace.analysis.loops import Loop
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.sql_words import in_brief
from signaltrace.analysis.statements import ReceiverStatements, StatementRow, Statements, statements
from signaltrace.analysis.summary import Summary, summarise
from signaltrace.analysis.times import format_ns
from signaltrace.trace import Trace
from signaltrace.views.closing import closing, filters, more, not_shown, nothing
from signaltrace.views.columns import named_row, time_column
from signaltrace.views.layout import Label, Page, folded, heat, title
from signaltrace.views.text import count, cut_path, inert, location

NAME = "queries"
SUMMARY = "The SQL each receiver ran: how often, how long, from which line, and what it ran again and again."

# Statements unless --limit says otherwise; 0 for all.
LIMIT = 60
# What --sort can ask for, the usual order first.
SORTS = ("sqltime", "queries", "receiver")
_NARROW = 40
# Of a statement so much is shown at the most, its end included.
_LONGEST = 240
_LEGEND = "Each query counts for the innermost receiver. N+1: one statement again and again."
_LEGEND_OF_ALIASES = " On the default database where none is named."


def render(trace: Trace, selection: Selection) -> RenderableType:
    """The queries of a trace, laid out for the console they are printed on."""
    return _List(trace, selection, statements(trace, selection), summarise(trace))


@dataclass(frozen=True, slots=True)
class _List:
    trace: Trace
    selection: Selection
    statements: Statements
    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        page: list[Text] = []
        if self.statements.receivers:
            legend = _LEGEND + (_LEGEND_OF_ALIASES if self.statements.several else "")
            page += [title("Queries", self.trace.argv, width), *folded(Text(legend, "dim"), width), Text()]
            page += self._table(width)
        else:
            page += self._nothing(width)
        yield Page([*page, Text(), *closing(self.trace, self.summary, width, self._hidden(), bypassed=None)])

    def _table(self, width: int) -> list[Text]:
        sort = self.selection.sort if self.selection.sort in SORTS else SORTS[0]
        numbers = "queries" if width < _NARROW else "queries sqltime"
        lines = [Text(f"{numbers}  receiver, by {sort}", "dim")]
        limit = (LIMIT if self.selection.limit is None else self.selection.limit) or None
        left = limit
        for each in self.statements.receivers:
            if left is not None and left <= 0:
                break
            shown = each.statements[:left]
            lines += self._receiver(each, width)
            for row in shown:
                lines += self._statement(row, width)
            left = None if left is None else left - len(shown)
        every = sum(len(each.statements) for each in self.statements.receivers)
        if limit is not None and every > limit:
            lines.append(more(every - limit, "statement"))
        return lines

    def _numbers(self, queries: int, sql_ns: int, width: int) -> Text:
        text = Text(f"{queries:>7,}")
        if width >= _NARROW:
            text.append(f" {time_column(sql_ns)}", heat(sql_ns / (self.statements.sql_ns or 1)))
        return text

    def _receiver(self, each: ReceiverStatements, width: int) -> list[Text]:
        calls = [(f"in {each.calls:,} calls", "dim")] if each.calls > 1 else []
        label = Label(inert(each.receiver.name), "bold", notes=calls)
        return named_row(self._numbers(each.count, each.sql_ns, width), label, width)

    def _statement(self, row: StatementRow, width: int) -> list[Text]:
        """The statement, and what is known of it beside it if there is room, else below."""
        numbers = self._numbers(row.count, row.sql_ns, width)
        numbers.append("    ")
        indent = " " * numbers.cell_len
        room = width - numbers.cell_len
        lines = folded(Text(inert(in_brief(row.text, _LONGEST), _LONGEST)), room)
        notes = Text("  ").join(self._notes(row))
        where = "" if row.site is None else location(row.site.file, row.site.line)
        used = lines[0].cell_len + sum(part.cell_len + 2 for part in (notes, Text(where)) if part)
        if len(lines) == 1 and used <= room:
            if notes:
                lines[0].append("  ").append_text(notes)
            lines[0].append(" " * (room - lines[0].cell_len - len(where))).append(where, "dim")
        elif notes or where:
            if where:
                notes.append("  " if notes else "").append(cut_path(where, room - 2), "dim")
            lines += [Text("  ").append_text(line) for line in folded(notes, room - 2)]
        return [numbers.append_text(lines[0]), *(Text(indent).append_text(line) for line in lines[1:])]

    def _notes(self, row: StatementRow) -> list[Text]:
        found = [] if row.loop is None else [Text(_repeated(row.loop), "yellow")]
        if row.alias not in ("", "default"):
            found.append(Text(f"on {inert(row.alias, 60)}", "magenta"))
        return found

    def _nothing(self, width: int) -> list[Text]:
        why = filters(self.selection)
        if not self.summary.dispatches or (why and not select(self.trace, self.selection).roots()):
            return nothing(self.trace, self.summary, self.selection, width)
        if self.statements.hidden and why:
            sentence = f"No query of a receiver matches {' '.join(why)}."
        elif self.statements.lost:
            sentence = "All queries were run by receivers whose spans were dropped; see below."
        else:
            sentence = "No query of a receiver was recorded."
        return folded(Text(sentence), width)

    def _hidden(self) -> list[str]:
        """What there is in all, and what is not among it."""
        found = self.statements
        said = []
        if found.receivers:
            ran = f"{count(found.count, 'query', 'queries')} by {count(len(found.receivers), 'receiver')}"
            loops = sum(row.loop is not None for each in found.receivers for row in each.statements)
            again = f"; {count(loops, 'statement')} run again and again (N+1)" if loops else ""
            said.append(f"{ran}: {format_ns(found.sql_ns)} in the database{again}.")
        every = len(found.receivers) + found.hidden
        parts = [(found.hidden, every, "receiver that ran queries", "receivers that ran queries")]
        said += not_shown(parts, filters(self.selection))
        if found.lost:
            lost = count(found.lost, "query of a dropped span", "queries of dropped spans")
            said.append(f"Not listed: {lost}; the profile counts them.")
        return said


def _repeated(loop: Loop) -> str:
    if loop.dispatches:
        return f"N+1: over {loop.dispatches:,} dispatches"
    return f"N+1: {loop.count:,} in one call"
