"""I011: receivers of a model whose proxies and children are senders of their own. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import (
    MODEL_SIGNALS,
    connected_at,
    listed,
    live,
    place,
    receiver_subject,
    short_signal,
)
from signaltrace.analysis.finding import INFO, Evidence, Finding
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION, OBJECT, PARTIAL
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

ID = "signaltrace.I011"
NAME = "unheard-children"
SEVERITY = INFO
SUMMARY = "A receiver of a model that does not hear the model's proxies or children."
WHY = (
    "Senders are compared by identity. A proxy or a multi-table child is a sender of its own: what is saved "
    "as such is not sent to the receivers of its parent."
)
NEEDS_TRACE = False

_MADE_ON_THE_SPOT = (LAMBDA, LOCAL_FUNCTION, PARTIAL, OBJECT)
_DELETES = (f"{MODEL_SIGNALS}pre_delete", f"{MODEL_SIGNALS}post_delete")
_SIGNALS = (
    *_DELETES,
    *(f"{MODEL_SIGNALS}{name}" for name in ("pre_init", "post_init", "pre_save", "post_save")),
)


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, signal and model, naming what it does not hear."""
    models = {each.label: each for each in facts.models}
    for signal in facts.inventory.signals:
        if signal.signal.name not in _SIGNALS:
            continue
        heard = _heard(facts, signal)
        for one in signal.connections:
            model = models.get(one.sender.name)
            senders = heard.get(_key(one), set())
            if not one.alive or model is None or ANY_SENDER in senders:
                continue
            below = _below(model, models, signal.signal.name in _DELETES)
            unheard = [each for each in below if each.label not in senders]
            if unheard:
                yield _finding(facts, signal, one, model, unheard)


def _heard(facts: Facts, signal: ConnectedSignal) -> dict[tuple[str, int | None], set[str]]:
    """The senders each receiver of the signal is connected for."""
    found: dict[tuple[str, int | None], set[str]] = {}
    for each, one in live(facts):
        if each is signal:
            found.setdefault(_key(one), set()).add(one.sender.name)
    return found


def _key(one: Connection) -> tuple[str, int | None]:
    """The receiver. A lambda written anew for a child is meant as the same: any in the module counts."""
    if one.kind in _MADE_ON_THE_SPOT:
        return (f"{one.kind} {one.module}", None)
    return (one.receiver.name, one.receiver.line)


def _below(model: ModelInfo, models: dict[str, ModelInfo], deletes: bool) -> list[ModelInfo]:
    """Its proxies and children, and theirs. Deleting a child deletes, and sends, its parent's row as well."""
    found: dict[str, ModelInfo] = {}
    left = [model]
    while left:
        each = left.pop()
        for label in (*each.proxies, *(() if deletes else each.children)):
            child = models.get(label)
            if child is not None and label not in found and label != model.label and not child.swapped:
                found[label] = child
                left.append(child)
    return [found[label] for label in sorted(found)]


def _finding(
    facts: Facts, signal: ConnectedSignal, one: Connection, model: ModelInfo, unheard: list[ModelInfo]
) -> Finding:
    name, shown = signal.signal.name, short_signal(signal.signal.name)
    labels = listed([each.label for each in unheard])
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{name}: {receiver_subject(one)} of {model.label}",
        title=f"{one.receiver.name} hears {shown} of {model.label}, and not of {labels}",
        evidence=(
            place(one.receiver),
            *connected_at(facts, name, one),
            *(Evidence(f"{each.label}, {_kinship(each)}", each.file, each.line) for each in unheard[:4]),
        ),
        fix="If it is to hear them, connect it with sender= for each of these models as well.",
        mine=one.receiver.mine,
        app=one.receiver.app,
    )


def _kinship(model: ModelInfo) -> str:
    if model.proxy_for:
        return f"a proxy of {model.proxy_for}"
    return f"a child of {model.parents[0]}" if model.parents else "below it"
