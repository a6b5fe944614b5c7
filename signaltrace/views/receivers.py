"""The inventory as a list, stage *views*: receivers per signal, or per sender (what runs for shop.Order)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.inventory_filter import ANY_SENDER, model_senders, runs_for
from signaltrace.analysis.matching import matches
from signaltrace.connections import ConnectedSignal, Connection, Inventory
from signaltrace.views.connection_rows import Heading, Row, how_many, lay_out, whole
from signaltrace.views.layout import Page, folded
from signaltrace.views.text import inert

# Signals without receivers that are named in the closing line; the rest are counted.
MAX_BARE = 8


def render(inventory: Inventory, *, by: str = "signal", senders: Sequence[str] = ()) -> RenderableType:
    """The connections in order of dispatch, grouped ``by`` "signal" or "sender".

    By sender, ``senders`` are patterns of those that get a group (none: all).
    """
    return _Receivers(inventory, by, tuple(senders))


@dataclass(frozen=True, slots=True)
class _Receivers:
    inventory: Inventory
    by: str
    senders: tuple[str, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._lines(options.max_width)
        yield Page([part for line in lines for part in whole(line, options.max_width)])

    def _lines(self, width: int) -> Iterator[Text]:
        if not self.inventory.signals:
            yield Text("No signals.")
            return
        blocks = list(self._by_sender() if self.by == "sender" else self._by_signal())
        rows = [each for block in blocks for each in block if isinstance(each, Row)]
        drawn = lay_out(rows, width)
        if drawn.header is not None:
            yield drawn.header
        for number, block in enumerate(blocks):
            if number or drawn.header is not None:
                yield Text("")
            for each in block:
                if isinstance(each, Row):
                    yield from drawn.lines[each.number]
                else:
                    yield each.text(drawn.width)
        bare = [each.signal.name for each in self.inventory.signals if not each.connections]
        if bare and not self.senders and (rows or not blocks):
            if rows:
                yield Text("")
            yield from folded(_closing(bare), drawn.width, None)

    def _by_signal(self) -> Iterator[list[Heading | Row]]:
        numbers = iter(range(10**9))
        signals = [each for each in self.inventory.signals if each.connections]
        for each in signals or self.inventory.signals:
            block: list[Heading | Row] = [Heading(each.signal.name, how_many(each.connections), "bold")]
            block += [Row(next(numbers), one) for one in each.connections]
            yield block

    def _by_sender(self) -> Iterator[list[Heading | Row]]:
        numbers = iter(range(10**9))
        models = model_senders(self.inventory)
        asked = [each for each in self.inventory.models if self.senders and matches(self.senders, each)]
        for sender in _senders(self.inventory.signals, asked):
            if not matches(self.senders, sender):
                continue
            block: list[Heading | Row] = [Heading(sender, "", "bold")]
            for each in self.inventory.signals:
                runs = runs_for(each, sender, models) if sender != ANY_SENDER else _for_any(each)
                if runs:
                    block.append(Heading(f"  {each.signal.name}", how_many(runs), ""))
                    block += [Row(next(numbers), one) for one in runs]
            yield block


def _senders(signals: Sequence[ConnectedSignal], asked: Sequence[str]) -> list[str]:
    """All senders anything is connected for and those asked for, sorted; any sender last."""
    found = {one.sender.name for each in signals for one in each.connections} | set(asked)
    last = [ANY_SENDER] if ANY_SENDER in found else []
    return sorted(found - {ANY_SENDER}) + last


def _for_any(each: ConnectedSignal) -> tuple[Connection, ...]:
    return tuple(one for one in each.connections if one.sender.name == ANY_SENDER)


def _closing(bare: Sequence[str]) -> Text:
    shown = ", ".join(inert(name) for name in bare[:MAX_BARE])
    more = f" and {len(bare) - MAX_BARE:,} more" if len(bare) > MAX_BARE else ""
    what = "1 signal has no receivers" if len(bare) == 1 else f"{len(bare):,} signals have no receivers"
    return Text(f"{what}: {shown}{more}.", style="dim")
