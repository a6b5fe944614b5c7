"""Findings that somebody silenced, stage *analysis*: by a setting or a comment, and what that was worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from signaltrace.analysis.finding import Evidence, Finding, Rule
from signaltrace.analysis.paths import real
from signaltrace.analysis.rule_ids import PREFIX, find_rule, hint
from signaltrace.declarations import Source

OURS = 'SIGNALTRACE["SILENCED"]'
DJANGOS = "SILENCED_SYSTEM_CHECKS"
COMMENT = "# signaltrace: ignore"


@dataclass(frozen=True, slots=True)
class Setting:
    """An id in a setting: ``setting`` is the setting's name, ``text`` the id as it is written there."""

    setting: str
    text: str


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that does not count, and what silenced it; a comment has a place."""

    finding: Finding
    by: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Unused:
    """A silence that silences nothing, as a sentence, and its place if it is a comment."""

    text: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """The findings that nobody silenced, those that somebody did, and the silences without effect."""

    kept: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    unused: tuple[Unused, ...] = ()


@dataclass(slots=True)
class _Silence:
    """One id at one place. ``rule`` is the id it means, "" for none; ``judged``: to be told if unused;
    ``covers``: the lines it is about."""

    by: str
    text: str
    rule: str
    file: str | None = None
    line: int | None = None
    judged: bool = True
    covers: range = range(0)
    used: bool = field(default=False)


def sort_out(
    findings: Sequence[Finding],
    source: Source,
    settings: Sequence[Setting],
    rules: Sequence[Rule],
    ran: Sequence[Rule],
) -> Sorted:
    """Part the findings. ``rules`` are all there are; a silence of one that did not run is not judged.

    A comment counts on any line of a finding's evidence, and anywhere from a function's first decorator
    to its ``def`` where the evidence is one of these lines.
    """
    by_setting = [
        _Silence(each.setting, each.text, _meant(each.text, rules))
        for each in settings
        if each.setting == OURS or each.text.startswith(PREFIX)
    ]
    comments = list(_comments(source, rules))
    lines = _Lines(source)
    by_place: dict[tuple[str, int], list[_Silence]] = {}
    for each in comments:
        for line in each.covers:
            by_place.setdefault((real(each.file or ""), line), []).append(each)
    kept, silenced = [], []
    for finding in findings:
        places = [place for evidence in finding.evidence for place in lines.around(evidence)]
        near = [one for place in places for one in by_place.get(place, ())]
        taken = [each for each in (*near, *by_setting) if each.rule == finding.rule]
        for each in taken:
            each.used = True
        if taken:
            silenced.append(Silenced(finding, taken[0].by, taken[0].file, taken[0].line))
        else:
            kept.append(finding)
    judged = {each.ID for each in ran}
    unused = [_unused(each, rules) for each in (*by_setting, *comments) if _is_idle(each, judged)]
    return Sorted(tuple(kept), tuple(silenced), tuple(unused))


def _meant(text: str, rules: Sequence[Rule]) -> str:
    rule = find_rule(text, rules)
    return "" if rule is None else rule.ID


def _comments(source: Source, rules: Sequence[Rule]) -> Iterator[_Silence]:
    for module in source.modules:
        for silence in module.silences:
            for text in silence.ids or ("",):
                rule = _meant(text, rules) if text else ""
                covers = range(silence.first or silence.line, silence.line + 1)
                at = silence.at or silence.line
                yield _Silence(COMMENT, text, rule, module.file, at, module.mine, covers)


def _is_idle(silence: _Silence, judged: set[str]) -> bool:
    return silence.judged and not silence.used and (not silence.rule or silence.rule in judged)


def _unused(silence: _Silence, rules: Sequence[Rule]) -> Unused:
    if not silence.text:
        text = f"{silence.by} names no rule: {COMMENT}[W004] would silence that one"
    elif not silence.rule:
        text = f"{silence.by} names {silence.text[:60]}, which is no rule; {hint(silence.text, rules)}"
    else:
        text = f"{silence.by} names {silence.text}, which found nothing there: take it out"
    return Unused(text, silence.file, silence.line)


class _Lines:
    """The lines that belong together: from a function's first decorator to its ``def``."""

    def __init__(self, source: Source) -> None:
        self._heads: dict[tuple[str, int], range] = {}
        for module in source.modules:
            for each in module.functions:
                head = range(each.line, each.def_line + 1)
                self._heads.update(((real(module.file), line), head) for line in head)

    def around(self, evidence: Evidence) -> list[tuple[str, int]]:
        """The places at which a comment is about this evidence."""
        if evidence.file is None or evidence.line is None:
            return []
        file = real(evidence.file)
        return [(file, line) for line in self._heads.get((file, evidence.line), (evidence.line,))]
