"""Running twice without two connections, stage *analysis*: sent twice, or two signals of one save."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from signaltrace.analysis.connected import short_signal
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.cause import SENT_TWICE, TWO_SIGNALS, Cause, number_word, sites
from signaltrace.analysis.why.link import Fix
from signaltrace.analysis.why.moments import SAVES
from signaltrace.span import CallSite


def sent_twice(cases: Sequence[Case]) -> Iterator[Cause]:
    """What a trace saw: one dispatch that called it twice, or the signal sent twice for one instance."""
    for case in cases:
        seen = {} if case.observed is None else case.observed.of(case.signal)
        for sender, each in seen.items():
            if case.sender not in (ANY_SENDER, sender) or each.called < 2:
                continue
            twice = [(name, number) for name, number in each.instances.most_common(1) if number > 1]
            if twice:
                name, number = twice[0]
                text = (
                    f"{short_signal(case.signal)} was sent {number_word(number)} times for {name}: "
                    "one dispatch calls it once."
                )
                places = [_sent_at(site, times) for site, times in each.sites.most_common(4)]
                fix = Fix(
                    "Save or send once, or let the receiver look at created or update_fields",
                    *((places[0].file, places[0].line) if places else (None, None)),
                )
                yield Cause(SENT_TWICE, text, tuple(places), fix, case.signal, sender, times=1)


def two_signals(cases: Sequence[Case]) -> Iterator[Cause]:
    """One save sends two signals, and a receiver of both runs for each."""
    live = [case for case in cases if case.alive and case.signal in SAVES]
    for one, other in combinations(live, 2):
        if one.signal != other.signal and (
            one.sender == other.sender or ANY_SENDER in (one.sender, other.sender)
        ):
            sender = one.sender if one.sender != ANY_SENDER else other.sender
            both = f"{short_signal(one.signal)} and to {short_signal(other.signal)}"
            text = f"It is connected to {both}: one save() sends both."
            evidence = sites([one, other], [*one.alive[:1], *other.alive[:1]])
            fix = Fix("Connect it to one of them", one.target.file, one.target.line)
            yield Cause(TWO_SIGNALS, text, tuple(evidence), fix, one.signal, sender, times=1)
            return


def _sent_at(site: CallSite, number: int) -> Evidence:
    times = "once" if number == 1 else f"{number:,} times"
    return Evidence(f"sent {times} from here", site.file, site.line)
