"""What the lines of the tree say, stage *views*: names, senders, arguments, errors, all inert."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from rich.text import Text

from signaltrace.analysis.asides import BYPASS
from signaltrace.analysis.forest import Forest
from signaltrace.analysis.outline_lines import AsideLine, CallLine, DispatchLine, NotCalledLine, TurnsLine
from signaltrace.analysis.remarks import CARE, FACT, WRONG, Remark
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.spans import Times, is_empty, is_orphaned
from signaltrace.analysis.times import format_ns, format_range
from signaltrace.analysis.words import brief, describe_arguments, short_signals
from signaltrace.rows import ON_COMMIT, Row
from signaltrace.trace import RETURNED_ERROR, ErrorInfo
from signaltrace.views.layout import Label
from signaltrace.views.text import count, cut_path, inert, location

# As long as a key that is a UUID: `pk=…` with its quotes.
_LONGEST_ARGUMENT = 41
_LONGEST_REMARK = 80
_LONGEST_MESSAGE = 400

MAIN_THREAD = "MainThread"
# From so many on, what did not run is told in one go.
_MANY_MISSED = 3
_WEIGHTS = {FACT: "dim", CARE: "yellow", WRONG: "red"}


class Labels:
    """Labels of a forest's lines. Signal names are shortened once for the whole trace."""

    def __init__(self, forest: Forest, selection: Selection) -> None:
        self._trace = forest.trace
        self._selection = selection
        self._signals = short_signals(each.name for each in forest.trace.signals)

    def dispatch(self, line: DispatchLine, remarks: Sequence[Remark], with_site: bool) -> Label:
        """A dispatch: signal, sender, the arguments all of the group have, how it was sent."""
        rows, trace = line.group.rows, self._trace
        row = rows[0]
        method, signal, sender = trace.routes[row[2]]
        arguments: list[str] = []
        if self._selection.arguments != "none":
            arguments = [inert(each, _LONGEST_ARGUMENT) for each in describe_arguments(trace, rows)]
        if is_orphaned(row):
            notes = [("orphaned, in turn" if line.group.in_turn else "orphaned", "yellow")]
        elif is_empty(row):
            notes = [("in turn", "dim")] if line.group.in_turn else []
        else:
            notes = _repeats(line.times, line.group.in_turn)
        if method not in ("send", ON_COMMIT):
            notes.append((inert(method), "magenta"))
        if (row[9] or {}).get("opaque"):
            notes.append(("opaque: own loop", "magenta"))
        notes += self._elsewhere(line.group.rows) + _inline(remarks)
        return Label(
            name=inert(self._signals[signal]),
            style="red" if (row[9] or {}).get("error") else "cyan",
            sender=inert(trace.senders[sender].name),
            arguments=arguments,
            count=_times_over(line.times.count),
            notes=notes,
            where=self._sites(line) if with_site else "",
        )

    def call(self, line: CallLine, remarks: Sequence[Remark], with_place: bool) -> Label:
        """A receiver's call: its name, how often, and the time it was busy if it is async."""
        info = self._trace.receivers[line.group.first.receiver]
        notes = _repeats(line.times, line.group.in_turn)
        if line.times.busy_ns is not None:
            notes.append((f"async, busy {format_ns(line.times.busy_ns)}", "magenta"))
        elif info.is_async:
            notes.append(("async", "magenta"))
        if line.hidden:
            notes.append((f"{count(line.hidden, 'dispatch', 'dispatches')} below", "dim"))
        if line.from_below:
            error = line.group.first.error
            own = inert(error[0].rsplit(".", 1)[-1]) if error else ""
            notes.append((f"✗ {own} from below", "red"))
        notes += _inline(remarks)
        return Label(
            name=inert(info.name),
            style="bold red" if line.group.first.error else "bold",
            mark="→ ",
            count=_times_over(line.times.count),
            notes=notes,
            where=location(info.file, info.line) if with_place else "",
        )

    def not_called(self, line: NotCalledLine) -> list[Label]:
        """The receivers that were not called, or muted, and how many more there are."""
        over = f" × {line.times_over:,}" if line.times_over > 1 else ""
        note = (f"muted{over}", "dim") if line.muted else (f"not called{over}", "yellow")
        labels = [
            Label(name=inert(each.name), style="dim", mark="○ ", notes=[note]) for each in line.receivers
        ]
        if line.more:
            labels.append(Label(name=f"{line.more:,} more", style="dim", mark="○ ", notes=[note]))
        return labels

    def aside(self, line: AsideLine, with_site: bool) -> tuple[Label, list[Label]]:
        """Something between dispatches, and what it kept from running."""
        aside, missed = line.aside, line.aside.missed
        at_most = "at most " if aside.at_most else ""
        notes = [] if aside.rows is None else [(f"{at_most}{count(aside.rows, 'row')}", "dim")]
        if aside.raw:
            notes.append(("with raw=True", "yellow" if missed else "dim"))
        elif aside.kind == BYPASS:
            notes.append(("bypassed", "yellow") if missed else ("no receiver connected", "dim"))
        places = aside.sites if with_site else ()
        where = f"from {len(places):,} places" if len(places) > 1 else ""
        label = Label(
            name=inert(aside.name),
            style="yellow" if missed else "dim",
            sender=inert(aside.sender),
            count=_times_over(aside.count),
            notes=notes,
            where=location(places[0].file, places[0].line) if len(places) == 1 else where,
        )
        why = (inert(aside.why), "yellow")
        if len(missed) < _MANY_MISSED:
            return label, [Label(name=inert(each), style="dim", mark="○ ", notes=[why]) for each in missed]
        return label, []

    def missed(self, line: AsideLine) -> Text | None:
        """What an aside kept from running, in one go where it is much: the same names come at each write."""
        missed = line.aside.missed
        if len(missed) < _MANY_MISSED:
            return None
        text = Text("○ ", "dim").append(f"{inert(line.aside.why)}: ", "yellow")
        return text.append(", ".join(inert(brief(each)) for each in missed), "dim")

    def turns(self, line: TurnsLine) -> Text:
        """Turns of a cycle that are not shown."""
        return Text(f"… {count(line.turns, 'more turn')} of this cycle", "yellow")

    def remarks(self, remarks: Sequence[Remark]) -> list[Text]:
        """The remarks that stand on lines of their own."""
        lines = []
        for each in remarks:
            if not each.inline:
                text = Text(inert(each.text, _LONGEST_MESSAGE), _WEIGHTS[each.weight])
                if each.place is not None:
                    text.append(f"  {location(*each.place)}", "dim")
                lines.append(text)
        return lines

    def dispatch_error(self, line: DispatchLine) -> list[Text]:
        """The error of a dispatch that no receiver raised."""
        return [_error(line.error, "", len(line.group.rows))] if line.error else []

    def call_error(self, line: CallLine) -> list[Text]:
        """The error a receiver raised, where it happened; nothing where it only came through."""
        call = line.group.first
        if call.error is None or line.from_below:
            return []
        lead = "caught: " if call.outcome == RETURNED_ERROR else ""
        return [_error(ErrorInfo(*call.error), lead, len(line.group))]

    def _sites(self, line: DispatchLine) -> str:
        """The one line all of the group were sent from, or how many there are."""
        sites = set(map(itemgetter(3), line.group.rows))
        if len(sites) > 1:
            return f"from {len(sites):,} places"
        site = self._trace.sites[sites.pop()]
        return location(site.file, site.line) if site else ""

    def _elsewhere(self, rows: Sequence[Row]) -> list[tuple[str, str]]:
        """The thread where it is not the main one, and the task; how many where they differ."""
        threads = {self._trace.threads[index] for index in set(map(itemgetter(4), rows))}
        tasks = {task for row in rows if row[9] is not None and (task := row[9].get("task"))}
        notes = []
        if threads != {MAIN_THREAD}:
            notes.append((_one_or_how_many(threads, "threads"), "magenta"))
        if tasks:
            notes.append((_one_or_how_many(tasks, "tasks"), "magenta"))
        return notes


