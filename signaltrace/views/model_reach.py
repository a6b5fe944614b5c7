"""What runs for a model as text, stage *views*: the answer of ``why --model shop.Order``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.model_reach import INIT, SAVE, Change, ModelReach, Sending, Slowed
from signaltrace.views.connection_rows import Heading, Row, how_many, lay_out, whole
from signaltrace.views.delete_rows import cascade_lines
from signaltrace.views.layout import Page, folded
from signaltrace.views.text import cut_path, inert, location

# So many names are written out, the rest is counted.
MAX_NAMED = 8
# So wide are sentences at the most, whatever the terminal.
_READABLE = 100

Part = Heading | Row | Text


def render(reach: ModelReach) -> RenderableType:
    """Everything that runs for one model: on init, create and save, delete, many-to-many changes."""
    return _Reach(reach)


def short(signal: str) -> str:
    """``post_save`` of Django's dotted name."""
    return signal.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class _Reach:
    reach: ModelReach

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._lines(options.max_width)
        yield Page([part for line in lines for part in whole(line, options.max_width)])

    def _lines(self, width: int) -> Iterator[Text]:
        blocks = [block for block in self._blocks() if block]
        drawn = lay_out([each for block in blocks for each in block if isinstance(each, Row)], width)
        room = min(width, max(drawn.width, _READABLE))
        yield from _title(self.reach, room)
        if drawn.header is not None:
            yield Text("")
            yield drawn.header
        for number, block in enumerate(blocks):
            yield Text("")
            for each in block:
                if isinstance(each, Row):
                    yield from drawn.lines[each.number]
                elif isinstance(each, Heading):
                    yield each.text(room)
                else:
                    yield from _sentence(each, room)
            if number == self._delete_block(blocks):
                yield from cascade_lines(self.reach.deleted.reached, room)
                for line in _slowed(self.reach):
                    yield from _sentence(line, room)
        closing = list(_closing(self.reach))
        if closing:
            yield Text("")
        for line in closing:
            yield from _sentence(line, room)

    def _delete_block(self, blocks: Sequence[Sequence[Part]]) -> int:
        for number, block in enumerate(blocks):
            if isinstance(block[0], Heading) and block[0].name == "delete":
                return number
        return -1

    def _blocks(self) -> Iterator[list[Part]]:
        numbers = iter(range(10**9))
        reach = self.reach
        if reach.init:
            about = "each instance that is made, by the program or from a row"
            yield list(_block("init", about, reach.init, INIT, numbers))
        if reach.save:
            about = "save(), of a new row (created=True) as of an old one; create() makes an instance first"
            yield list(_block("create and save", about, reach.save, SAVE, numbers))
        if not reach.model.swapped:
            yield list(_delete(reach, numbers))
        heard = [each for each in reach.changes if each.sent.connections or _any(each.rows)]
        for change in heard:
            yield list(_change(change, numbers))
        silent = [each for each in reach.changes if each not in heard]
        if silent:
            names = _named([inert(each.field) for each in silent])
            yield [Text(f"m2m_changed of {names}: no receivers", style="dim")]


def _block(
    name: str, about: str, sendings: Sequence[Sending], order: Sequence[str], numbers: Iterator[int]
) -> Iterator[Part]:
    yield Heading(name, "", "bold")
    yield Text(f"  {about}", style="dim")
    for each in sendings:
        yield from _sending(each, numbers, short(each.signal))


def _sending(each: Sending, numbers: Iterator[int], name: str) -> Iterator[Part]:
    yield Heading(f"  {name}", how_many(each.connections), "")
    for one in each.connections:
        yield Row(next(numbers), one)


def _delete(reach: ModelReach, numbers: Iterator[int]) -> Iterator[Part]:
    yield Heading("delete", "", "bold")
    if reach.deleted.fast:
        yield Text("  one statement, no signals: nothing receives them, and no rows hang on it", style="dim")
        return
    if reach.model.auto_created:
        yield Text("  Django sends no pre_delete and post_delete for a model it made itself", style="dim")
        return
    several = len(reach.deleted.order) > 1
    about = "first pre_delete of all models, then model by model the rows go and post_delete is sent"
    if several:
        yield Text(f"  {about}", style="dim")
    for group in _alike(reach.delete) if several else [[each] for each in reach.delete]:
        senders = ", ".join(inert(each.sender) for each in group)
        name = f"{short(group[0].signal)} of {senders}" if several else short(group[0].signal)
        if len(group) > 1:
            yield Text(f"  {name}, in this order: {how_many(group[0].connections)}")
            for one in group[0].connections:
                yield Row(next(numbers), one)
        else:
            yield from _sending(group[0], numbers, name)
    bare = [
        model
        for model in reach.deleted.order
        if not _any([each for each in reach.delete if each.sender == model])
    ]
    if several and bare:
        yield Text(f"  no receivers: {_named([inert(each) for each in bare])}", style="dim")


def _alike(sendings: Sequence[Sending]) -> list[list[Sending]]:
    """Those with receivers; of one signal and the same receivers, one after the other, together."""
    groups: list[list[Sending]] = []
    for each in sendings:
        last = groups[-1][0] if groups else None
        if last is not None and (last.signal, last.connections) == (each.signal, each.connections):
            groups[-1].append(each)
        elif each.connections:
            groups.append([each])
    return groups


