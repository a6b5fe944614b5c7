"""The sentences every trace view ends with, stage *views*: totals, and what is not shown and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.text import Text

from signaltrace.analysis.bypasses import bypassed as bypassing
from signaltrace.analysis.bypasses import bypassed_sentence
from signaltrace.analysis.matching import closest, matches
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.summary import Orphaned, Summary
from signaltrace.analysis.times import format_ns
from signaltrace.analysis.words import short_signals
from signaltrace.trace import Trace
from signaltrace.views.layout import Label, fit, folded
from signaltrace.views.text import count, inert

# So many names of what nobody heard; --orphaned gives them all.
_NAMED = 4


def closing(
    trace: Trace,
    summary: Summary,
    width: int,
    hidden: Iterable[str] = (),
    orphaned: bool = True,
    bypassed: bool | None = True,
) -> list[Text]:
    """The closing lines. ``hidden``: the view's own sentences about what it left out.

    ``orphaned``: whether to count the dispatches nobody heard, for views that do not list them.
    ``bypassed``: whether to tell of the writes that bypassed receivers, or only how many were asked not to
    be shown; None for views they are no matter of.
    """
    lines = folded(_totals(summary), width)
    if bypassed and trace.events:
        sentence = bypassed_sentence(bypassing(trace))
        lines += folded(Text(inert(sentence, 1_000), "yellow"), width) if sentence else []
    unshown = _not_bypassed(trace) if bypassed is False else []
    for sentence in (*hidden, *unshown, *(_orphaned(summary) if orphaned else ())):
        lines += folded(Text(sentence, "dim"), width)
    if trace.dropped:
        lines += folded(Text(_dropped(trace), "yellow"), width)
    return lines + remarks(trace, width)


def _not_bypassed(trace: Trace) -> list[str]:
    """What --no-bypassed leaves out."""
    found = bypassing(trace)
    writes = sum(each.writes for each in found if not each.nothing)
    others = sum(each.writes for each in found if each.nothing)
    said = [f"{count(writes, 'write')} that bypassed receivers or overridden methods"] if writes else []
    said += [f"{count(others, 'write')} that had none to bypass"] if others else []
    return [f"Not shown: {', '.join(said)} (--no-bypassed)."] if said else []


def remarks(trace: Trace, width: int) -> list[Text]:
    """What the reader has to know of the recording itself: faults of ours, and notes."""
    lines = []
    for fault in trace.faults:
        times = f" ({fault.count:,} times)" if fault.count > 1 else ""
        sentence = f"A fault of signaltrace itself in {inert(fault.where)}: {inert(fault.message)}{times}"
        lines += folded(Text(sentence, "red"), width)
    for note in trace.notes:
        lines += folded(Text(f"Note: {inert(note, 1_000)}", "yellow"), width, most=None)
    return lines


def nothing(trace: Trace, summary: Summary, selection: Selection, width: int) -> list[Text]:
    """What to say instead of an empty view: why it is empty and what to try."""
    why = filters(selection)
    if summary.dispatches and why == ["--errors"]:
        sentence = "No receiver failed while this was recorded."
    elif summary.dispatches and why:
        sentence = f"No receiver heard anything that matches {' '.join(why)}."
        near = _nearest(trace, selection)
        fewer = " Try it with fewer options." if len(why) > 1 else ""
        sentence += f" Did you mean {near}?" if near else fewer
    elif summary.dispatches:
        sentence = f"All {count(summary.dispatches, 'dispatch', 'dispatches')} were dropped; see below."
    elif summary.orphaned:
        sentence = (
            "Signals were sent, but no receiver heard any of them. "
            "`signaltrace receivers` shows what is connected, --orphaned what was sent."
        )
    else:
        sentence = (
            "No signal was sent while this was recorded. Try a command that saves or deletes a model, "
            "or `signaltrace receivers` to see what is connected."
        )
    return folded(Text(sentence), width)


def not_shown(parts: Iterable[tuple[int, int, str, str]], why: Sequence[str]) -> list[str]:
    """``Not shown: 3 of 5 dispatches (--min 5ms).``, or nothing; parts are (hidden, all, noun, plural)."""
    said = [
        f"{hidden:,} of {count(every, noun, plural)}" for hidden, every, noun, plural in parts if hidden > 0
    ]
    return [f"Not shown: {', '.join(said)} ({', '.join(why)})."] if said and why else []


def orphaned_lines(found: Sequence[Orphaned], width: int, limit: int | None = None) -> list[Text]:
    """Dispatches no receiver heard, one line per signal and sender."""
    if not found:
        return []
    lines = [Text(f"Orphaned: sent, and no receiver heard ({len(found):,})", "bold")]
    names = short_signals(each.signal.name for each in found)
    for each, name in list(zip(found, names, strict=True))[:limit]:
        label = Label(inert(name), style="cyan", sender=inert(each.sender.name))
        first, below = fit(label, width - 12, width - 12)
        lines.append(Text(f"{each.count:>9,} × ").append_text(first))
        lines += [Text(" " * 12).append_text(line) for line in below]
    if limit is not None and len(found) > limit:
        lines.append(more(len(found) - limit, "signal and sender", "signals and senders"))
    return [*lines, Text()]


def more(number: int, noun: str, plural: str | None = None) -> Text:
    """The line below a table that was cut."""
    what = count(number, f"more {noun}", f"more {plural or f'{noun}s'}")
    return Text(f"… and {what} (--limit 0 for all)", "dim")


def filters(selection: Selection) -> list[str]:
    """The options in effect that leave things out, as typed: ``--signal post_save``."""
    found = []
    for option, patterns in _patterns(selection):
        found += [f"{option} {inert(pattern, 60)}" for pattern in patterns]
    if selection.errors:
        found.append("--errors")
    if selection.min_ns:
        found.append(f"--min {format_ns(selection.min_ns).replace(' ', '').replace(',', '')}")
    return found


def _patterns(selection: Selection) -> Sequence[tuple[str, tuple[str, ...]]]:
    return (
        ("--signal", selection.signals),
        ("--sender", selection.senders),
        ("--receiver", selection.receivers),
        ("--app", selection.apps),
    )


def _nearest(trace: Trace, selection: Selection) -> str | None:
    """The closest name to the first pattern that matches none."""
    tables = (trace.receivers, trace.senders, trace.signals)
    names: dict[str, list[str]] = {
        "--signal": [each.name for each in trace.signals],
        "--sender": [each.name for each in trace.senders],
        "--receiver": [each.name for each in trace.receivers],
        "--app": [each.app for table in tables for each in table],
    }
    for option, patterns in _patterns(selection):
        for pattern in patterns:
            if not any(matches((pattern,), name) for name in names[option]):
                near = closest(pattern, names[option])
                return inert(near) if near else None
    return None


def _totals(summary: Summary) -> Text:
    text = Text()
    text.append(f"{format_ns(summary.wall_ns)} recorded", "bold")
    if summary.calls:
        text.append(f", {summary.share:.0%} in receivers", "bold")
    text.append(
        f": {count(summary.dispatches, 'dispatch', 'dispatches')}, {count(summary.calls, 'receiver call')}"
    )
    if summary.callbacks:
        text.append(f", {count(summary.callbacks, 'on_commit callback')}")
    if summary.errors:
        text.append(", ")
        text.append(count(summary.errors, "error"), "bold red")
    return text.append(".")


def _dropped(trace: Trace) -> str:
    was = "was" if trace.dropped == 1 else "were"
    return (
        f"The oldest {count(trace.dropped, 'span')} {was} dropped at the limit: "
        "the tree lacks them, the profile and the totals count them."
    )


def _orphaned(summary: Summary) -> Iterator[str]:
    """The user's own signals by name, for that is news; the rest as a number."""
    mine = [each for each in summary.orphaned if each.signal.mine]
    rest = [each for each in summary.orphaned if not each.signal.mine]
    if mine:
        yield f"No receiver heard {_named(mine, lambda each: inert(each.signal.name))}; --orphaned lists it."
    if rest:
        total = sum(each.count for each in rest)
        short = dict(
            zip((e.signal.name for e in rest), short_signals(e.signal.name for e in rest), strict=True)
        )
        named = _named(rest, lambda each: inert(short[each.signal.name]))
        what = count(total, "dispatch", "dispatches")
        yield f"Not shown: {what} that no receiver heard ({named}); --orphaned shows them."


def _named(found: Sequence[Orphaned], name: Callable[[Orphaned], str]) -> str:
    counts: dict[str, int] = {}
    for each in found:
        counts[name(each)] = counts.get(name(each), 0) + each.count
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{label} × {number:,}" for label, number in ordered[:_NAMED]]
    if len(ordered) > _NAMED:
        said.append(f"{count(len(ordered) - _NAMED, 'more signal')}")
    return ", ".join(said)