def _inline(remarks: Sequence[Remark]) -> list[tuple[str, str]]:
    return [(inert(each.text, _LONGEST_REMARK), _WEIGHTS[each.weight]) for each in remarks if each.inline]


def _one_or_how_many(names: set[str], what: str) -> str:
    return f"in {len(names):,} {what}" if len(names) > 1 else f"in {inert(next(iter(names)), 40)}"


def _times_over(number: int) -> str:
    return f"× {number:,}" if number > 1 else ""


def _repeats(times: Times, in_turn: bool) -> list[tuple[str, str]]:
    if times.count == 1:
        return []
    turn = "in turn, " if in_turn else ""
    spread = "" if times.min_ns == times.max_ns else f", {format_range(times.min_ns, times.max_ns)}"
    return [(f"{turn}{format_ns(times.mean_ns)} each{spread}", "dim")]


def _type(dotted: str) -> str:
    return inert(cut_path(dotted.removeprefix("builtins."), 60))


def _error(error: ErrorInfo, lead: str, members: int) -> Text:
    text = Text().append("✗ ", "bold red")
    text.append(f"{lead}{_type(error.type)}", "red")
    if error.message:
        text.append(f": {inert(error.message, _LONGEST_MESSAGE)}", "red")
    place = location(error.file, error.line)
    if place:
        text.append(f"  {place}", "dim")
    if members > 1:
        text.append(f"  (the first of {members:,})", "dim")
    return text
