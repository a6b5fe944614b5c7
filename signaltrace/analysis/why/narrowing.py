"""``--signal`` and ``--sender``, stage *analysis*: what was typed to a name there is, or the nearest one."""

from __future__ import annotations

from collections.abc import Iterable

from signaltrace.analysis.connected import listed
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.matching import closest
from signaltrace.analysis.why.case import Case, Project
from signaltrace.errors import SignaltraceError


def pick_signal(text: str, project: Project, cases: Iterable[Case]) -> str:
    """The name of the signal that is meant: any of its names, or the end of one. Raises SignaltraceError."""
    references = project.references
    live = references.connected(text)
    if live is not None:
        return live.signal.name
    own = {each.signal for each in cases if each.signal}
    names = {each.signal.name for each in project.facts.inventory.signals} | own
    names |= {f"{each.name}.{made}" for each in project.facts.source.modules for made, _ in each.signals}
    found = _ending(text, names)
    # A receiver's own signals first: it is about them that the user asks.
    chosen = [each for each in found if each in own] or found
    canonical = {_canonical(each, project) for each in chosen}
    return _one("--signal", "signal", text, canonical, names)


def pick_sender(text: str, project: Project, cases: Iterable[Case]) -> str:
    """The sender that is meant, as the inventory calls it. Raises SignaltraceError."""
    facts = project.facts
    model = project.references.model_of(text)
    if model is not None:
        return model.label
    labels = {each.name: each.label for each in facts.models}
    named = _ending(text, labels)
    if named:
        return _one("--sender", "sender", text, {labels[each] for each in named}, labels)
    others = {each.sender for each in cases if each.sender}
    others |= {one.sender.name for each in facts.inventory.signals for one in each.connections}
    others |= {each.name for each in (facts.trace.senders if facts.trace else ())}
    others |= set(facts.inventory.models)
    others.discard(ANY_SENDER)
    return _one("--sender", "sender", text, set(_ending(text, others)), {*others, *labels.values()})


def _canonical(name: str, project: Project) -> str:
    live = project.references.connected(name)
    return name if live is None else live.signal.name


def _ending(text: str, names: Iterable[str]) -> list[str]:
    """The names that are it, in any case, or that end in it after a dot."""
    names, wanted = list(names), text.casefold()
    same = [each for each in names if each.casefold() == wanted]
    return same or [each for each in names if each.casefold().endswith(f".{wanted}")]


def _one(option: str, what: str, text: str, found: set[str], names: Iterable[str]) -> str:
    if len(found) == 1:
        return next(iter(found))
    if found:
        could = listed(sorted(found))
        raise SignaltraceError(f"{option} {text[:60]} could be {could}: give more of the name")
    near = closest(text, sorted(names))
    raise SignaltraceError(f"there is no {what} {text[:60]!r}" + (f"; the closest is {near}" if near else ""))
