"""The tests, stage *views*: what receivers cost a suite, which tests pay, which receivers never ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.selection import Selection
from signaltrace.analysis.suite import SlowPhase, Suite, SuiteReceiver, Swallowed, read_suite
from signaltrace.analysis.summary import Orphaned
from signaltrace.analysis.times import format_ns
from signaltrace.analysis.words import short_signals
from signaltrace.trace import ReceiverInfo, Trace
from signaltrace.views.closing import filters, not_shown, remarks
from signaltrace.views.columns import named_row, ncalls, receiver_label, suite_columns
from signaltrace.views.layout import Label, Page, folded, title
from signaltrace.views.text import count, inert, location

NAME = "tests"
SUMMARY = "A test suite: slowest receivers and tests, receivers that never ran, errors swallowed."

# Rows of each table unless --limit says otherwise; 0 for all.
LIMIT = 10
_WIDE = 100
_WHEN = 8


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the view under a heading of its own."""

    title: str
    lines: list[Text]


def render(trace: Trace, selection: Selection) -> RenderableType:
    """The suite of a trace, laid out for the console it is printed on."""
    return _Sections(trace, selection)


@dataclass(frozen=True, slots=True)
class _Sections:
    trace: Trace
    selection: Selection

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        page = [title("Tests", self.trace.argv, width)]
        if not self.trace.tests:
            page += folded(Text("No tests were recorded: see pytest --signaltrace."), width)
        for section in sections(self.trace, self.selection, width) if self.trace.tests else ():
            page += [Text(), *folded(Text(section.title, "bold"), width), *section.lines]
        yield Page([*page, Text(), *remarks(self.trace, width)])


def sections(
    trace: Trace, selection: Selection, width: int, hints: tuple[str, str] = ("--min 0", "--limit 0")
) -> list[Section]:
    """The parts of the view that have something to say; ``hints`` are the options that show what took too
    little time to be listed, and what was beyond the limit."""
    suite = read_suite(trace, selection)
    layout = _Layout(suite, selection, width, *hints)
    if not suite.tests:
        return [Section("no test ran", layout.totals())]
    parts = [
        Section(layout.headline(), layout.totals()),
        layout.receivers(),
        layout.slowest(),
        layout.coverage(),
        layout.swallowed(),
        layout.orphaned(),
    ]
    return [each for each in parts if each.lines]


