"""W001: declared in the source, and connected to nothing. Stage *analysis*."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from signaltrace.analysis.connected import listed, short_signal
from signaltrace.analysis.declared import (
    NEVER_IMPORTED,
    NOT_CONNECTED,
    NOT_REACHED,
    Declared,
    declared,
    receiver_name,
)
from signaltrace.analysis.finding import WARNING, Evidence, Finding
from signaltrace.analysis.functions import SECOND_OF_ITS_NAME
from signaltrace.analysis.imports import Imports, Unimported
from signaltrace.analysis.ready import ToAdd, to_import
from signaltrace.analysis.references import References
from signaltrace.analysis.shadowed import shadowed
from signaltrace.declarations import SourceModule
from signaltrace.facts import Facts
from signaltrace.history import Event

ID = "signaltrace.W001"
NAME = "never-connected"
SEVERITY = WARNING
SUMMARY = "A receiver the source connects, in a module that is never imported."
WHY = (
    "A @receiver connects when its module is imported, and not before. A module of receivers that nothing "
    "imports connects none of them, and Django has no way to miss them."
)
NEEDS_TRACE = False

_MOST_NAMED = 12


def find(facts: Facts) -> Iterator[Finding]:
    """One finding a module that is not imported; one a receiver that is not connected all the same."""
    references = References(facts)
    found = declared(facts, references)
    imports = Imports(facts.source)
    yield from _never_imported(facts, imports, found)
    yield from _unused_configs(facts, found)
    yield from _not_connected(facts, references, found)


def _never_imported(facts: Facts, imports: Imports, found: Sequence[Declared]) -> Iterator[Finding]:
    by_module: dict[str, list[Declared]] = {}
    for each in found:
        if each.state == NEVER_IMPORTED and not each.connect.scope and not each.connect.conditional:
            by_module.setdefault(each.module.name, []).append(each)
    for same in by_module.values():
        reach = imports.unimported(same[0].module)
        if reach.never:
            yield _of_module(facts, imports, same, reach)


def _of_module(facts: Facts, imports: Imports, same: list[Declared], reach: Unimported) -> Finding:
    module = same[0].module
    app = imports.app(module)
    add = to_import(facts.source, app, reach.outermost)
    names = list(dict.fromkeys(each.receiver for each in same))
    own = [each.rpartition(".")[2] for each in names]
    are = "is" if len(own) == 1 else "are"
    evidence = [_declaration(each) for each in same[:_MOST_NAMED]]
    if len(same) > _MOST_NAMED:
        evidence.append(Evidence(f"and {len(same) - _MOST_NAMED:,} more"))
    if reach.outermost != module.name:
        outer = next(each for each in facts.source.modules if each.name == reach.outermost)
        text = f"{outer.name} would import it, and is not imported either"
        evidence.append(Evidence(text, outer.file, 1))
    elif reach.through:
        evidence.append(Evidence(f"imported by {listed(list(reach.through))}, not imported either"))
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=module.name,
        title=f"{module.name} is never imported: {listed(own)} {are} not connected",
        evidence=tuple(_with_place(evidence, add)),
        fix=add.fix,
        possible=not reach.sure,
        mine=module.mine,
        app="" if app is None else app.label,
    )


def _with_place(evidence: list[Evidence], add: ToAdd) -> list[Evidence]:
    return evidence if add.place is None else [*evidence, add.place]


def _declaration(each: Declared) -> Evidence:
    sender = f" of {each.sender}" if each.sender is not None else ""
    name = each.receiver.rpartition(".")[2] or each.receiver
    text = f"{name} is to hear {short_signal(each.signal or '')}{sender}"
    return Evidence(text, each.module.file, each.connect.line)


def _unused_configs(facts: Facts, found: Sequence[Declared]) -> Iterator[Finding]:
    """Connections in the ready() of an AppConfig that no installed app uses."""
    apps = {f"{each.name}.apps": each for each in facts.source.apps}
    by_config: dict[tuple[str, str], list[Declared]] = {}
    for each in found:
        owner, _, method = each.connect.scope.rpartition(".")
        is_ready = each.state == NOT_REACHED and method == "ready" and not each.connect.conditional
        if is_ready and owner and each.module.name in apps:
            by_config.setdefault((each.module.name, owner), []).append(each)
    for (name, owner), same in by_config.items():
        app, module = apps[name], same[0].module
        config = f"{name}.{owner}"
        uses = app.config or "one that Django made up"
        yield Finding(
            rule=ID,
            severity=SEVERITY,
            subject=f"{config}.ready",
            title=f"{config}.ready() is not called: {app.name} is installed with {uses}",
            evidence=tuple(_declaration(each) for each in same[:_MOST_NAMED]),
            fix=f'Put "{config}" into INSTALLED_APPS in the place of what is there for {app.name}.',
            # the config that is used could be a subclass of it, whose ready() calls this one
            possible=True,
            mine=module.mine,
            app=app.label,
        )


def _not_connected(facts: Facts, references: References, found: Sequence[Declared]) -> Iterator[Finding]:
    """Connections whose line was reached, and that are not there; what another rule explains left out."""
    told = {(each.module.file, each.connect.line) for each in shadowed(facts, found)}
    for each in found:
        if each.state != NOT_CONNECTED or (each.module.file, each.connect.line) in told:
            continue
        if _events(facts, each) or _is_disconnected(facts, references, each):
            continue
        second = _second_of_its_name(each)
        complete = facts.history.on and facts.history.complete and not facts.history.dropped
        yield _of_receiver(each, second, certain=complete or second is not None)


def _of_receiver(each: Declared, second: Evidence | None, certain: bool) -> Finding:
    module, signal = each.module, short_signal(each.signal or "")
    if second is not None:
        title = f"{each.receiver} is not connected to {signal}: a second function took its name"
        fix = SECOND_OF_ITS_NAME
    else:
        title = f"{each.receiver} is not connected to {signal}, though {module.name} was imported"
        fix = (
            "Look for what takes it out again, or for what the module does before this line. "
            f"`signaltrace why {each.receiver}` names the first broken link."
        )
    return Finding(
        rule=ID,
        severity=SEVERITY,
        subject=f"{each.signal}: {each.receiver} of {each.sender or each.connect.sender.text}",
        title=title,
        evidence=(_declaration(each), *([second] if second is not None else ())),
        fix=fix,
        possible=not certain,
        mine=module.mine,
        app=module.app,
    )


def _events(facts: Facts, each: Declared) -> list[Event]:
    """All the ledger has of this receiver and signal: then something is known, and another rule's."""
    line = each.connect.receiver_line
    return [
        event
        for event in facts.history.events
        if event.signal == each.signal
        and (
            event.receiver.name == each.receiver or (line is not None and _is_there(event, each.module, line))
        )
    ]


def _is_there(event: Event, module: SourceModule, line: int) -> bool:
    return event.receiver.line == line and event.receiver.file == module.file


def _is_disconnected(facts: Facts, references: References, each: Declared) -> bool:
    """Whether any line of the source disconnects it, or might."""
    return any(
        connect.action == "disconnect"
        and references.signal(connect.signal) in (each.signal, None)
        and receiver_name(connect, references) == each.receiver
        for module in facts.source.modules
        for connect in module.connects
    )


def _second_of_its_name(each: Declared) -> Evidence | None:
    """The later function of the same name in the same scope, which replaced it in the module."""
    line = each.connect.receiver_line
    first = next((one for one in each.module.functions if one.line == line), None)
    if first is None or each.connect.weak is False:
        return None
    for one in each.module.functions:
        if one.qualname == first.qualname and one.line > first.line:
            return Evidence("the second function of that name", each.module.file, one.line)
    return None
