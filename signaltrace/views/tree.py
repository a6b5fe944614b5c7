"""The tree, stage *views*: every dispatch and the receivers it called, nested, in the order they ran."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.forest import Forest, select
from signaltrace.analysis.outline import Outline, outline
from signaltrace.analysis.outline_lines import (
    AsideLine,
    CallLine,
    DispatchLine,
    Guides,
    Line,
    NotCalledLine,
    TurnsLine,
)  # fmt: skip
from signaltrace.analysis.remarks import Remark, remarks_of_calls, remarks_of_dispatches
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import Times, is_empty, is_orphaned
from signaltrace.analysis.summary import Orphaned, Summary, orphaned_matching, summarise
from signaltrace.analysis.times import format_ns
from signaltrace.analysis.tree_queries import Asked, asked_by, asked_under
from signaltrace.trace import Trace
from signaltrace.views.closing import closing, filters, not_shown, nothing, orphaned_lines
from signaltrace.views.labels import Labels
from signaltrace.views.layout import Page, bar, fit, folded, heat, title
from signaltrace.views.text import count

NAME = "tree"
SUMMARY = "Every dispatch and the receivers it called, nested, in the order they ran."

# Lines of the tree unless --limit says otherwise; 0 for all.
LIMIT = 500
_WIDE = 100
_WIDER = 116
_NARROW = 60
# Of the width left for names, guides take at most what leaves this much.
_LEAST_LABEL = 34
# Of the columns for queries and their time.
_ASKED = 16
_LEGEND = "signal sender arguments, → receiver"


def render(trace: Trace, selection: Selection) -> RenderableType:
    """The tree of a trace, laid out for the console it is printed on."""
    forest = select(trace, selection)
    limit = LIMIT if selection.limit is None else selection.limit
    return _Tree(forest, selection, outline(forest, selection, limit or None), summarise(trace))


def lines(trace: Trace, selection: Selection, width: int) -> tuple[list[Text], bool]:
    """The tree alone, without title and totals, and whether the limit cut it short."""
    forest = select(trace, selection)
    seen = outline(forest, selection, selection.limit or None)
    sheet = _Sheet(forest, selection, width)
    return [sheet.header(), *(text for line in seen.lines for text in sheet.line(line))], seen.cut_by_limit


@dataclass(frozen=True, slots=True)
class _Tree:
    forest: Forest
    selection: Selection
    outline: Outline
    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        trace, lines = self.forest.trace, self.outline.lines
        page: list[Text] = []
        if lines:
            sheet = _Sheet(self.forest, self.selection, width)
            page += [title("Signals", trace.argv, width), sheet.header()]
            for line in lines:
                page += sheet.line(line)
        else:
            page += nothing(trace, self.summary, self.selection, width)
        page.append(Text())
        if self.selection.orphaned:
            page += orphaned_lines(self._only_counted(), width)
        yield Page(
            [
                *page,
                *closing(
                    trace,
                    self.summary,
                    width,
                    self._hidden(),
                    not self.selection.orphaned,
                    self.selection.bypassed,
                ),
            ]
        )

    def _hidden(self) -> list[str]:
        """What the options left out, in one sentence."""
        selection, seen, summary = self.selection, self.outline, self.summary
        why = filters(selection)
        if seen.cut_by_depth:
            why.append(f"--depth {selection.depth}")
        if seen.cut_by_limit:
            limit = LIMIT if selection.limit is None else selection.limit
            why.append(f"--limit {limit}, 0 for all")
        # Dispatches nobody heard are lines too when asked for, but not among the dispatches counted.
        shown = seen.stands_for() if selection.orphaned else ()
        alone = sum(
            times * sum(map(is_orphaned, line.group.rows))
            for line, times in shown
            if isinstance(line, DispatchLine)
        )
        dispatches = summary.kept_dispatches - (seen.dispatches - alone)
        calls = summary.kept_calls - seen.calls
        parts = [
            (dispatches, summary.kept_dispatches, "dispatch", "dispatches"),
            (calls, summary.kept_calls, "receiver call", "receiver calls"),
        ]
        return not_shown(parts, why)

    def _only_counted(self) -> list[Orphaned]:
        """What no receiver heard and was not recorded as spans of its own."""
        trace = self.forest.trace
        routes = {row[2] for rows in trace.rows_by_parent.values() for row in rows if is_orphaned(row)}
        spans = {trace.routes[route][1:] for route in routes}
        names = {(trace.signals[signal], trace.senders[sender]) for signal, sender in spans}
        wanted = orphaned_matching(self.summary.orphaned, self.selection)
        return [each for each in wanted if (each.signal, each.sender) not in names]


class _Sheet:
    """The tree's columns at one width: time, self, bar, and what ran."""

    def __init__(self, forest: Forest, selection: Selection, width: int) -> None:
        self.trace = forest.trace
        self.labels = Labels(forest, selection)
        self.width = width
        self.wide = width >= _WIDE
        self.narrow = width < _NARROW
        self.bar_width = 10 if self.wide else 6
        self.left = 8 if self.narrow else 16 + self.bar_width + 2
        roots = forest.trace.rows_by_parent.get(0, ())
        self.left += _ASKED if self._has_asked() else 0
        self.whole_ns = sum(map(itemgetter(6), roots)) or 1

    def _has_asked(self) -> bool:
        """Whether queries have columns of their own; else they are a note."""
        return self.width >= _WIDER and bool(self.trace.queries)

    def header(self) -> Text:
        """The names of the columns."""
        if self.narrow:
            return folded(Text(f"   time {_LEGEND}", "dim"), self.width, most=1)[0]
        queries = " queries     sql" if self._has_asked() else ""
        text = Text(f"   time    self{queries}  █self ░below  {_LEGEND}", "dim")
        right = "sent from, defined at"
        if self.wide:
            text.append(" " * (self.width - text.cell_len - len(right)) + right)
        return text

    def line(self, line: Line) -> list[Text]:
        """The physical lines of one line of the outline."""
        if isinstance(line, NotCalledLine):
            return self._not_called(line)
        if isinstance(line, AsideLine):
            return self._aside(line)
        if isinstance(line, TurnsLine):
            return [self._hanging(self._guides(line.guides), self.labels.turns(line))]
        guides = self._guides(line.guides)
        remarks: list[Remark]
        if isinstance(line, DispatchLine):
            remarks = remarks_of_dispatches(self.trace, line.group.rows)
            asked = asked_under(self.trace, line.group.rows)
            label = self.labels.dispatch(line, remarks, with_site=self.wide or not line.guides)
            hang = guides + "│ "
            errors = self.labels.dispatch_error(line)
        else:
            spans = [*line.group.spans()]
            asked = asked_by(self.trace, spans)
            remarks = remarks_of_calls(self.trace, spans)
            if asked.queries and not (self._has_asked() or self.narrow):
                remarks = [_asked_remark(asked), *remarks]
            label = self.labels.call(line, remarks, with_place=self.wide)
            guides, hang = guides + ("└" if line.last else "├"), guides + ("   " if line.last else "│  ")
            errors = self.labels.call_error(line)
        errors += self.labels.remarks(remarks)
        inner = self.width - self.left - len(hang)
        first, notes = fit(label, self.width - self.left - len(guides), inner)
        if isinstance(line, DispatchLine) and is_empty(line.group.rows[0]):
            numbers = Text(" " * self.left)  # there is nothing to time
        else:
            numbers = self._columns(line.times, asked, isinstance(line, CallLine))
        lines = [numbers.append(guides, "dim").append_text(first)]
        notes += [wrapped for error in errors for wrapped in folded(error, inner)]
        return lines + [self._hanging(hang, note) for note in notes]

    def _not_called(self, line: NotCalledLine) -> list[Text]:
        guides = self._guides(line.guides)
        lines = []
        for at, label in enumerate(self.labels.not_called(line), 1):
            last = line.last and at == len(line.receivers) + bool(line.more)
            hang = guides + ("   " if last else "│  ")
            inner = self.width - self.left - len(hang)
            first, below = fit(label, inner + 2, inner)
            lines.append(self._hanging(guides + ("└" if last else "├"), first))
            lines += [self._hanging(hang, note) for note in below]
        return lines

    def _aside(self, line: AsideLine) -> list[Text]:
        """What happened between dispatches, and below it what did not run."""
        guides = self._guides(line.guides)
        label, missed = self.labels.aside(line, with_site=self.wide or not line.guides)
        inner = self.width - self.left - len(guides) - 2
        first, notes = fit(label, self.width - self.left - len(guides), inner)
        numbers = Text(f"{format_ns(line.aside.duration_ns):>7}" if line.aside.duration_ns else "", "dim")
        numbers.append(" " * (self.left - numbers.cell_len))
        lines = [numbers.append(guides, "dim").append_text(first)]
        lines += [self._hanging(guides + "│ ", note) for note in notes]
        for at, each in enumerate(missed, 1):
            last = at == len(missed)
            first, below = fit(each, inner + 1, inner)
            lines.append(self._hanging(guides + ("└" if last else "├"), first))
            lines += [self._hanging(guides + ("   " if last else "│  "), note) for note in below]
        every = self.labels.missed(line)
        for at, text in enumerate(folded(every, inner) if every else ()):
            lines.append(self._hanging(guides + ("   " if at else "└"), text))
        return lines

    def _hanging(self, guides: str, text: Text) -> Text:
        """A line without numbers."""
        return Text(" " * self.left).append(guides, "dim").append_text(text)

    def _columns(self, times: Times, asked: Asked, is_call: bool) -> Text:
        share, own = times.total_ns / self.whole_ns, times.self_ns / self.whole_ns
        text = Text().append(f"{format_ns(times.total_ns):>7}", heat(share) if is_call else "dim")
        if self.narrow:
            return text.append(" ")
        text.append(f" {format_ns(times.self_ns):>7}", heat(own) if is_call else "dim")
        if self._has_asked():
            said = f" {asked.queries:>7,} {format_ns(asked.sql_ns):>7}" if asked.queries else " " * _ASKED
            text.append(said, "" if is_call else "dim")
        text.append("  ")
        text.append(bar(share, own, self.bar_width), heat(own) if is_call else "dim")
        return text.append(" ")

    def _guides(self, guides: Guides) -> str:
        """The lines from above; levels too many for the width are only counted."""
        most = max((self.width - self.left - _LEAST_LABEL) // 3, 1)
        if len(guides) <= most:
            return "".join("│  " if each else "   " for each in guides)
        return f"{len(guides):>{3 * most - 2}}· "


def _asked_remark(asked: Asked) -> Remark:
    return Remark(f"{count(asked.queries, 'query', 'queries')}, {format_ns(asked.sql_ns)}", inline=True)
