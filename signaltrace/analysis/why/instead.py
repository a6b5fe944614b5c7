"""What is sent in place of a signal, stage *analysis*: m2m_changed of a through model, a namesake."""

from __future__ import annotations

from collections import Counter

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.link import SENT, Fix, Link, broken, unknown
from signaltrace.analysis.why.moments import M2M_CHANGED, SAVES
from signaltrace.analysis.why.observed import SentBy
from signaltrace.analysis.why.sending import may_send, open_sends, sends
from signaltrace.declarations import CODE


def field_of(case: Case) -> str:
    """The many-to-many field whose rows the sender holds, ``blog.Post.tags``, where the project wrote it."""
    model = case.project.references.model_of(case.expected or case.sender)
    if case.signal not in SAVES or model is None or model.auto_created:
        return ""
    for each in case.facts.models:
        if each.proxy_for or each.parents:
            continue  # it has the field from there
        for field, through in each.many_to_many:
            if through == model.label:
                return f"{each.label}.{field}"
    return ""


def through(case: Case, field: str, ask: str) -> Link:
    """The rows of a through model are written in bulk by its field."""
    who, short = case.expected or case.sender, case.signal.rpartition(".")[2]
    text = (
        f"{who} is the through model of {field}: add() and set() write its rows in bulk and send "
        f"m2m_changed, no {short}."
    )
    seen = {} if case.observed is None else case.observed.of(M2M_CHANGED)
    owner, _, name = field.rpartition(".")
    code = (f"@receiver(m2m_changed, sender={owner.rpartition('.')[2]}.{name}.through)",)
    file, line = line_of(case)
    fix = Fix("Where that is meant, hear m2m_changed", file, line, code)
    if who in seen:
        changed = seen[who]
        text += f" What was recorded sent m2m_changed for it {times(changed.sent)}, and {short} never."
        fix = Fix("Hear m2m_changed", file, line, code)
        return broken(SENT, text, *sites({who: changed}), fix=fix)
    if case.observed is not None:
        # m2m_changed is sent where something hears it: that it is not there proves nothing
        text = f"{short} was never sent for {who} in what was recorded. {text}"
    return unknown(SENT, text, fix=fix, tells="" if case.observed is not None else ask)


def namesake(case: Case) -> Link | None:
    """A signal of the same last name is sent, and this one never is: the wrong one was imported."""
    own, references = case.signal.rpartition(".")[2], case.project.references
    mine = case.live_signal is None or case.live_signal.signal.mine
    if not mine or sends(case):
        return None
    for module in case.facts.source.modules:
        for send in module.sends if module.role == CODE else ():
            other = references.signal(send.signal)
            if other is None or other == case.signal or other.rpartition(".")[2] != own:
                continue
            text = (
                f"No line of the source sends {case.signal}. {other}, another signal of that name, is sent."
            )
            holder = other.rpartition(".")[0]
            fix = Fix(f"Connect it to {other}", *line_of(case), (f"from {holder} import {own}",))
            at = Evidence(f"{other} is sent here", module.file, send.line)
            made = made_at(case)
            evidence = (at, *([made] if made else []))
            if may_send(case) or open_sends(case):
                return unknown(SENT, text.replace("sends", "is known to send", 1), *evidence, fix=fix)
            return broken(SENT, text, *evidence, fix=fix, possible=True)
    return None


def line_of(case: Case) -> tuple[str | None, int | None]:
    """Where it is connected, else where it is defined."""
    for each in case.declarations:
        return each.module.file, each.connect.line
    return case.target.file, case.target.line


def made_at(case: Case) -> Evidence | None:
    module_name, _, own = case.signal.rpartition(".")
    module = case.project.references.module(module_name)
    for name, line in () if module is None else module.signals:
        if name == own and module is not None:
            return Evidence(f"{own} is made here", module.file, line)
    return None


def sites(found: dict[str, SentBy]) -> tuple[Evidence, ...]:
    places: Counter[tuple[str, int]] = Counter()
    for each in found.values():
        for site, number in each.sites.items():
            places[site.file, site.line] += number
    return tuple(
        Evidence(f"sent {times(number)} from here", file, line)
        for (file, line), number in places.most_common(3)
    )


def times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
