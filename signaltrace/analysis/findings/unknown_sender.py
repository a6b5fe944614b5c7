"""E018: connected for the name of a model that does not exist. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator

from signaltrace.analysis.connected import place, short_signal
from signaltrace.analysis.declared import declared
from signaltrace.analysis.finding import ERROR, Evidence, Finding
from signaltrace.analysis.matching import closest
from signaltrace.connections import Pending
from signaltrace.declarations import LABEL
from signaltrace.facts import Facts
from signaltrace.history import WAITING

ID = "signaltrace.E018"
NAME = "unknown-sender"
SEVERITY = ERROR
SUMMARY = "A receiver connected for the name of a model that does not exist."
WHY = (
    'A sender given as text, "shop.Order", is connected once that model is loaded. No model of this name '
    "ever is: the connection waits for good, and nothing says so."
)
NEEDS_TRACE = False


def find(facts: Facts) -> Iterator[Finding]:
    """Connections that wait, all models being loaded."""
    known = [each.label for each in facts.models] or list(facts.inventory.models)
    for each in facts.inventory.pending:
        near = closest(each.sender, known)
        name = "<lambda>" if each.receiver.name.startswith("<lambda> at ") else each.receiver.name
        where = _where(facts, each)
        # Django keeps the name in lower case
        written = next((sender for _, sender in where), each.sender)
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=f"{each.signal}: {name} of {each.sender}",
            title=f"{each.receiver.name} hears {short_signal(each.signal)} of {written}, the name of no "
            "model: it is never called",
            evidence=(*(shown for shown, _ in where), place(each.receiver)),
            fix=f'Name a model that exists: did you mean sender="{near}"?'
            if near
            else "Name a model that exists, or add the app that has it to INSTALLED_APPS.",
            mine=each.receiver.mine,
            app=each.receiver.app,
        )


def _where(facts: Facts, pending: Pending) -> list[tuple[Evidence, str]]:
    """The line that says the name, and the name: the source's, or that of the line the ledger saw."""
    found = [
        (
            Evidence(
                f'connected with sender="{each.connect.sender.name}"', each.module.file, each.connect.line
            ),
            each.connect.sender.name,
        )
        for each in declared(facts)
        if each.connect.sender.kind == LABEL
        and each.connect.sender.name.casefold() == pending.sender.casefold()
        and each.signal == pending.signal
    ]
    return found or [
        (Evidence("connected here", event.site.file, event.site.line), event.sender.name)
        for event in facts.history.events
        if event.what == WAITING
        and event.site is not None
        and (event.signal, event.receiver.name) == (pending.signal, pending.receiver.name)
        and event.sender.name.casefold() == pending.sender.casefold()
    ]