def _change(change: Change, numbers: Iterator[int]) -> Iterator[Part]:
    yield Heading(f"m2m_changed of {change.field}", "", "bold")
    about = f"sender {inert(change.through)}; before and after each add, remove and clear"
    yield Text(f"  {about}", style="dim")
    yield from _sending(change.sent, numbers, short(change.sent.signal))
    if _any(change.rows):
        yield Text("  in between, where rows of the relation are removed:", style="dim")
        for each in change.rows:
            if each.connections:
                yield from _sending(each, numbers, f"{short(each.signal)} of {each.sender}")


def _any(sendings: Sequence[Sending]) -> bool:
    return any(each.connections for each in sendings)


def _title(reach: ModelReach, width: int) -> Iterator[Text]:
    model = reach.model
    line = Text(inert(model.label), style="bold")
    place = cut_path(location(model.file, model.line), width - line.cell_len - 2)
    if place and line.cell_len + 2 + len(place) <= width:
        line.append(" " * (width - line.cell_len - len(place))).append(place, style="dim")
    yield line
    for each in _about(reach):
        yield from _sentence(Text(each, style="dim"), width)


def _about(reach: ModelReach) -> Iterator[str]:
    model = reach.model
    if model.unread:
        yield f"Its fields and relations could not be read: {inert(model.unread)}. Only the signals are sure."
    if model.swapped:
        yield f"It is swapped out for {inert(model.swapped)}: nothing is sent for it."
    if model.auto_created:
        yield (
            f"Django made it for a many-to-many field of {inert(model.auto_created)}: it sends m2m_changed,"
            " not the signals of save and delete."
        )
    if model.proxy_for:
        yield f"A proxy of {inert(model.proxy_for)}: its instances send with the proxy for sender."
    if model.parents:
        yield (
            f"A child of {_named([inert(each) for each in model.parents])}: its save sends for itself alone,"
            " its delete for the parents, too."
        )
    if model.own_save:
        yield "The save() that runs is not Django's own: it may save more than once, or not at all."
    if model.own_delete:
        yield "The delete() that runs is not Django's own; cascades and QuerySet.delete() do not call it."
    if model.loaded_by_fixtures:
        files = _named([location(each, None) for each in model.loaded_by_fixtures])
        yield f"Fixtures load it, and send its save signals with raw=True: {files}"


def _slowed(reach: ModelReach) -> Iterator[Text]:
    """The models that lose fast delete, and to whom; those that lose it to the same receivers together."""
    groups: dict[str, list[Slowed]] = {}
    for each in reach.slowed:
        groups.setdefault(_heard_by(each), []).append(each)
    if groups:
        yield Text("  fast delete lost: one statement each would do, but rows are loaded for", style="yellow")
    for receivers, lost in groups.items():
        own = " (by QuerySet.delete())"
        names = [inert(each.model) + ("" if each.through else own) for each in lost]
        yield Text(f"    {_named(list(dict.fromkeys(names)))}: {receivers}")
    silent = list(dict.fromkeys(inert(each.model) for each in reach.slowed if each.silent))
    if silent:
        it = "it" if len(silent) == 1 else "them"
        yield Text(
            f"    No delete signal is sent for {_named(silent)} all the same: Django made {it}.", style="dim"
        )


def _heard_by(slowed: Slowed) -> str:
    """``audit.log (pre_delete, post_delete; any sender), …``."""
    signals: dict[tuple[str, str], list[str]] = {}
    for sending in slowed.to:
        for one in sending.live:
            key = (inert(one.receiver.name), inert(one.sender.name))
            signals.setdefault(key, []).append(short(sending.signal))
    return _named(
        [f"{name} ({', '.join(dict.fromkeys(sent))}; {sender})" for (name, sender), sent in signals.items()]
    )


def _closing(reach: ModelReach) -> Iterator[Text]:
    receivers = {one.receiver.name for each in reach.loaded for one in each.live}
    if receivers:
        models = list(dict.fromkeys(inert(each.sender) for each in reach.loaded if each.live))
        run = (
            "1 receiver of init runs" if len(receivers) == 1 else f"{len(receivers):,} receivers of init run"
        )
        yield Text(f"A delete loads rows: {run} for those of {_named(models)}, too.", style="dim")
    for each in reach.unheard:
        names = _named([inert(one.receiver.name) for one in each.connections])
        kin = f"a {each.kinship}" if each.kinship in ("parent", "child", "proxy") else each.kinship
        who = f"{inert(each.relative)}, {kin}"
        yield Text(f"Does not run: {names}: connected to {short(each.signal)} of {who}.")
    for one in reach.idle:
        where = location(one.file, one.line)
        yield Text(f"Does not run: {inert(one.receiver)} ({short(one.signal)}, {where}): {one.because}.")
    if not reach.model.swapped:
        yield Text(
            "bulk_create, bulk_update, QuerySet.update and raw SQL send no save or delete signals.",
            style="dim",
        )


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMED])
    return f"{shown} and {len(names) - MAX_NAMED:,} more" if len(names) > MAX_NAMED else shown


def _sentence(text: Text, width: int) -> list[Text]:
    """Folded, the later lines as far in as the first."""
    indent = len(text.plain) - len(text.plain.lstrip())
    lines = folded(text[indent:], max(width - indent, 10), None)
    return [Text(" " * indent).append_text(line) for line in lines]
