"""The link of the import, stage *analysis*: whether the module that connects the receiver was ever run."""

from __future__ import annotations

from signaltrace.analysis.connected import listed
from signaltrace.analysis.declared import NEVER_IMPORTED
from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.link import IMPORTED, Fix, Link, broken, holds, unknown
from signaltrace.analysis.why.ready import import_fix, importers, uninstalled
from signaltrace.declarations import SourceModule

NAME = IMPORTED


def check(case: Case) -> Link:
    """The module of the connection's line; of the receiver, where no line of the source connects it."""
    if case.connections or case.pending or case.events:
        return holds(NAME, _imported(case), *_places(case))
    modules = [each.module for each in case.declarations] or [
        each for each in (case.target.module,) if each is not None
    ]
    if not modules:
        return unknown(NAME, "The source does not tell which module connects it.", tells="a connect() of it")
    loaded = [each for each in modules if each.loaded_as]
    if loaded or any(each.state != NEVER_IMPORTED for each in case.declarations):
        return holds(NAME, f"{(loaded or modules)[0].name} is imported.", *_places(case))
    if not case.about:
        at = Evidence("defined here", modules[0].file, case.target.line)
        return unknown(NAME, f"{modules[0].name} is not imported; no line in it connects this.", at)
    return _broken(case, modules[0])


def _broken(case: Case, module: SourceModule) -> Link:
    evidence = [Evidence(f"{_what(case)} here", module.file, _line(case))]
    if module.error:
        return broken(
            NAME,
            f"{module.name} cannot be imported: {module.error}.",
            *evidence,
            fix=Fix("Correct the file: until then nothing in it runs", module.file, 1),
        )
    imports = case.project.imports
    known = imports.unimported(module)
    fix = import_fix(module, imports.app(module), case.facts)
    text = f"{module.name} was never imported, so its connect never ran."
    package = uninstalled(module, case.facts) if imports.app(module) is None else None
    if package is not None:
        text = f"{text[:-1]}: {package} looks like an app, and is not in INSTALLED_APPS."
    through = importers(module, case.facts)
    if through:
        loaded = [each for each in through if each.loaded_as]
        through = loaded or through
        who, one = listed([each.name for each in through], most=2), len(through) == 1
        if loaded:
            verb = f"import{'s' if one else ''} it in a line that did not run"
        else:
            verb = f"would import it, and {'was' if one else 'were'} not imported either"
        text = f"{module.name} was not imported, so its connect never ran: {who} {verb}."
        evidence += [Evidence(f"{each.name} imports it", each.file) for each in through[:2]]
    return broken(NAME, text, *evidence, fix=fix, possible=not known.never)


def _imported(case: Case) -> str:
    modules = [each.module.name for each in case.declarations if each.module.loaded_as]
    if not modules and case.target.module is not None and case.target.module.loaded_as:
        modules = [case.target.module.name]
    return f"{modules[0]} is imported." if modules else "Its module is imported."


def _places(case: Case) -> tuple[Evidence, ...]:
    return tuple(
        Evidence("connected here", each.module.file, each.connect.line) for each in case.imported[:1]
    )


def _what(case: Case) -> str:
    return "it is to be connected" if case.declarations else "defined"


def _line(case: Case) -> int | None:
    return case.declarations[0].connect.line if case.declarations else case.target.line
