"""W016: a save receiver that saves its instance, whatever it is called for. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import MODEL_SIGNALS, live, place, receiver_subject, short_signal
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.functions import Functions, is_plain
from signaltrace.analysis.inventory_filter import ANY_SENDER
from signaltrace.connections import ConnectedSignal, Connection
from signaltrace.declarations import FunctionDef, SourceModule
from signaltrace.facts import Facts

ID = "signaltrace.W016"
NAME = "unguarded-save"
SEVERITY = WARNING
SUMMARY = "A save receiver that calls instance.save() with no guard."
WHY = (
    "instance.save() sends the very signal the receiver hears: it is called again, and saves again, until "
    "Python gives up with a RecursionError."
)
NEEDS_TRACE = False

_SIGNALS = (f"{MODEL_SIGNALS}pre_save", f"{MODEL_SIGNALS}post_save")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver and signal, whichever models it hears."""
    functions = Functions(facts.source)
    models = {each.label for each in facts.models}
    told: set[tuple[str, str]] = set()
    for signal, one in live(facts):
        name = signal.signal.name
        if name not in _SIGNALS or (one.sender.name != ANY_SENDER and one.sender.name not in models):
            continue
        found = functions.of(one.receiver)
        key = (name, receiver_subject(one))
        if found is not None and key not in told and _saves_again(*found):
            told.add(key)
            yield _finding(signal, one, *found)


def _saves_again(module: SourceModule, function: FunctionDef) -> bool:
    """A decorator could be the guard, and so could a disconnect() in the function itself."""
    disconnects = any(
        each.action == "disconnect" and each.scope == function.qualname for each in module.connects
    )
    return bool(function.unguarded_saves) and is_plain(function, module) and not disconnects


def _finding(
    signal: ConnectedSignal, one: Connection, module: SourceModule, function: FunctionDef
) -> Finding:
    name = short_signal(signal.signal.name)
    of = "" if one.sender.name == ANY_SENDER else f" of {one.sender.name}"
    advice = (
        "Set the fields and leave the saving to the save that is under way"
        if name == "pre_save"
        else "Guard it, with `if created:` for one, or write with QuerySet.update(), which sends nothing"
    )
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{signal.signal.name}: {receiver_subject(one)}",
        title=f"{one.receiver.name} saves its instance on every {name}{of}, and so calls itself",
        evidence=(
            *(
                Evidence("saved here, and nothing prevents it", module.file, line)
                for line in function.unguarded_saves[:3]
            ),
            place(one.receiver),
        ),
        fix=f"{advice}.",
        mine=one.receiver.mine,
        app=one.receiver.app,
    )
