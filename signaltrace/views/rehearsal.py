"""What a rehearsal came to, below its tree, stage *views*: mail, callbacks, refusals, what did not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.not_run import NotRun
from signaltrace.analysis.rehearsal_notes import undone
from signaltrace.analysis.rehearsed import DELETE, Callback, Mail, Rehearsed, Where
from signaltrace.views.connection_rows import Row, lay_out, whole
from signaltrace.views.layout import Page, folded
from signaltrace.views.text import count, inert, location

# So wide are sentences at the most, whatever the terminal.
_READABLE = 100
_MOST_NAMED = 6
# So many mails are shown each on its own.
_MOST_MAILS = 5

NOT_UNDONE = (
    "Not undone by a rollback: what receivers do to files, caches and other systems, what the threads and "
    "processes do that they start, what goes through connections that they or a driver in C open "
    "themselves, and numbers drawn from sequences."
)


def render(rehearsed: Rehearsed, limit: int | None = None) -> RenderableType:
    """All that a rehearsal has to tell besides the tree. ``limit`` is how many mails are listed, 0 for all;
    None for a few."""
    return _Told(rehearsed, limit)


@dataclass(frozen=True, slots=True)
class _Told:
    told: Rehearsed
    limit: int | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        room = min(width, _READABLE)
        told = self.told
        lines = [*_head(told, room)]
        blocks = (
            _mails(told, room, self.limit),
            _callbacks(told, room),
            _refused(told, room),
            _seen(told, room),
            _not_run(told, width, room),
        )
        for block in blocks:
            found = list(block)
            if found:
                lines += [Text(""), *found]
        if not told.kept:
            lines += [Text(""), *folded(Text(NOT_UNDONE, "dim"), room, None)]
        yield Page([part for line in lines for part in whole(line, width)])


def _head(told: Rehearsed, width: int) -> Iterator[Text]:
    what, where = inert(told.doing), _listed(told.aliases)
    title = "Kept" if told.kept else "Rehearsal"
    became = f"committed in {where}" if told.kept else inert(undone(told))
    if told.ending:
        who = f"{what}: a callback of on_commit" if told.in_callback else what
        line = Text(f"{title}: {who} raised {inert(told.ending, 500)}", "bold red")
        yield from folded(line, width, None)
        yield from folded(Text(f"{became[:1].upper()}{became[1:]}."), width, None)
    else:
        yield from folded(Text(f"{title}: {what}, {became}.", "bold"), width, None)
        if told.action == DELETE:
            yield from folded(Text(_rows(told)), width, None)
    for each in () if told.kept else told.gone:
        line = Text(f"The file {inert(each)} was deleted, and is gone: no rollback brings it back.")
        line.stylize("bold yellow")
        yield from folded(line, width, None)
    for each in told.troubles:
        yield from folded(Text(inert(each, 600), "red"), width, None)
    for each in told.notes:
        yield from folded(Text(inert(each, 600), "yellow"), width, None)


def _rows(told: Rehearsed) -> str:
    if told.rows is None:
        return "Its delete() is not Django's own, and does not say how many rows go."
    verb = "It took" if told.kept else "It would take"
    if not told.rows:
        return f"{verb} no rows."
    total = sum(number for _, number in told.rows)
    each = ", ".join(f"{number:,} {inert(label)}" for label, number in told.rows)
    return f"{verb} {count(total, 'row')}: {each}."


def _mails(told: Rehearsed, width: int, limit: int | None) -> Iterator[Text]:
    if told.mails:
        yield _title("Mail", len(told.mails), "kept in memory, not sent", width)
    groups = [[each] for each in told.mails]
    if len(groups) > _MOST_MAILS and limit != 0:
        groups = _alike(told.mails)
    most = len(groups) if limit == 0 else _MOST_MAILS if limit is None else limit
    for each in groups[:most]:
        yield from _entry(_mail(each[0]) if len(each) == 1 else _folded_mails(each), each[0].where, width)
    rest = sum(len(each) for each in groups[most:])
    if rest:
        yield from _hanging(Text(f"  … and {rest:,} more (--limit 0 for all)", "dim"), width)


def _alike(mails: Sequence[Mail]) -> list[list[Mail]]:
    """Those of one subject, receiver and line together, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[Mail]] = {}
    for each in mails:
        where = each.where
        groups.setdefault((each.subject, where.receiver, where.file, where.line), []).append(each)
    return list(groups.values())


def _mail(mail: Mail) -> Text:
    to = _listed(mail.to, most=_MOST_NAMED) or "nobody"
    attached = f", {count(mail.attachments, 'attachment')}" if mail.attachments else ""
    line = Text("  ").append(inert(mail.subject) or "(no subject)", "bold")
    return line.append(f"  to {to}").append(f", from {inert(mail.sender)}{attached}", "dim")


