"""I017: a bulk write to a model whose receivers it does not call. Stage *analysis*.

Which receivers count: those connected for the very model, whoever wrote them, and the project's own for any
sender. A package's receiver for any sender mostly looks for models that were registered with it, and says
nothing about this one: alone it is no reason, beside others it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import MODEL_SIGNALS, listed, live, place, short_signal
from signaltrace.analysis.finding import INFO, Evidence, Finding
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

Heard = dict[tuple[str, str], list[Connection]]


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a call."""
    references = References(facts)
    heard: Heard = {}
    for signal, one in live(facts):
        if signal.signal.name in (*_SAVES, *_DELETES):
            heard.setdefault((signal.signal.name, one.sender.name), []).append(one)
    for module in facts.source.modules:
        for call in module.bulk if module.role == CODE else ():
            model = references.model(call.model)
            signals = _PASSED_OVER.get(_sync_name(call.operation), ())
            if model is not None:
                yield from _judged(module, call, model, signals, heard)


def _sync_name(operation: str) -> str:
    """``bulk_create`` of ``abulk_create``."""
    return operation[1:] if operation[1:] in _PASSED_OVER else operation


def _judged(
    module: SourceModule, call: BulkCall, model: ModelInfo, signals: tuple[str, ...], heard: Heard
) -> Iterator[Finding]:
    own = [(signal, one) for signal in signals for one in heard.get((signal, model.label), ())]
    for_any = [(signal, one) for signal in signals for one in heard.get((signal, ANY_SENDER), ())]
    named = own + [(signal, one) for signal, one in for_any if one.receiver.mine]
    if not named:
        return
    others = len({one.receiver.name for _, one in for_any if not one.receiver.mine})
    names = list(dict.fromkeys(one.receiver.name for _, one in named))
    evidence = [Evidence(f"{call.operation}() of {model.label}", module.file, call.line)]
    told = {(one.receiver.file, one.receiver.line): (signal, one) for signal, one in reversed(named)}
    for signal, one in list(reversed(told.values()))[:_MOST_NAMED]:
        evidence.append(place(one.receiver, f"{one.receiver.name}, not called: {short_signal(signal)}"))
    if others:
        what = "a receiver" if others == 1 else f"{others} receivers"
        evidence.append(Evidence(f"nor {what} of installed packages for any sender"))
    scope = f"{module.name}.{call.scope}" if call.scope else module.name
    sends = " or ".join(short_signal(each) for each in signals)
    yield Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{scope}: {call.operation} of {model.label}",
        title=f"{call.operation}() of {model.label} does not call {listed(names)}: it sends no {sends}",
        evidence=tuple(evidence),
        fix=f"Save one by one, or do here what {'it does' if len(names) == 1 else 'they do'}; where it is "
        "meant, say so with `# signaltrace: ignore[I017]`.",
        mine=module.mine,
        app=module.app,
    )