@dataclass(frozen=True, slots=True)
class _Layout:
    suite: Suite
    selection: Selection
    width: int
    least_hint: str
    limit_hint: str

    def headline(self) -> str:
        """The share of the suite's time."""
        suite = self.suite
        where = f" in {len(suite.workers)} workers" if len(suite.workers) > 1 else ""
        return f"{_percent(suite.share)} of {_seconds(suite.wall_ns)}{where} in receivers"

    def totals(self) -> list[Text]:
        """How much was sent and called, and what of it outside of tests."""
        suite = self.suite
        text = Text(
            f"{_seconds(suite.inside_ns)} in {count(suite.ncalls, 'receiver call')} of "
            f"{count(suite.dispatches, 'dispatch', 'dispatches')} in {count(suite.tests, 'test')}"
        )
        if suite.errors:
            text.append(", ").append(count(suite.errors, "error"), "bold red")
        text.append(".")
        if suite.outside is not None and suite.outside.ncalls:
            calls = count(suite.outside.ncalls, "receiver call")
            text.append(
                f" Outside of tests (set-up of the session): {_seconds(suite.outside.inside_ns)}, {calls}."
            )
        return folded(text, self.width)

    def receivers(self) -> Section:
        """The receivers in pstats' columns."""
        found = self.suite.receivers
        shown = self._shown([each.row.tottime_ns for each in found])
        lines = self._table(found[:shown]) if shown else []
        every = len(found) + self.suite.hidden
        left_out = not_shown([(self.suite.hidden, every, "receiver", "receivers")], filters(self.selection))
        for sentence in left_out:
            lines += folded(Text(sentence, "dim"), self.width)
        return Section(self._slowest(len(found), "receivers"), lines + self._hidden(
            [each.row.tottime_ns for each in found], "receivers"
        ))  # fmt: skip

    def slowest(self) -> Section:
        """The tests with the most time in receivers, as pytest lists durations."""
        found = self.suite.slowest
        times = [each.inside_ns for each in found]
        lines = [line for each in found[: self._shown(times)] for line in self._phase(each)]
        return Section(
            self._slowest(len(found), "tests by time in receivers"),
            lines + self._hidden(times, "phases of tests"),
        )

    def coverage(self) -> Section:
        """The project's receivers that never ran."""
        suite = self.suite
        heading = f"receiver coverage: {len(suite.never):,} of {count(suite.own, 'receiver')} never ran"
        lines = [line for each in suite.never[: self._limit()] for line in self._never(each)]
        if (limit := self._limit()) is not None and len(suite.never) > limit:
            more = _of(len(suite.never) - limit, "more receivers")
            lines += folded(
                Text(f"({more} never ran. Use {self.limit_hint} to show all.)", "dim"), self.width
            )
        if suite.own and not suite.never:
            lines = [Text("Each of the project's receivers ran.")]
        if suite.foreign and lines:
            what = f"{suite.foreign:,} of Django's and other packages' that never ran either"
            lines += folded(Text(f"Not counted: {what}.", "dim"), self.width)
        return Section(heading, lines)

    def swallowed(self) -> Section:
        """What send_robust caught."""
        found = self.suite.swallowed
        times = sum(each.times for each in found)
        heading = f"{count(times, 'error')} swallowed by send_robust"
        lines = [line for each in found[: self._limit()] for line in self._caught(each)]
        if (limit := self._limit()) is not None and len(found) > limit:
            lines.append(Text(f"({len(found) - limit:,} more kinds of error)", "dim"))
        return Section(heading, lines)

    def orphaned(self) -> Section:
        """What nobody heard: the project's own signals one by one, the others in a number."""
        mine = [each for each in self.suite.orphaned if each.signal.mine]
        others = sum(each.count for each in self.suite.orphaned if not each.signal.mine)
        total = others + sum(each.count for each in mine)
        lines = [line for each in mine[: self._limit()] for line in self._unheard(each, mine)]
        if (limit := self._limit()) is not None and len(mine) > limit:
            lines.append(Text(f"({len(mine) - limit:,} more signals and senders)", "dim"))
        if others:
            lines += folded(Text(f"{others:>9,} × signals of Django and other packages", "dim"), self.width)
        return Section(f"{count(total, 'dispatch', 'dispatches')} no receiver heard", lines)

    # -- lines -----------------------------------------------------------------------------------

    def _table(self, found: Sequence[SuiteReceiver]) -> list[Text]:
        wide = self.width >= _WIDE
        columns = suite_columns(self.width, self.suite.asked)
        calls = max(6, *(len(ncalls(each.row)) for each in found))
        numbers = " ".join([f"{'ncalls':>{calls}}", *(each.head for each in columns)]) + "  tests"
        header = Text(f"{numbers}  receiver", "dim")
        if wide:
            header.append("defined at".rjust(self.width - header.cell_len))
        lines = [header]
        whole = sum(each.row.tottime_ns for each in self.suite.receivers) or 1
        for each in found:
            row = each.row
            text = Text(f"{ncalls(row):>{calls}}")
            for column in columns:
                text.append(" ").append(*column.cell(row, whole))
            text.append(f"{each.tests:>7,}")
            lines += named_row(text, receiver_label(row, wide, self.width - len(numbers) - 2), self.width)
        return lines

    def _phase(self, each: SlowPhase) -> list[Text]:
        numbers = Text(f"{_seconds(each.inside_ns):>8} {each.when:<{_WHEN}}")
        worker = f"[{inert(each.worker)}] " if each.worker else ""
        said = f"{worker}of {_seconds(each.duration_ns)}, {count(each.ncalls, 'receiver call')}"
        if each.most is not None:
            said += f", most in {inert(each.most.name)}"
        lines = folded(Text(inert(each.node_id)), self.width - numbers.cell_len - 1)
        below = folded(Text(said, "dim"), self.width - numbers.cell_len - 3)
        indent = " " * (numbers.cell_len + 1)
        rest = [Text(indent).append_text(line) for line in lines[1:]]
        rest += [Text(f"{indent}  ").append_text(line) for line in below]
        return [numbers.append(" ").append_text(lines[0]), *rest]

    def _never(self, info: ReceiverInfo) -> list[Text]:
        where = location(info.file, info.line)
        return named_row(Text(""), Label(inert(info.name), where=where), self.width)

    def _caught(self, each: Swallowed) -> list[Text]:
        numbers = Text().append(f"{each.times:>9,} ×", "bold red")
        signal = short_signals([each.signal.name])[0]
        notes = [(f"{inert(each.type)}: {inert(each.message)}", "red")]
        notes.append((f"({inert(signal)}, {count(each.tests, 'test')})", "dim"))
        return named_row(numbers, Label(inert(each.receiver.name), notes=notes), self.width)

    def _unheard(self, each: Orphaned, among: Sequence[Orphaned]) -> list[Text]:
        name = short_signals([each.signal.name])[0]
        label = Label(inert(name), style="cyan", sender=inert(each.sender.name))
        return named_row(Text(f"{each.count:>9,} ×"), label, self.width)

    # -- how many --------------------------------------------------------------------------------

    def _limit(self) -> int | None:
        limit = LIMIT if self.selection.limit is None else self.selection.limit
        return limit or None

    def _slowest(self, found: int, what: str) -> str:
        limit = self._limit()
        return f"slowest {what}" if limit is None else f"slowest {limit} {what}"

    def _shown(self, times: Sequence[int]) -> int:
        """How many are shown: those within the limit that took long enough, which come first."""
        enough = sum(each >= self.selection.min_ns for each in times)
        limit = self._limit()
        return enough if limit is None else min(limit, enough)

    def _hidden(self, times: Sequence[int], what: str) -> list[Text]:
        """As pytest says it of durations."""
        shown, limit = self._shown(times), self._limit()
        within = len(times) if limit is None else min(limit, len(times))
        hidden: list[str] = []
        if shown < within:
            said = f"({_of(len(times) - shown, what)} < {self.selection.min_ns / 1e9:g}s hidden."
            hidden.append(f"{said}  Use {self.least_hint} to show these {what.split()[0]}.)")
        elif within < len(times):
            hidden.append(f"({_of(len(times) - within, f'more {what}')}. Use {self.limit_hint} to show all.)")
        return [line for each in hidden for line in folded(Text(each, "dim"), self.width)]


def _of(number: int, what: str) -> str:
    """``1 phase of tests``, ``3 receivers``: the first word that can be is made singular."""
    if number == 1:
        what = what.replace("phases", "phase").replace("receivers", "receiver")
    return f"{number:,} {what}"


def _percent(share: float) -> str:
    """A share with a decimal where it is small: ``63%``, ``4.2%``, ``<0.1%``."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{share:.0%}" if share >= 0.0995 or not share else f"{share:.1%}"


def _seconds(ns: int) -> str:
    """As pytest writes durations: ``12.34s``; what is shorter by far in its own unit."""
    return f"{ns / 1e9:,.2f}s" if ns >= 5_000_000 or not ns else format_ns(ns).replace(" ", "")
