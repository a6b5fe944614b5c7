"""The answer of ``why``, stage *views*: the first broken link, its evidence and fix, then what holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.connected import short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.answer import Answer, Chain
from signaltrace.analysis.why.cause import Cause
from signaltrace.analysis.why.link import HOLDS, UNKNOWN, Fix, Link
from signaltrace.analysis.why.target import Target
from signaltrace.views.connection_rows import whole
from signaltrace.views.layout import Page, folded
from signaltrace.views.text import count, cut_path, inert, location

# Of a receiver of very many signals so many chains are shown whole; of those that hold the rest is counted.
MOST_CHAINS = 6
MOST_CHOICES = 40
_LONGEST = 600


def render(answer: Answer) -> RenderableType:
    """The answer for one receiver."""
    return _Why(answer)


def render_choices(receiver: str, targets: Sequence[Target]) -> RenderableType:
    """What a name could mean, one a line with its place."""
    return _Choices(receiver, tuple(targets))


@dataclass(frozen=True, slots=True)
class _Choices:
    receiver: str
    targets: tuple[Target, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        # Two functions of one module may have one name: then only its line tells which.
        how = "name one in full" if len({each.name for each in self.targets}) > 1 else "name its line"
        head = f"{inert(self.receiver, 80)} could be any of {len(self.targets):,} receivers; {how}:"
        lines = [Text(head)]
        for each in self.targets[:MOST_CHOICES]:
            place = location(each.file, each.line)
            lines.append(
                Text("  ").append(inert(each.name), "bold").append(f"  {place}" if place else "", "dim")
            )
        if len(self.targets) > MOST_CHOICES:
            lines.append(Text(f"  and {len(self.targets) - MOST_CHOICES:,} more", "dim"))
        yield Page([part for line in lines for part in whole(line, width)])


@dataclass(frozen=True, slots=True)
class _Why:
    answer: Answer

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._lines(options.max_width)
        yield Page([part for line in lines for part in whole(line, options.max_width)])

    def _lines(self, width: int) -> Iterator[Text]:
        answer = self.answer
        yield _headline(answer.target, width)
        if answer.traced:
            of = f" of {inert(answer.recorded, 200)}" if answer.recorded else ""
            lost = f"; {count(answer.dropped, 'span')} of it were dropped" if answer.dropped else ""
            yield from _folded(Text(f"by a recording{of}{lost}", "dim"), width, "")
        for cause in answer.causes:
            yield Text("")
            yield from _cause(cause, width)
        if answer.asked_twice and not answer.causes:
            yield Text("")
            yield from _folded(Text(_once(answer)), width, "")
        broken = [each for each in answer.chains if not each.holds]
        # What runs twice runs: its links are no news.
        told = {each.signal for each in answer.causes}
        well = [each for each in answer.chains if each.holds and each.signal not in told]
        for chain in broken[:MOST_CHAINS]:
            yield Text("")
            yield from _chain(chain, width)
        yield from _folded_away(broken[MOST_CHAINS:], "broken as well", width)
        # Beside broken ones, those that are well are counted, unless something points at them.
        suspects = [each for each in well if any(link.suspect for link in each.links)]
        shown = (suspects if broken else well)[:MOST_CHAINS]
        for chain in shown:
            yield Text("")
            yield from _chain(chain, width)
        yield from _folded_away([each for each in well if each not in shown], "no link broken", width)


def _headline(target: Target, width: int) -> Text:
    place = location(target.file, target.line)
    name = cut_path(inert(target.name), width)
    line = Text(name, "bold")
    if place:
        line.append("  ").append(cut_path(place, max(width - line.cell_len, 0)), "dim")
    return line


def _chain(chain: Chain, width: int) -> Iterator[Text]:
    """One signal and sender: what is broken, what may be, what holds, what is not known."""
    yield _heading(chain, width)
    if not chain.broken:
        yield from _folded(_runs(chain), width, "  ")
    for number, link in enumerate(chain.broken):
        yield from _full(link, "Broken", "bold red" if number == 0 else "red", width)
    for link in chain.links:
        if link.suspect:
            yield from _full(link, "Perhaps", "bold yellow", width)
    held = [each for each in chain.links if each.state == HOLDS]
    for number, link in enumerate(held):
        yield from _brief("Holds" if not number else "", link, "green", width)
    asked: list[str] = []
    open_ones = [each for each in chain.links if each.state == UNKNOWN and not each.suspect]
    for number, link in enumerate(open_ones):
        yield from _brief("Not known" if not number else "", link, "yellow", width)
    for link in chain.links:
        # Any recording tells all that a recording tells.
        recorded = "--run" in link.tells and any("--run" in each for each in asked)
        if link.tells and link.tells not in asked and not recorded:
            asked.append(link.tells)
    for number, tells in enumerate(asked):
        yield from _labelled("To know" if not number else "", Text(inert(tells, _LONGEST)), "", width)


def _heading(chain: Chain, width: int) -> Text:
    signal = inert(short_signal(chain.signal)) if chain.signal else "no signal"
    sender = inert(chain.expected or chain.sender)
    line = Text(cut_path(signal, width), "cyan")
    return line.append(f" from {sender}" if sender else "", "bold")


def _runs(chain: Chain) -> Text:
    """What a chain without a broken link comes to."""
    if chain.called is not None and chain.called:
        return Text(f"It runs: called {_times(chain.called)} in what was recorded.", "bold green")
    suspect = any(each.suspect for each in chain.links)
    unknown = any(each.state == UNKNOWN for each in chain.links)
    lead = "No link is known to be broken" if suspect or unknown else "It runs"
    style = "bold green" if lead == "It runs" else "bold"
    return Text(f"{lead}{',' if lead == 'It runs' else ': it runs'} {inert(chain.moment)}.", style)


def _full(link: Link, label: str, style: str, width: int) -> Iterator[Text]:
    """A link that is broken or may be: the sentence, the evidence, the fix."""
    text = inert(link.text, _LONGEST) + ("  (possible)" if link.possible else "")
    yield from _labelled(label, Text(text, "bold" if style.startswith("bold") else ""), style, width)
    yield from _evidence(link.evidence, width)
    if link.fix is not None:
        yield from _fix(link.fix, width)


def _cause(cause: Cause, width: int) -> Iterator[Text]:
    sender = f" from {inert(cause.sender)}" if cause.sender else ""
    yield Text(inert(short_signal(cause.signal)), "cyan").append(sender, "bold")
    times = "twice" if cause.times <= 2 else f"{cause.times:,} times"
    lead = f"Runs {times} for one dispatch" if cause.times > 1 else "Runs once for each dispatch"
    said = f"{lead}. {inert(cause.text, _LONGEST)}" + ("  (possible)" if cause.possible else "")
    yield from _labelled("Twice", Text(said, "bold"), "bold red", width)
    yield from _evidence(cause.evidence, width)
    yield from _fix(cause.fix, width)


def _once(answer: Answer) -> str:
    if answer.traced:
        told = "one dispatch reaches it once, and nothing was sent twice for one instance."
    else:
        told = "no dispatch reaches it more than once. With --run or --trace you see what is sent twice."
    return f"Nothing makes it run twice: {told}"


def _brief(label: str, link: Link, style: str, width: int) -> Iterator[Text]:
    """A link that holds, or is not known, with one place of its evidence."""
    text = Text(inert(link.text, _LONGEST))
    places = [location(each.file, each.line) for each in link.evidence if each.file]
    if places:
        text.append(f"  {places[0]}", "dim")
    yield from _labelled(label, text, style, width)


def _evidence(evidence: Sequence[Evidence], width: int) -> Iterator[Text]:
    for each in evidence:
        place = location(each.file, each.line)
        text = Text()
        if place:
            text.append(place, "cyan").append("  ")
        yield from _labelled("", text.append(inert(each.text, 240), "dim"), "", width)


def _fix(fix: Fix, width: int) -> Iterator[Text]:
    place = location(fix.file, fix.line)
    text = Text(inert(fix.text, _LONGEST))
    if place:
        text.append(" (").append(place, "cyan").append(")")
    text.append(":" if fix.code else ".")
    yield from _labelled("Fix", text, "bold green", width)
    for line in fix.code:
        # Code is shown as it is to be written, however narrow the terminal.
        yield Text(" " * (_COLUMN + 4)).append(inert(line), "bold")


_COLUMN = 13


def _labelled(label: str, text: Text, style: str, width: int) -> Iterator[Text]:
    """A label in its column, and the text beside it on as many lines as it takes."""
    room = max(width - _COLUMN, 12)
    for number, part in enumerate(folded(text, room, None)):
        line = Text("  ").append(label if not number else "", style)
        line.append(" " * max(_COLUMN - line.cell_len, 1))
        yield line.append_text(part)


def _folded(text: Text, width: int, indent: str) -> Iterator[Text]:
    for part in folded(text, max(width - len(indent), 10), None):
        yield Text(indent).append_text(part)


def _folded_away(chains: Sequence[Chain], what: str, width: int) -> Iterator[Text]:
    """Those there is no room for: counted, and named as far as that is short."""
    if not chains:
        return
    names = [
        f"{short_signal(each.signal)} from {each.expected or each.sender or 'undecided'}" for each in chains
    ]
    shown = ", ".join(inert(each) for each in names[:4])
    more = f" and {len(names) - 4:,} more" if len(names) > 4 else ""
    yield Text("")
    yield from _folded(
        Text(f"{count(len(chains), 'connection')} with {what}: {shown}{more}.", "dim"), width, ""
    )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
