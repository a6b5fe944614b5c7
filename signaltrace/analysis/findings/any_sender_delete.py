"""I009: a delete receiver of any sender, which takes fast deletes from all models. Stage *analysis*."""

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
from signaltrace.connections import Connection
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo

ID = "signaltrace.I009"
NAME = "any-sender-delete"
SEVERITY = INFO
SUMMARY = "A pre_delete or post_delete receiver of any sender: models lose their fast deletes."
WHY = (
    "Django deletes rows of a model without delete receivers and without cascades in one statement. With a "
    "receiver of any sender there is no such model: every row is loaded first, and sent a signal for."
)
NEEDS_TRACE = False

_SIGNALS = (f"{MODEL_SIGNALS}pre_delete", f"{MODEL_SIGNALS}post_delete")
# Whatever these do, they do it in the database: no row is loaded for them.
_LEFT_TO_DATABASE = ("DO_NOTHING", "DB_CASCADE", "DB_SET_NULL", "DB_SET_DEFAULT")


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a receiver, naming the models that would be deleted fast without it."""
    connected: dict[tuple[str, str | None, int | None], list[tuple[str, Connection]]] = {}
    for signal, one in live(facts):
        if signal.signal.name in _SIGNALS and one.sender.name == ANY_SENDER:
            key = (receiver_subject(one), one.receiver.file, one.receiver.line)
            connected.setdefault(key, []).append((signal.signal.name, one))
    losers = _losers(facts) if connected else []
    for same in connected.values():
        if losers:
            yield _finding(facts, same, losers)


def _finding(facts: Facts, same: list[tuple[str, Connection]], losers: list[ModelInfo]) -> Finding:
    receiver = same[0][1].receiver
    signals = listed(sorted({short_signal(name) for name, _ in same}, reverse=True))
    names = listed([each.label for each in losers])
    where = {(each.file, each.line): each for name, one in same for each in connected_at(facts, name, one)}
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=receiver_subject(same[0][1]),
        title=f"{receiver.name} hears {signals} of any sender: {_models(len(losers))} no fast delete",
        evidence=(place(receiver), *where.values(), Evidence(f"deleted row by row because of it: {names}")),
        fix="Connect it with sender= for each model that it is about.",
        mine=receiver.mine,
        app=receiver.app,
    )


def _models(number: int) -> str:
    return "1 model has" if number == 1 else f"{number:,} models have"


def _losers(facts: Facts) -> list[ModelInfo]:
    """The models that would be deleted fast but for receivers of any sender, the project's own first."""
    heard = {one.sender.name for signal, one in live(facts) if signal.signal.name in _SIGNALS}
    found = [each for each in facts.models if each.label not in heard and _could_be_fast(each)]
    return sorted(found, key=lambda each: (not each.mine, bool(each.auto_created), each.label))


def _could_be_fast(model: ModelInfo) -> bool:
    """What Collector.can_fast_delete() asks of a model besides its receivers.

    A proxy is deleted like the model it is for, which is named itself.
    """
    if model.proxy_for or model.parents or model.swapped:
        return False
    return all(each.on_delete in _LEFT_TO_DATABASE and not each.generic for each in model.related)
