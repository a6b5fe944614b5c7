"""All that ``doctor`` has to tell, stage *analysis*: rules run over facts, and their findings sorted out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from signaltrace.analysis.baseline import Entry, kin_of, match
from signaltrace.analysis.connected import listed
from signaltrace.analysis.finding import SEVERITIES, Finding, Rule
from signaltrace.analysis.findings import rules as all_rules
from signaltrace.analysis.matching import matches
from signaltrace.analysis.rule_ids import PREFIX, short_id
from signaltrace.analysis.silences import Setting, Silenced, Unused, sort_out
from signaltrace.facts import Facts
from signaltrace.rows import is_continuation
from signaltrace.span import Fault
from signaltrace.trace import Trace


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted: these ``rules`` (None: all), findings in these ``apps`` (parts of labels; none: all),
    those in installed packages as well or counted apart. ``silenced`` are the ids in settings; ``baseline``
    the entries of one, None for no baseline."""

    rules: tuple[Rule, ...] | None = None
    apps: tuple[str, ...] = ()
    packages: bool = False
    silenced: tuple[Setting, ...] = ()
    baseline: tuple[Entry, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file of the source that could not be read, and why."""

    file: str
    error: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rules had before them, in numbers."""

    signals: int = 0
    connections: int = 0
    files: int = 0
    dispatches: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """``findings`` are those that count: sorted, not silenced, not known, not in packages unless wanted.

    ``packages`` are those of installed packages where they were not wanted, ``known`` those of a baseline
    and ``stale`` its entries that no longer apply. ``unused`` are silences that silence nothing; ``faults``
    are rules that failed (``where`` is the id) and failures of the ledger; ``ran`` are the rules that ran;
    ``notes`` say what could not be known.
    """

    findings: tuple[Finding, ...] = ()
    packages: tuple[Finding, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    known: tuple[Finding, ...] = ()
    stale: tuple[Entry, ...] = ()
    unused: tuple[Unused, ...] = ()
    unread: tuple[Unread, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    ran: tuple[Rule, ...] = ()
    looked: Looked = field(default_factory=Looked)
    has_baseline: bool = False

    def at_least(self, severity: str) -> tuple[Finding, ...]:
        """The findings that are as severe as this or more."""
        least = SEVERITIES.index(severity)
        return tuple(each for each in self.findings if SEVERITIES.index(each.severity) >= least)

    def is_clean(self, fail_level: str) -> bool:
        """Whether nothing found is that severe, and every rule could tell."""
        failed = any(each.where.startswith(PREFIX) for each in self.faults)
        return not failed and not self.at_least(fail_level)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, of those that ran."""
        return next((each for each in self.ran if rule_id == each.ID), None)


def diagnose(facts: Facts, asked: Asked | None = None) -> Diagnosis:
    """Run the rules that can judge these facts and sort out what they find. Never raises for a rule."""
    asked = asked or Asked()
    wanted = all_rules() if asked.rules is None else asked.rules
    ran = tuple(each for each in wanted if facts.trace is not None or not each.NEEDS_TRACE)
    found, faults = _run(ran, facts)
    failed = {each.where for each in faults}
    sound = [each for each in ran if each.ID not in failed]
    parted = sort_out(found, facts.source, asked.silenced, all_known(wanted), sound)
    not_judged = {each.ID for each in all_known(wanted)} - {each.ID for each in sound}
    matched = match(parted.kept, asked.baseline or (), not_judged, kin_of(all_known(wanted)))
    new = [each for each in matched.new if _is_in(each, asked.apps)]
    return Diagnosis(
        findings=tuple(each for each in new if asked.packages or each.mine),
        packages=tuple(each for each in new if not (asked.packages or each.mine)),
        silenced=tuple(each for each in parted.silenced if _is_in(each.finding, asked.apps)),
        known=tuple(each for each in matched.known if _is_in(each, asked.apps)),
        stale=matched.stale,
        unused=parted.unused,
        unread=tuple(Unread(each.file, each.error) for each in facts.source.modules if each.error),
        faults=(*faults, *facts.history.faults),
        notes=(*_notes(facts), *_not_run(asked.rules, ran)),
        ran=ran,
        looked=_looked(facts),
        has_baseline=asked.baseline is not None,
    )


def all_known(wanted: Sequence[Rule]) -> tuple[Rule, ...]:
    """Every rule there is, and those of ``wanted`` that are of no folder."""
    there = all_rules()
    known = {each.ID for each in there}
    return (*there, *(each for each in wanted if each.ID not in known))


def with_baseline(diagnosis: Diagnosis, entries: Sequence[Entry]) -> Diagnosis:
    """The same as it is from the moment in which its findings are the baseline."""
    matched = match(diagnosis.findings, entries)
    return replace(
        diagnosis, findings=matched.new, known=(*diagnosis.known, *matched.known), has_baseline=True
    )


def sort_key(finding: Finding) -> tuple[int, str, int, str, str]:
    """The most severe first, then by place."""
    first = finding.evidence[0] if finding.evidence else None
    place = (first.file or "", first.line or 0) if first is not None else ("", 0)
    return (-SEVERITIES.index(finding.severity), *place, finding.rule, finding.subject)


def _run(ran: Sequence[Rule], facts: Facts) -> tuple[list[Finding], list[Fault]]:
    found: list[Finding] = []
    faults = []
    for rule in ran:
        try:
            found.extend(rule.find(facts))
        except Exception as error:  # noqa: BLE001 - a bug in one rule must not hide what the others find
            message = " ".join(f"{type(error).__name__}: {error}".split())
            faults.append(Fault(rule.ID, message[:400]))
    # a receiver connected a hundred times over is one thing to mend
    return sorted(dict.fromkeys(found), key=sort_key), faults


def _is_in(finding: Finding, apps: Sequence[str]) -> bool:
    return not apps or (bool(finding.app) and matches(apps, finding.app))


def _looked(facts: Facts) -> Looked:
    signals = facts.inventory.signals
    return Looked(
        signals=len(signals),
        connections=sum(len(each.connections) for each in signals),
        files=sum(1 for each in facts.source.modules if not each.error),
        dispatches=None if facts.trace is None else _dispatches(facts.trace),
    )


def _dispatches(trace: Trace) -> int:
    return sum(1 for row in trace.rows() if not is_continuation(row))


def _not_run(wanted: Sequence[Rule] | None, ran: Sequence[Rule]) -> list[str]:
    """The rules that were named and had nothing to judge."""
    names = [short_id(each.ID) for each in wanted or () if each not in ran]
    if not names:
        return []
    verb = "judges a trace and was" if len(names) == 1 else "judge a trace and were"
    return [f"{listed(names)} {verb} not run: --trace FILE or --run gives one."]


def _notes(facts: Facts) -> tuple[str, ...]:
    """What the rules could not see."""
    notes = []
    history = facts.history
    if not (history.on and history.complete) and history.advice:
        notes.append(history.advice)
    if history.dropped:
        notes.append(f"The ledger let go of its oldest {history.dropped:,} events.")
    if facts.trace is not None and facts.trace.dropped:
        notes.append(f"The trace dropped its oldest {facts.trace.dropped:,} spans at the limit.")
    return tuple(notes)
