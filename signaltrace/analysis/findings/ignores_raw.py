"""W015: a receiver that writes while fixtures are loaded. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import (
    MODEL_SIGNALS,
    listed,
    live,
    place,
    receiver_subject,
    short_signal,
)
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.functions import Functions, is_plain
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import FunctionDef, SourceModule
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

ID = "signaltrace.W015"
NAME = "ignores-raw"
SEVERITY = WARNING
SUMMARY = "A receiver that writes and ignores raw, on a model that fixtures load."
WHY = (
    "loaddata saves rows as they are and sends raw=True: what they point at may not be there yet, and what "
    "the receiver writes is in the fixture as well, or is not meant to be written at all."
)
NEEDS_TRACE = False

# These are sent with raw in every version of Django; m2m_changed is since 6.1, and not by then in a project's
# own receivers: to ask that of them would be too much.
_SIGNALS = (f"{MODEL_SIGNALS}pre_save", f"{MODEL_SIGNALS}post_save")
_MOST_FILES = 3


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver and signal, for all the models it hears that have fixtures."""
    loaded = [each for each in facts.models if each.loaded_by_fixtures and not each.swapped]
    functions = Functions(facts.source)
    heard: dict[tuple[str, str, str | None, int | None], list[tuple[ConnectedSignal, Connection]]] = {}
    for signal, one in live(facts) if loaded else ():
        if signal.signal.name in _SIGNALS:
            key = (signal.signal.name, one.receiver.name, one.receiver.file, one.receiver.line)
            heard.setdefault(key, []).append((signal, one))
    for same in heard.values():
        senders = {one.sender.name for _, one in same}
        models = [each for each in loaded if ANY_SENDER in senders or each.label in senders]
        found = functions.of(same[0][1].receiver)
        if models and found is not None and _ignores_raw(*found):
            yield _finding(*same[0], *found, models, for_any=ANY_SENDER in senders)


def _ignores_raw(module: SourceModule, function: FunctionDef) -> bool:
    """A decorator could look at raw for it."""
    return bool(function.writes) and not function.reads_raw and is_plain(function, module)


def _finding(
    signal: ConnectedSignal,
    one: Connection,
    module: SourceModule,
    function: FunctionDef,
    models: list[ModelInfo],
    *,
    for_any: bool,
) -> Finding:
    name = signal.signal.name
    write = function.writes[0]
    files = dict.fromkeys(file for each in models for file in each.loaded_by_fixtures)
    own_models = listed([each.label for each in models])
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{name}: {receiver_subject(one)}",
        title=f"{one.receiver.name} writes on {short_signal(name)} of {own_models}, loaded by fixtures, "
        "and does not look at raw",
        evidence=(
            Evidence(f"it writes: {write.text}", module.file, write.line),
            place(one.receiver),
            *(Evidence("a fixture", file) for file in list(files)[:_MOST_FILES]),
        ),
        fix='Return at once where raw is true: `if kwargs.get("raw"): return`, or take raw as a parameter.',
        # a receiver of all models may look at the sender before it writes
        possible=for_any,
        mine=one.receiver.mine,
        app=one.receiver.app,
    )
