"""What bare `signaltrace` says, stage *views*: who listens to what, what looks wrong, where to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.connections import ConnectedSignal, Inventory
from signaltrace.views.connection_rows import whole
from signaltrace.views.layout import Page, folded
from signaltrace.views.text import count, cut_path, inert

MAX_NOTES = 10
_UNHEARD = "no receivers"


def render(inventory: Inventory, *, command: str = "manage.py signaltrace") -> RenderableType:
    """The overview; ``command`` is how the user calls signaltrace, for the commands it ends with."""
    return _Overview(inventory, command)


@dataclass(frozen=True, slots=True)
class _Line:
    """A signal as one side of the split sees it: its receivers of that side, and whose they are."""

    signal: str
    receivers: int
    apps: str

    @property
    def tally(self) -> str:
        """The number of receivers as text."""
        return f"{self.receivers:,}" if self.receivers else _UNHEARD


@dataclass(frozen=True, slots=True)
class _Overview:
    inventory: Inventory
    command: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._lines(options.max_width)
        yield Page([part for line in lines for part in whole(line, options.max_width)])

    def _lines(self, width: int) -> Iterator[Text]:
        mine = _lines(self.inventory.signals, mine=True)
        theirs = _lines(self.inventory.signals, mine=False)
        if not self.inventory.signals:
            yield Text("No signals.")
        if mine or theirs:
            # One column for both halves, so that they can be compared.
            both = [*mine, *theirs]
            tally = max(len(line.tally) for line in both)
            apps = min(max(cell_len(line.apps) for line in both), width // 4)
            column = min(max(cell_len(line.signal) for line in both), max(width - 6 - tally - apps, 10))
            yield from _section("Yours", " (code under the project)", mine, (column, tally, width))
            yield Text("")
            yield from _section("Installed packages", "", theirs, (column, tally, width))
        bare = sum(not each.connections and not each.signal.mine for each in self.inventory.signals)
        if bare:
            yield Text("")
            has = "has" if bare == 1 else "have"
            yield Text(f"{count(bare, 'signal')} of installed packages {has} no receivers.", style="dim")
        yield from self._wrong(width)
        yield Text("")
        yield from self._go_on(width)

    def _wrong(self, width: int) -> Iterator[Text]:
        notes = self.inventory.notes
        if not notes:
            return
        yield Text("")
        yield Text("Looks wrong", style="bold yellow")
        for note in notes[:MAX_NOTES]:
            for number, line in enumerate(folded(Text(inert(note, 600)), max(width - 4, 10), None)):
                yield Text("    " if number else "  - ").append_text(line)
        if len(notes) > MAX_NOTES:
            yield Text(f"  and {len(notes) - MAX_NOTES:,} more", style="dim")

    def _go_on(self, width: int) -> Iterator[Text]:
        offers = [
            ("why RECEIVER", "why it does not run"),
            ("doctor", "what is wrong, and fixes"),
            ("run COMMAND", "what COMMAND sends"),
            ("run --view profile COMMAND", "where its time goes"),
            ("receivers", "all in order of dispatch"),
            ("receivers --mine", "your own alone"),
            ("receivers --by sender", "what runs for each sender"),
        ]
        command = inert(self.command)
        size = max(cell_len(f"{command} {arguments}") for arguments, _ in offers)
        fits = 2 + size + 2 + max(len(purpose) for _, purpose in offers) <= width
        yield Text("Go on with", style="bold")
        for arguments, purpose in offers:
            line = Text(f"  {command} {arguments}")
            if fits:
                line.append(" " * (2 + size - line.cell_len + 2) + purpose, style="dim")
            yield line


def _lines(signals: Sequence[ConnectedSignal], *, mine: bool) -> list[_Line]:
    """The signals that have live receivers of one side, and of the user's own those nobody listens to."""
    lines = []
    for each in signals:
        apps = Counter(
            one.receiver.app or "?" for one in each.connections if one.alive and one.receiver.mine is mine
        )
        unheard = mine and each.signal.mine and not any(one.alive for one in each.connections)
        if apps or unheard:
            told = ", ".join(f"{app} {number}" for app, number in sorted(apps.items(), key=_most_first))
            lines.append(_Line(inert(each.signal.name), sum(apps.values()), inert(told)))
    return lines


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return (-item[1], item[0])


def _section(title: str, gloss: str, lines: Sequence[_Line], sizes: tuple[int, int, int]) -> Iterator[Text]:
    """A heading and a line per signal; ``sizes`` are the cells of names, of tallies, and of the whole."""
    column, tally, width = sizes
    total = sum(line.receivers for line in lines)
    heard = sum(line.receivers > 0 for line in lines)
    head = Text(title, style="bold")
    head.append(gloss, style="dim not bold")
    told = f"{count(total, 'receiver')} of {count(heard, 'signal')}" if total else _UNHEARD
    yield head.append(f": {told}", style="not bold")
    for line in lines:
        name = cut_path(line.signal, column)
        text = Text("  " + name + " " * max(column - cell_len(name), 0) + "  ")
        text.append(f"{line.tally:>{tally}}", style="" if line.receivers else "yellow")
        text.append("  " + _whole_apps(line.apps, width - text.cell_len - 2), style="dim")
        text.rstrip()
        yield text


def _whole_apps(apps: str, room: int) -> str:
    """As many apps as fit."""
    if cell_len(apps) <= room:
        return apps
    shown = apps.split(", ")
    while shown and cell_len(", ".join([*shown, "…"])) > room:
        shown.pop()
    return ", ".join([*shown, "…"]) if room > 0 else ""
