"""What `signaltrace doctor` says, stage *views*: findings by rule, with evidence, reason and fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from signaltrace.analysis.diagnosis import Diagnosis
from signaltrace.analysis.finding import ERROR, INFO, SEVERITIES, WARNING, Evidence, Finding, Rule
from signaltrace.analysis.rule_ids import short_id
from signaltrace.views.layout import Page, folded
from signaltrace.views.text import count, cut_path, inert, location

STYLES = {ERROR: "bold red", WARNING: "yellow", INFO: "cyan"}
_NOUNS = {ERROR: ("error", "errors"), WARNING: ("warning", "warnings"), INFO: ("info", "infos")}
# Wider lines of prose are hard to read.
_PROSE = 100
_INDENT = "  "
# What is told of a place stands beside it where there is this much room, and below it otherwise.
_LEAST = 36
# So many of what is told in a line each at the foot.
_MOST = 10


def render(diagnosis: Diagnosis) -> RenderableType:
    """All of a diagnosis: findings grouped by rule, the worst first, then what does not count and why."""
    return _Findings(diagnosis)


def render_rules(rules: Sequence[Rule]) -> RenderableType:
    """The rules there are: id, name, whether they judge a trace, and a line of help."""
    return _Rules(tuple(rules))


@dataclass(frozen=True, slots=True)
class _Findings:
    diagnosis: Diagnosis

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        lines: list[Text] = []
        for rule, findings in _grouped(self.diagnosis.findings):
            lines += [*_group(rule, self.diagnosis.rule(rule), findings, width), Text()]
        lines += folded(_summary(self.diagnosis), width, None)
        lines += _foot(self.diagnosis, width)
        yield Page(lines)


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: tuple[Rule, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines: list[Text] = []
        size = max((len(each.NAME) for each in self.rules), default=0)
        for each in self.rules:
            head = f"{short_id(each.ID)}  {each.NAME.ljust(size)}  "
            text = each.SUMMARY + (" Judges a trace." if each.NEEDS_TRACE else "")
            room = options.max_width - len(head)
            parts = folded(Text(text), room, None) if room >= 30 else []
            for number, part in enumerate(parts):
                start = Text(head, STYLES[each.SEVERITY]) if number == 0 else Text(" " * len(head))
                lines.append(start.append_text(part))
            if not parts:
                lines += folded(Text(head.rstrip(), STYLES[each.SEVERITY]), options.max_width, None)
                lines += _indented(folded(Text(text), options.max_width - 2, None))
        yield Page(lines)


def _grouped(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """By rule, in the order in which the findings come."""
    groups: dict[str, list[Finding]] = {}
    for each in findings:
        groups.setdefault(each.rule, []).append(each)
    return list(groups.items())


def _group(rule_id: str, rule: Rule | None, findings: Sequence[Finding], width: int) -> Iterator[Text]:
    head = Text()
    head.append(short_id(rule_id), STYLES[findings[0].severity])
    head.append(f" {findings[0].severity}", STYLES[findings[0].severity])
    if rule is not None:
        head.append(f"  {rule.NAME}", "bold")
    if len(findings) > 1:
        head.append(f"  × {len(findings):,}", "dim")
    yield from folded(head, width, None)
    prose = min(width, _PROSE) - len(_INDENT)
    by_fix: dict[str, list[Finding]] = {}
    for each in findings:
        by_fix.setdefault(each.fix, []).append(each)
    for number, (fix, same) in enumerate(by_fix.items()):
        if number:
            yield Text()
        for at, each in enumerate(same):
            if at:
                yield Text()
            yield from _indented(_finding(each, width - len(_INDENT)))
        if len(same) == 1:
            yield from _indented(_indented(_fix(fix, prose - len(_INDENT))))
        else:
            yield Text()
            yield from _indented(_fix(fix, prose, f" for these {len(same):,}" if len(by_fix) > 1 else ""))
    if rule is not None:
        yield from _indented(folded(Text(f"Why: {rule.WHY}", "dim"), prose, None))
    yield from _indented(folded(Text(f'README: "{rule_id}"', "dim"), prose, None))


def _finding(finding: Finding, width: int) -> list[Text]:
    title = Text()
    if finding.possible:
        title.append("possible: ", "magenta")
    title.append(inert(finding.title, 1_000), "bold")
    lines = folded(title, width, None)
    return lines + _indented(_evidence(finding.evidence, width - len(_INDENT)))


def _fix(text: str, width: int, whose: str = "") -> list[Text]:
    return folded(Text(f"Fix{whose}: ", "green").append(inert(text, 1_000), ""), width, None)


def _evidence(evidence: Sequence[Evidence], width: int) -> list[Text]:
    """The places in a column of their own, if they leave room beside it for what they show.

    A place that shows several things is told once; what has no place has a line of its own.
    """
    told = _told(evidence)
    placed = [(where, text) for where, text in told if where]
    size = max((cell_len(where) for where, _ in placed), default=0)
    word = max((cell_len(each) for _, text in placed for each in text.split()), default=0)
    needed = max(word, min(max((cell_len(text) for _, text in placed), default=0), _LEAST))
    in_columns = size + 2 + needed <= width
    lines: list[Text] = []
    for where, text in told:
        if not where:
            lines += folded(Text(text, "dim"), width, None)
        elif in_columns:
            for number, part in enumerate(folded(Text(text, "dim"), width - size - 2, None)):
                start = Text((" " * size) if number else where.ljust(size))
                lines.append(start.append("  ").append_text(part))
        else:
            lines += folded(Text(cut_path(where, width)), width, None)
            lines += _indented(folded(Text(text, "dim"), width - len(_INDENT), None))
    return lines


def _told(evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
    """Places ("" for none) and texts; what one place shows in a row is one text."""
    found: list[tuple[str, str]] = []
    for each in evidence:
        where, text = location(each.file, each.line), inert(each.text)
        if where and found and found[-1][0] == where:
            text = f"{found.pop()[1]}; {text}"
        found.append((where, text))
    return found


def _indented(lines: Iterable[Text]) -> list[Text]:
    return [Text(_INDENT).append_text(each) if each else each for each in lines]


def _summary(diagnosis: Diagnosis) -> Text:
    """How many of which, of what; and where nothing was found, in how much."""
    looked = diagnosis.looked
    seen = [count(looked.connections, "connection"), count(looked.signals, "signal")]
    seen.append(count(looked.files, "source file"))
    if looked.dispatches is not None:
        seen.append(count(looked.dispatches, "dispatch", "dispatches"))
    rules = count(len(diagnosis.ran), "rule")
    where = f"{rules} over {', '.join(seen[:-1])} and {seen[-1]}"
    if not diagnosis.findings:
        clean = "No new findings" if diagnosis.has_baseline else "No findings"
        return Text(clean, "bold green" if not diagnosis.faults else "bold").append(f": {where}.", "dim")
    text = Text()
    counted = Counter(each.severity for each in diagnosis.findings)
    for severity in reversed(SEVERITIES):
        if counted[severity]:
            text.append(", " if text else "")
            text.append(count(counted[severity], *_NOUNS[severity]), STYLES[severity])
    if diagnosis.has_baseline:
        text.append(" not in the baseline")
    return text.append(f": {where}.", "dim")


def _foot(diagnosis: Diagnosis, width: int) -> Iterator[Text]:
    """What does not count and why, what the rules could not see, and what is wrong with ourselves."""
    left_out = []
    if diagnosis.packages:
        left_out.append(f"{len(diagnosis.packages):,} in installed packages (--all shows them)")
    if diagnosis.known:
        left_out.append(f"{len(diagnosis.known):,} in the baseline")
    if diagnosis.silenced:
        left_out.append(f"{len(diagnosis.silenced):,} silenced")
    if left_out:
        yield from folded(Text(f"Not shown: {', '.join(left_out)}.", "dim"), width, None)
    stale = [
        f"{short_id(each.rule)} {inert(each.subject)}{f' × {each.count:,}' if each.count > 1 else ''}"
        for each in diagnosis.stale
    ]
    number = len(stale)
    these = "1 entry of the baseline no longer applies" if number == 1 else None
    yield from _list(these or f"{number:,} entries of the baseline no longer apply", stale, width)
    if stale:
        again = "Write it again with --write-baseline FILE to be rid of them."
        yield from folded(Text(again.replace("them", "it") if number == 1 else again, "dim"), width, None)
    unused = [_at(each.text, each.file, each.line) for each in diagnosis.unused]
    yield from _list(f"{_silences(len(unused))} nothing", unused, width)
    unread = [_at(each.error, each.file, None) for each in diagnosis.unread]
    yield from _list(f"{count(len(unread), 'file')} could not be read", unread, width)
    for note in diagnosis.notes:
        yield from folded(Text(f"Note: {inert(note, 1_000)}", "yellow"), width, None)
    for fault in diagnosis.faults:
        times = f" ({fault.count:,} times)" if fault.count > 1 else ""
        what = "rule" if diagnosis.rule(fault.where) is not None else "a fault of signaltrace itself in"
        ending = " failed" if diagnosis.rule(fault.where) is not None else ""
        sentence = f"{what} {inert(fault.where)}{ending}: {inert(fault.message, 1_000)}{times}"
        yield from folded(Text(sentence[:1].upper() + sentence[1:], "red"), width, None)


def _silences(number: int) -> str:
    return "1 silence silences" if number == 1 else f"{number:,} silences silence"


def _at(text: str, file: str | None, line: int | None) -> str:
    where = location(file, line)
    return f"{where}: {inert(text, 400)}" if where else inert(text, 400)


def _list(head: str, items: Sequence[str], width: int) -> Iterator[Text]:
    if not items:
        return
    yield from folded(Text(f"{head}:", "yellow"), width, None)
    for each in items[:_MOST]:
        yield from _indented(folded(Text(each), width - len(_INDENT), None))
    if len(items) > _MOST:
        yield Text(f"{_INDENT}… and {len(items) - _MOST:,} more", "dim")
