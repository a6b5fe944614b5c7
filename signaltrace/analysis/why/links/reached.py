"""The link of the line, stage *analysis*: whether anything connects the receiver, and it was reached."""

from __future__ import annotations

from signaltrace.analysis.connected import listed, short_signal
from signaltrace.analysis.declared import Declared, is_sure_to_run
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case, cases_of, hidden_by
from signaltrace.analysis.why.link import REACHED, Fix, Link, broken, holds, unknown
from signaltrace.analysis.why.moments import moment
from signaltrace.declarations import CODE, UNDECIDED
from signaltrace.history import CONNECTED, IGNORED, REFUSED, WAITING

NAME = REACHED
_TRIED = (CONNECTED, IGNORED, REFUSED, WAITING)
READY = ".ready"


def check(case: Case) -> Link:
    """By what is connected, by what was seen to happen, by where the line stands."""
    if not case.about:
        return _nothing(case)
    tried = [each for each in case.events if each.what in _TRIED]
    if tried:
        event = tried[-1]
        within = f" in {event.within}()" if event.within else ""
        seen = () if event.site is None else (Evidence(f"reached{within}", event.site.file, event.site.line),)
        return holds(NAME, "The connect was reached.", *seen)
    if case.connections or case.pending or case.events:
        return holds(
            NAME, "The connect was reached.", *(_at(each, "it stands here") for each in case.declarations[:1])
        )
    sure = [one for one in case.imported if is_sure_to_run(case.facts, one.module, one.connect)]
    if sure:
        scope = sure[0].connect.scope
        why = f"Django calls {scope}()" if scope else "its module runs it on import"
        return holds(NAME, f"The connect was reached: {why}.", _at(sure[0], "it stands here"))
    return _conditional(case, case.imported[0])


def _conditional(case: Case, each: Declared) -> Link:
    """A line in a function or a branch: the history knows, and an AppConfig nobody uses is told at once."""
    connect = each.connect
    where = f"{connect.scope}()" if connect.scope else f"a branch of {each.module.name}"
    at = _at(each, f"it stands in {where}")
    config = (
        f"{each.module.name}.{connect.scope.removesuffix(READY)}" if connect.scope.endswith(READY) else ""
    )
    used = [app for app in case.facts.source.apps if app.file and app.config == config]
    history = case.facts.history
    if config and not used:
        fix, evidence = _config_fix(case, each, config)
        text = f"{where} never runs: Django uses no {config}."
        return broken(NAME, text, at, *evidence, fix=fix, possible=not history.complete)
    if history.on and history.complete and not history.dropped:
        if connect.scope and not connect.conditional:
            text = f"The connect was not reached: nothing has called {where} so far."
            fix = Fix(
                f"Call {connect.scope}() from the ready() of the app, or connect at module level",
                each.module.file,
                connect.line,
            )
        else:
            taken = f"the branch around it{_in(connect.scope)} was not taken"
            called = "" if config or not connect.scope else f"nothing has called {where} so far, or "
            text = f"The connect was not reached: {called}{taken}."
            fix = Fix(
                "Take the connect out of the branch, or make its condition true",
                each.module.file,
                connect.line,
            )
        return broken(NAME, text, at, fix=fix)
    why = "a branch decides" if connect.conditional else f"it needs a call of {where}"
    return unknown(NAME, f"Whether the connect was reached can't be told: {why}.", at, tells=history.advice)


def _in(scope: str) -> str:
    return f" in {scope}()" if scope else ""


def _config_fix(case: Case, each: Declared, config: str) -> tuple[Fix, list[Evidence]]:
    app = next((one for one in case.facts.source.apps if one.label == each.module.app), None)
    evidence: list[Evidence] = []
    if app is not None and app.config:
        evidence = [Evidence(f"Django uses {app.config} for the app {app.label}", app.file, app.line)]
    text = f'Name it in INSTALLED_APPS ("{config}"), or connect in the ready() of the AppConfig that is used'
    return Fix(text, each.module.file, each.connect.line), evidence


def _nothing(case: Case) -> Link:
    """No decorator, no connect(), no connection, and none was ever made."""
    target, history = case.target, case.facts.history
    what = f" to {case.signal}" if case.signal else ""
    sender = f", sender={case.expected.rpartition('.')[2]}" if case.expected else ""
    signal = case.signal.rpartition(".")[2] or "SIGNAL"
    fix = Fix(
        "Connect it",
        target.file,
        target.function.def_line if target.function is not None else target.line,
        (f"@receiver({signal}{sender})",),
    )
    others = list(dict.fromkeys(short_signal(each.signal) for each in cases_of(case.project, target)))
    undecided = _undecided(case)
    decorators = hidden_by(target)
    evidence = (
        [Evidence(f"decorated with {', '.join(decorators)} alone", target.file, target.line)]
        if decorators
        else []
    )
    if undecided and not (history.on and history.complete):
        return unknown(
            NAME,
            f"No line is known to connect it{what}; {len(undecided)} that connect something can't be decided "
            "from the source.",
            *evidence,
            *undecided[:4],
            tells=history.advice,
        )
    when = f", so that it runs {moment(case.signal, case.expected)}" if case.signal else ""
    if others:
        text = f"Nothing connects it{what}: it is connected to {listed(others)} alone."
    else:
        text = f"Nothing connects it{what}: no @receiver above it, no connect() in the source names it."
    return broken(NAME, text, *evidence, fix=Fix(fix.text + when, fix.file, fix.line, fix.code))


def _undecided(case: Case) -> list[Evidence]:
    """The lines of imported code of the project that connect what the source does not name."""
    found = []
    for module in case.facts.source.modules:
        if not (module.mine and module.loaded_as and module.role == CODE):
            continue
        for connect in module.connects:
            if (
                connect.action == "connect"
                and connect.receiver.kind == UNDECIDED
                and connect.receiver_line is None
            ):
                found.append(
                    Evidence(f"connects {connect.receiver.text or 'something'}", module.file, connect.line)
                )
    return found


def _at(each: Declared, text: str) -> Evidence:
    return Evidence(text, each.module.file, each.connect.line)
