"""One line of a view fitted to its width, stage *views*: what gives way, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from signaltrace.views.text import cut_path, inert, to_ascii

_EIGHTHS = " ▏▎▍▌▋▊▉"
# Longer messages than so many lines are cut: the saved trace has them whole.
_MOST_LINES = 4
# Which paths of a line are cut.
_NAME, _BOTH = "name", "both"
_LINE_NUMBER = re.compile(r":[0-9]+\)*$")


@dataclass(frozen=True, slots=True)
class Label:
    """What a line says besides its numbers. All strings are inert already.

    ``name`` and ``sender`` are paths, cut in the middle if need be; ``arguments`` are dropped
    whole from the last, but the first moves with ``notes`` and ``where`` to a line of their own.
    """

    name: str
    style: str = ""
    mark: str = ""
    sender: str = ""
    arguments: Sequence[str] = ()
    count: str = ""
    notes: Sequence[tuple[str, str]] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Finished lines as a renderable, each at most as wide as the console; ASCII where that is all it has."""

    lines: Sequence[Text] = field(default_factory=list)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            shown = to_ascii(line) if options.ascii_only else line
            shown.no_wrap = True
            shown.overflow = "crop"
            shown.rstrip()
            yield shown


def title(view: str, argv: Sequence[str], width: int) -> Text:
    """The first line of a view: what it shows, and of which command."""
    command = " ".join(inert(each, 60) for each in argv)
    return folded(Text(f"{view} of {command}" if command else view, "bold"), width, most=1)[0]


def fit(label: Label, width: int, inner: int) -> tuple[Text, list[Text]]:
    """The label in one line of ``width``, and what had to go below it in lines of ``inner``.

    The name's last part is always whole.

    What gives way, in this order: the folders of the place, the third and later arguments, the
    place itself, the notes if there is a place, all arguments but one, the middle of the name,
    the notes, the last argument, which goes below, and the middle of the sender.
    """
    every = len(label.arguments)
    few, one = range(every - 1, 1, -1), min(every, 1)
    beside = not label.where  # else there is a line below anyway, and the notes go there too
    tries: list[tuple[int, bool, bool, str]] = [(number, True, True, "") for number in (every, *few)]
    tries.append((every, False, True, ""))
    tries += [(number, False, beside, "") for number in (every, *few, one)]
    cutting = _NAME if every else _BOTH
    tries += [(one, False, beside, cutting), (one, False, False, cutting)]
    for arguments, with_where, with_notes, cut in tries:
        text = _attempt(label, width, arguments, with_where, with_notes, cut)
        if text is not None:
            notes = () if with_notes else label.notes
            return text, _below(notes, "" if with_where else label.where, inner)
    if every:
        bare = replace(label, arguments=())
        for cut in ("", _NAME, _BOTH):
            text = _attempt(bare, width, 0, False, False, cut)
            if text is not None:
                return text, _below([(_said(label, 1), "dim"), *label.notes], label.where, inner)
    return _overflow(label, width, inner)


def _attempt(
    label: Label, width: int, arguments: int, with_where: bool, with_notes: bool, cutting: str
) -> Text | None:
    """The line with this much in it, its paths cut only as ``cutting`` says; None if it is too wide."""
    name, sender = label.name, label.sender
    if cutting:
        least = cut_path(sender, 0) if cutting == _BOTH else sender
        rest = _width(label, "", least, arguments, with_notes)
        name = cut_path(name, width - rest)
        if with_notes and label.notes and name.startswith("…"):
            return None  # where it is from is worth more than a note beside it
        left = width - _width(label, name, "", arguments, with_notes) - 1
        sender = cut_path(sender, max(left, 0)) if cutting == _BOTH else sender
    free = width - _width(label, name, sender, arguments, with_notes)
    where = cut_path(label.where, free - 2) if with_where and label.where else ""
    if free < (cell_len(where) + 2 if where else 0):
        return None
    text = Text()
    for part, style in _parts(label, name, sender, arguments, with_notes):
        text.append(part, style)
    if where:
        text.append(" " * (free - cell_len(where))).append(where, "dim")
    return text


