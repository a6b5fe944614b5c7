"""The answer of ``why``, stage *analysis*: a chain for each signal and sender, and why it runs twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signaltrace.analysis.declared import declared
from signaltrace.analysis.references import References
from signaltrace.analysis.why.candidates import candidates
from signaltrace.analysis.why.case import Case, Project, cases_of, is_any, sequence_of
from signaltrace.analysis.why.cause import Cause
from signaltrace.analysis.why.link import BROKEN, HOLDS, UNKNOWN, Link
from signaltrace.analysis.why.links import chain_of
from signaltrace.analysis.why.moments import M2M_CHANGED, moment
from signaltrace.analysis.why.narrowing import pick_sender, pick_signal
from signaltrace.analysis.why.observed import observe
from signaltrace.analysis.why.target import NoReceiver, Target, resolve
from signaltrace.analysis.why.twice import causes
from signaltrace.facts import Facts


@dataclass(frozen=True, slots=True)
class Chain:
    """The links for one signal and sender, "" where that is undecided, in order; moot ones left out.

    ``moment`` says when the signal is sent, in words. ``called`` is how often a trace saw the receiver
    called for it, None without one.
    """

    signal: str
    sender: str
    expected: str
    moment: str
    links: tuple[Link, ...]
    called: int | None = None

    def of(self, state: str) -> tuple[Link, ...]:
        """The links of one state."""
        return tuple(each for each in self.links if each.state == state)

    @property
    def broken(self) -> tuple[Link, ...]:
        """The broken links, the first one first."""
        return self.of(BROKEN)

    @property
    def holds(self) -> bool:
        """Whether no link is broken."""
        return not self.broken


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be said of a receiver. ``recorded`` is the command of the trace, "" without one.

    ``asked_twice``: whether it was asked why it runs twice. ``dropped`` counts spans the trace did not keep.
    """

    target: Target
    chains: tuple[Chain, ...]
    causes: tuple[Cause, ...]
    asked_twice: bool = False
    traced: bool = False
    recorded: str = ""
    dropped: int = 0

    @property
    def well(self) -> bool:
        """Whether no link is broken, and nothing makes it run twice."""
        return not self.causes and all(each.holds for each in self.chains)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: a receiver as it was typed, and what narrows it."""

    receiver: str
    signal: str = ""
    sender: str = ""
    twice: bool = False


def project_of(facts: Facts) -> Project:
    """The facts with what is looked up in them again and again."""
    references = References(facts)
    return Project(facts, references, tuple(declared(facts, references)))


def targets_of(project: Project, question: Question) -> tuple[Target, ...]:
    """What the receiver could be: several where the name is not enough. Raises NoReceiver for none."""
    try:
        return resolve(question.receiver, candidates(project.facts, project.declarations))
    except NoReceiver as error:
        # What is in a file that is no Python can't be known: nothing else would say so.
        unread = [each for each in project.facts.source.modules if each.error and each.mine]
        if not unread:
            raise
        first = unread[0]
        more = f" and {len(unread) - 1:,} more" if len(unread) > 1 else ""
        raise NoReceiver(f"{error}; not read: {first.name}{more} ({first.error})") from error


def explain(project: Project, target: Target, question: Question) -> Answer:
    """The answer for one receiver. Raises SignaltraceError for a signal or sender there is none of."""
    cases = cases_of(project, target)
    signal = pick_signal(question.signal, project, cases) if question.signal else ""
    expected = pick_sender(question.sender, project, cases) if question.sender else ""
    cases = _narrowed(project, target, cases, signal, expected)
    trace, recorded, dropped = project.facts.trace, "", 0
    if trace is not None:
        observed = observe(trace, target, [*sequence_of(cases), M2M_CHANGED], project.references)
        cases = [replace(each, observed=observed) for each in cases]
        recorded, dropped = observed.title, observed.dropped
    chains = () if question.twice else tuple(_chain(each) for each in cases)
    return Answer(
        target,
        _ordered(chains),
        causes(cases, wide=question.twice),
        question.twice,
        trace is not None,
        recorded,
        dropped,
    )


def _narrowed(project: Project, target: Target, cases: list[Case], signal: str, expected: str) -> list[Case]:
    """The cases that were asked for. What it should hear and does not is a case with nothing in it."""
    live = {each.signal.name: each for each in project.facts.inventory.signals}
    if signal:
        cases = [each for each in cases if each.signal == signal]
    if expected:
        right = [each for each in cases if each.sender == expected or is_any(each.sender)]
        cases = [replace(each, expected=expected) for each in right or cases]
    if not cases:
        return [Case(project, target, signal, "", live.get(signal), expected=expected)]
    return cases


def _chain(case: Case) -> Chain:
    links = tuple(each for each in chain_of(case) if each.state in (HOLDS, BROKEN, UNKNOWN))
    called = None
    if case.observed is not None:
        called = sum(
            each.called
            for sender, each in case.observed.of(case.signal).items()
            if is_any(case.sender) or sender == case.sender
        )
    who = case.expected or case.sender
    return Chain(case.signal, case.sender, case.expected, moment(case.signal, who), links, called)


def _ordered(chains: Sequence[Chain]) -> tuple[Chain, ...]:
    """The broken ones first, then those something points at."""
    return tuple(sorted(chains, key=lambda each: (each.holds, not any(link.suspect for link in each.links))))
