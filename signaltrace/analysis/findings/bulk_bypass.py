"""I017: a bulk write to a model whose receivers it does not call. Stage *analysis*.

Which receivers count: those connected for the very model, whoever wrote them, and the project's own for any
sender that do the same for all of them. Any other receiver for any sender looks whose signal it hears, for
models that were registered with it mostly, and says nothing about this one: alone it is no reason, beside
others it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signaltrace.analysis.connected import MODEL_SIGNALS, listed, live, place, short_signal
from signaltrace.analysis.finding import INFO, Evidence, Finding
from signaltrace.analysis.functions import Functions, is_plain
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.analysis.references import References
from signaltrace.connections import Connection
from signaltrace.declarations import CODE, BulkCall, SourceModule
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

ID = "signaltrace.I017"
NAME = "bulk-bypass"
SEVERITY = INFO
SUMMARY = "A bulk write to a model that has save or delete receivers."
WHY = (
    "bulk_create(), bulk_update() and QuerySet.update() write rows without saving instances: they send no "
    "pre_save and no post_save, and what the receivers of these keep up is not kept up."
)
NEEDS_TRACE = False

_SAVES = (f"{MODEL_SIGNALS}pre_save", f"{MODEL_SIGNALS}post_save")
_DELETES = (f"{MODEL_SIGNALS}pre_delete", f"{MODEL_SIGNALS}post_delete")
# QuerySet.delete() is not among them: it sends both signals for every row.
_PASSED_OVER = {
    "bulk_create": _SAVES,
    "bulk_update": _SAVES,
    "update": _SAVES,
    "_raw_delete": _DELETES,
}
_MOST_NAMED = 4
_FIX = (
    "Save one by one, or do there what the receivers do; where it is meant, say so with "
    "`# signaltrace: ignore[I017]`."
)

Heard = dict[tuple[str, str], list[Connection]]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a call."""
    references = References(facts)
    functions = Functions(facts.source)
    heard: Heard = {}
    for signal, one in live(facts):
        if signal.signal.name in (*_SAVES, *_DELETES):
            heard.setdefault((signal.signal.name, one.sender.name), []).append(one)
    for module in facts.source.modules:
        for call in module.bulk if module.role == CODE else ():
            model = references.model(call.model)
            if model is not None:
                sent = _sent_by_hand(references, module, call, model)
                passed_over = _PASSED_OVER.get(_sync_name(call.operation), ())
                signals = tuple(each for each in passed_over if each not in sent)
                yield from _judged(module, call, model, _passed(model, signals, heard, functions))


def _sync_name(operation: str) -> str:
    """``bulk_create`` of ``abulk_create``."""
    return operation[1:] if operation[1:] in _PASSED_OVER else operation


def _sent_by_hand(
    references: References, module: SourceModule, call: BulkCall, model: ModelInfo
) -> set[str | None]:
    """The signals that the function of the call sends itself, for this model or for what may be it."""
    found = set()
    for send in module.sends:
        if send.scope == call.scope or send.scope.startswith(f"{call.scope}."):
            sender = references.model(send.sender)
            if sender is None or sender.label == model.label:
                found.add(references.signal(send.signal))
    return found


@dataclass(frozen=True, slots=True)
class _Passed:
    """The receivers a write passes over: those for the model, those for any sender, and the rest of these."""

    signals: tuple[str, ...]
    own: list[tuple[str, Connection]]
    for_all: list[tuple[str, Connection]]
    others: list[Connection]


def _passed(model: ModelInfo, signals: tuple[str, ...], heard: Heard, functions: Functions) -> _Passed:
    own = [(signal, one) for signal in signals for one in heard.get((signal, model.label), ())]
    for_any = [(signal, one) for signal in signals for one in heard.get((signal, ANY_SENDER), ())]
    for_all = [(signal, one) for signal, one in for_any if _is_for_all(one, functions)]
    counted = {one.receiver.name for _, one in for_all}
    others = {one.receiver.name: one for _, one in for_any if one.receiver.name not in counted}
    return _Passed(signals, own, for_all, list(others.values()))


def _is_for_all(one: Connection, functions: Functions) -> bool:
    """Whether a receiver of any sender is the project's own, and known to do the same for every model."""
    found = functions.of(one.receiver) if one.receiver.mine else None
    return found is not None and is_plain(found[1], found[0]) and not found[1].judges_sender


def _judged(module: SourceModule, call: BulkCall, model: ModelInfo, passed: _Passed) -> Iterator[Finding]:
    named = passed.own + passed.for_all
    if not named:
        return
    names = list(dict.fromkeys(one.receiver.name for _, one in named))
    evidence = [Evidence(f"{call.operation}() of {model.label}", module.file, call.line)]
    told = {(one.receiver.file, one.receiver.line): (signal, one) for signal, one in reversed(named)}
    for signal, one in list(reversed(told.values()))[:_MOST_NAMED]:
        evidence.append(place(one.receiver, f"{one.receiver.name}, not called: {short_signal(signal)}"))
    if passed.others:
        what = "a receiver" if len(passed.others) == 1 else f"{len(passed.others)} receivers"
        foreign = all(not one.receiver.mine for one in passed.others)
        evidence.append(Evidence(f"nor {what}{' of installed packages' if foreign else ''} for any sender"))
    scope = f"{module.name}.{call.scope}" if call.scope else module.name
    sends = " or ".join(short_signal(each) for each in passed.signals)
    yield Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{scope}: {call.operation} of {model.label}",
        title=f"{call.operation}() of {model.label} does not call {listed(names)}: it sends no {sends}",
        evidence=tuple(evidence),
        fix=_FIX,
        # what is for any sender need not be meant for this one
        possible=not passed.own,
        mine=module.mine,
        app=module.app,
    )