def _parts(label: Label, name: str, sender: str, arguments: int, inline: bool) -> list[tuple[str, str]]:
    parts = [(label.mark, "dim"), (name, label.style)]
    if sender:
        parts += [(" ", ""), (sender, "")]
    if label.arguments:
        parts += [(" ", ""), (_said(label, arguments), "dim")]
    if label.count:
        parts += [(" ", ""), (label.count, "bold")]
    if inline:
        for note, style in label.notes:
            parts += [("  ", ""), (note, style)]
    return parts


def _said(label: Label, arguments: int) -> str:
    """So many of the arguments, and how many more there are."""
    left_out = len(label.arguments) - arguments
    return ", ".join([*label.arguments[:arguments], *([f"+{left_out}"] if left_out else [])])


def _width(label: Label, name: str, sender: str, arguments: int, inline: bool) -> int:
    return sum(cell_len(part) for part, _ in _parts(label, name, sender, arguments, inline))


def _overflow(label: Label, width: int, inner: int) -> tuple[Text, list[Text]]:
    """A name too long for any line goes over several; so does all that belongs to it."""
    name = Text().append(label.mark, "dim").append(cut_path(label.name, 0), label.style)
    first = name.divide([_break(name.plain, width)])
    rest = Text()
    said = min(len(label.arguments), 1)
    for part, style in _parts(label, "", cut_path(label.sender, 0), said, False)[2:]:
        rest.append(part if rest else part.lstrip(), style)
    below = _chunks(first[1], inner) if len(first) > 1 else []
    below += folded(rest, inner) if rest else []
    return first[0], [*below, *_below(label.notes, label.where, inner)]


def _cells(text: str, width: int) -> int:
    """How many characters fit in so many cells; one at the least."""
    used = 0
    for at, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return max(at, 1)
    return len(text)


def _break(text: str, width: int) -> int:
    """Where to break a name that has no good place for it. One that ends with a place is broken before
    that or its file if it can be, and inside the number of its line only where that does not fit."""
    at = _cells(text, width)
    number = _LINE_NUMBER.search(text)
    if number is None or at >= len(text):
        return at
    for before in " /":
        found = text.rfind(before, 0, at) + 1
        if found and cell_len(text[found:]) <= width:
            return found
    start = number.start()
    return start if 0 < start < at and len(text) - start <= width else at


def _chunks(text: Text, width: int) -> list[Text]:
    """Text cut wherever a line is full: for names, which have no better place."""
    lines = []
    while text:
        at = _break(text.plain, width)
        lines.append(text[:at])
        text = text[at:]
    return lines


def _below(notes: Iterable[tuple[str, str]], where: str, width: int) -> list[Text]:
    text = Text()
    for note, style in notes:
        text.append("  " if text else "")
        text.append(note, style)
    lines = folded(text, width) if text else []
    if where:
        beside = cut_path(where, width - text.cell_len - 2)
        if len(lines) == 1 and lines[0].cell_len + 2 + cell_len(beside) <= width:
            lines[0].append("  ").append(beside, "dim")
        else:
            lines += _chunks(Text(cut_path(where, width), "dim"), width)
    return lines


def folded(text: Text, width: int, most: int | None = _MOST_LINES) -> list[Text]:
    """The text in lines of at most ``width`` cells, broken at spaces where it can be, cut after ``most``."""
    lines = list(text.wrap(_MEASURE, max(width, 1), overflow="fold", tab_size=1))
    for line in lines:
        line.rstrip()
    if most is not None and len(lines) > most:
        lines = lines[:most]
        lines[-1].truncate(max(width - 1, 1))
        lines[-1].append("…")
    return lines


# Wrapping asks for a console but only for its defaults: nothing is printed on this one.
_MEASURE = Console(width=80, force_terminal=False, color_system=None)


def bar(total: float, own: float, width: int) -> str:
    """A bar of a share (0 to 1): solid for own time, in eighths of a cell, shaded for what lies below."""
    total, own = min(max(total, 0.0), 1.0), min(max(own, 0.0), 1.0)
    eighths = round(own * width * 8)
    solid = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    return (solid + "░" * (round(total * width) - len(solid))).ljust(width)


def heat(share: float) -> str:
    """A style for a share of the time, 0 to 1."""
    if share >= 0.5:
        return "bold red"
    if share >= 0.2:
        return "yellow"
    return "" if share >= 0.02 else "dim"