def _folded_mails(mails: Sequence[Mail]) -> Text:
    """``38 × Low stock  to 38 recipients``."""
    to = list(dict.fromkeys(address for each in mails for address in each.to))
    whom = inert(to[0]) if len(to) == 1 else count(len(to), "recipient")
    line = Text(f"  {len(mails):,} × ").append(inert(mails[0].subject) or "(no subject)", "bold")
    return line.append(f"  to {whom}")


def _callbacks(told: Rehearsed, width: int) -> Iterator[Text]:
    groups: Sequence[tuple[str, list[Callback]]] = (
        (
            "run after the commit" if told.kept else "run before the rollback",
            [each for each in told.callbacks if each.ran],
        ),
        (
            _waiting(told),
            [each for each in told.callbacks if not each.ran],
        ),
    )
    for about, found in groups:
        if found:
            yield _title("on_commit", len(found), about, width)
        for each in found:
            line = Text("  ").append(inert(each.name), "bold")
            place = "" if " at " in each.name else location(each.file, each.line)
            facts = [*([place] if place else []), each.alias, *(["robust"] if each.robust else [])]
            line.append(f"  {', '.join(inert(one) for one in facts)}", "dim")
            yield from _hanging(line, width)
            if each.error:
                yield from _hanging(Text(f"    raised {inert(each.error, 400)}", "red"), width)


def _waiting(told: Rehearsed) -> str:
    if not told.kept:
        ran = any(each.ran for each in told.callbacks)
        return "not run: one before raised" if ran else "registered, not run; --run-on-commit runs them"
    return "run by the commit, until one raised" if told.ending else "run by the commit"


def _refused(told: Rehearsed, width: int) -> Iterator[Text]:
    if told.refused:
        yield _title("Refused", len(told.refused), "--allow-network lets it out", width)
    for each in told.refused:
        yield from _entry(
            Text(f"  {inert(each.what)} ").append(inert(each.target), "bold"), each.where, width
        )


def _seen(told: Rehearsed, width: int) -> Iterator[Text]:
    if told.seen:
        about = "no part of any transaction" if told.kept else "it happened, and is not rolled back"
        yield _title("Not undone", len(told.seen), about, width, "yellow")
    for each in told.seen:
        yield from _entry(
            Text(f"  {inert(each.what)} ").append(inert(each.target), "bold"), each.where, width
        )


def _not_run(told: Rehearsed, width: int, room: int) -> Iterator[Text]:
    label = inert(told.subject.removeprefix("a new ").partition(" ")[0])
    relatives: dict[str, list[NotRun]] = {}
    for each in sorted(told.not_run, key=lambda group: bool(group.relative)):
        relatives.setdefault(each.relative, []).append(each)
    if not relatives and not told.heard:
        yield from folded(Text(f"No receiver is connected for {label}.", "dim"), room, None)
    elif not relatives and not told.ending:
        yield from folded(Text(f"All receivers that are connected for {label} ran.", "dim"), room, None)
    for at, (relative, found) in enumerate(relatives.items()):
        number = sum(len(each.connections) for each in found)
        title = f"Connected for {label}, and did not run"
        if relative:
            title = f"Connected for {inert(relative)}, and did not run for {label}"
        yield from [Text("")] if at else []
        yield _title(title, number, "", room)
        yield from _idle(found, width, room)


def _idle(idle: Sequence[NotRun], width: int, room: int) -> Iterator[Text]:
    rows: list[Row] = []
    groups: list[tuple[str, list[Row]]] = []
    for group in idle:
        found = [Row(len(rows) + place, each) for place, each in enumerate(group.connections)]
        rows += found
        groups.append((f"{inert(group.signal).rpartition('.')[2]}: {inert(group.why, 300)}", found))
    drawn = lay_out(rows, width)
    if drawn.header is not None:
        yield drawn.header
    for why, found in groups:
        yield from _hanging(Text(f"  {why}"), room)
        for row in found:
            yield from drawn.lines[row.number]


def _title(name: str, number: int, about: str, width: int, style: str = "bold") -> Text:
    text = Text(f"{name} ({number:,})", style if style == "bold" else f"bold {style}")
    if about:
        text.append(f": {about}", "dim")
    return folded(text, width, 1)[0]


def _entry(line: Text, where: Where, width: int) -> Iterator[Text]:
    """The line, and below it who did it and where."""
    yield from _hanging(line, width)
    place = location(where.file, where.line)
    who = [each for each in (f"by {inert(where.receiver)}" if where.receiver else "", place) if each]
    if who:
        yield from _hanging(Text(f"    {', '.join(who)}", "dim"), width)


def _hanging(line: Text, width: int) -> Iterable[Text]:
    """Folded, what is below further in than what is above."""
    indent = len(line.plain) - len(line.plain.lstrip())
    parts = folded(line[indent:], max(width - indent - 2, 10), None)
    return [Text(" " * (indent + (2 if at else 0))).append_text(part) for at, part in enumerate(parts)]


def _listed(names: Sequence[str], most: int = 20) -> str:
    shown = ", ".join(inert(each) for each in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
