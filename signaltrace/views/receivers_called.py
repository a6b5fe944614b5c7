"""Receivers called, not called, muted, and dispatches orphaned, stage *views*."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.called import (
    CalledReceiver,
    MutedReceiver,
    NotCalledReceiver,
    Occasion,
    Reach,
    reach,
)
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import Summary, summarise
from signaltrace.analysis.words import short_signals
from signaltrace.trace import ReceiverInfo, Trace
from signaltrace.views.closing import closing, filters, more, nothing, orphaned_lines
from signaltrace.views.layout import Label, Page, fit, folded, title
from signaltrace.views.text import count, inert, location

NAME = "receivers-called"
SUMMARY = "Which receivers were called, which were not, which dispatches none heard."

# Rows of each list unless --limit says otherwise; 0 for all.
LIMIT = 30
_WIDE = 100
_LEFT = 12
# Of the occasions on which a receiver ran, so many are named.
_NAMED = 4


def render(trace: Trace, selection: Selection) -> RenderableType:
    """The lists of a trace, laid out for the console they are printed on."""
    summary = summarise(trace)
    return _Lists(trace, selection, reach(trace, selection, summary.orphaned), summary)


@dataclass(frozen=True, slots=True)
class _Lists:
    trace: Trace
    selection: Selection
    reach: Reach
    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        found = self.reach
        limit = (LIMIT if self.selection.limit is None else self.selection.limit) or None
        page: list[Text] = []
        if not (found.called or found.not_called or found.muted or found.orphaned):
            page += [*nothing(self.trace, self.summary, self.selection, width), Text()]
        else:
            page += [title("Receivers", self.trace.argv, width), Text()]
        page += self._section(
            "Called", [self._called(each, width) for each in found.called[:limit]], len(found.called)
        )
        page += self._section(
            "Not called: a receiver before them raised",
            [self._not_called(each, width) for each in found.not_called[:limit]],
            len(found.not_called),
        )
        page += self._section(
            "Muted", [self._muted(each, width) for each in found.muted[:limit]], len(found.muted)
        )
        page += orphaned_lines(found.orphaned, width, limit)
        why = filters(self.selection)
        hidden = [f"Only what matches {' '.join(why)} is listed."] if why else []
        yield Page([*page, *closing(self.trace, self.summary, width, hidden, False, self.selection.bypassed)])

    def _section(self, heading: str, entries: Sequence[list[Text]], every: int) -> list[Text]:
        if not entries:
            return []
        lines = [Text(f"{heading} ({every:,})", "bold")]
        for entry in entries:
            lines += entry
        if every > len(entries):
            lines.append(more(every - len(entries), "receiver"))
        return [*lines, Text()]

    def _called(self, each: CalledReceiver, width: int) -> list[Text]:
        notes = [(self._occasions(each.occasions), "dim")] if each.occasions else []
        if each.errors:
            notes.insert(0, (count(each.errors, "error"), "bold red"))
        return _entry(each.count, each.receiver, "bold", notes, width)

    def _not_called(self, each: NotCalledReceiver, width: int) -> list[Text]:
        notes = [(self._occasions(each.occasions), "dim")]
        if each.raised:
            raisers = ", ".join(inert(receiver.name) for receiver in each.raised[:_NAMED])
            rest = f" and {len(each.raised) - _NAMED:,} more" if len(each.raised) > _NAMED else ""
            notes.insert(0, (f"after {raisers}{rest}", "yellow"))
        return _entry(each.count, each.receiver, "", notes, width)

    def _muted(self, each: MutedReceiver, width: int) -> list[Text]:
        return _entry(each.count, each.receiver, "", [(self._occasions(each.occasions), "dim")], width)

    def _occasions(self, occasions: Sequence[Occasion]) -> str:
        """``on post_save shop.Order × 3, shop.signals.paid shop.Order``."""
        every = dict(zip(self._names(), short_signals(self._names()), strict=True))
        said = [
            f"{inert(every[each.signal.name])} {inert(each.sender.name)}"
            + (f" × {each.count:,}" if each.count > 1 else "")
            for each in occasions[:_NAMED]
        ]
        if len(occasions) > _NAMED:
            said.append(f"{len(occasions) - _NAMED:,} more")
        return "on " + ", ".join(said)

    def _names(self) -> Iterable[str]:
        return [each.name for each in self.trace.signals]


def _entry(
    number: int, receiver: ReceiverInfo, style: str, notes: Sequence[tuple[str, str]], width: int
) -> list[Text]:
    """One receiver: how often, its name and place, and below it when."""
    where = location(receiver.file, receiver.line) if width >= _WIDE else ""
    first, below = fit(Label(inert(receiver.name), style, where=where), width - _LEFT, width - _LEFT)
    lines = [Text(f"{number:>9,} × ").append_text(first)]
    about = Text("  ").join(Text(note, note_style) for note, note_style in notes)
    lines += [Text(" " * (_LEFT + 2)).append_text(line) for line in folded(about, width - _LEFT - 2)]
    lines[1:1] = [Text(" " * _LEFT).append_text(line) for line in below]
    return lines
