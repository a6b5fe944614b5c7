"""Who sends a signal by the source, stage *analysis*: the lines that do, and the modules that might."""

from __future__ import annotations

from signaltrace.analysis.why.case import Case
from signaltrace.declarations import CODE, NAME, UNDECIDED, Reference, SendCall, SourceModule


def sends(case: Case) -> list[tuple[SourceModule, SendCall]]:
    """The lines that send the signal of a case; tests and migrations left out."""
    references = case.project.references
    return [
        (module, send)
        for module in case.facts.source.modules
        for send in (module.sends if module.role == CODE else ())
        if references.signal(send.signal) == case.signal
    ]


def sends_itself(case: Case, module: SourceModule, send: SendCall) -> bool:
    """Whether a method of the very class it is connected for sends its ``self``: an object, not the class."""
    owner = f"{module.name}.{send.scope.rpartition('.')[0]}"
    return send.sender.text == "self" and (
        case.project.references.sender(Reference(NAME, owner)) == case.sender
    )


def open_sends(case: Case) -> list[tuple[SourceModule, SendCall]]:
    """The lines of the project that send what the source does not name."""
    return [
        (module, send)
        for module in case.facts.source.modules
        for send in (module.sends if module.role == CODE and module.mine else ())
        if send.signal.kind == UNDECIDED
    ]


def may_send(case: Case) -> list[SourceModule]:
    """The modules that import the signal, and are not seen to do anything with it.

    ``on_commit(partial(paid.send, …))`` is a send that is no call of ``send``. What an AppConfig imports
    is there to be imported.
    """
    references, holder = case.project.references, case.signal.rpartition(".")[0]
    configs = {each.file for each in case.facts.source.apps if each.file}
    found = []
    for module in case.facts.source.modules:
        if module.role != CODE or module.file in configs or module.name == holder:
            continue
        if not any(_is_it(name, case, holder) for _, name in module.brings):
            continue
        used = [*(each.signal for each in module.connects), *(each.signal for each in module.sends)]
        if not any(references.signal(each) == case.signal for each in used):
            found.append(module)
    return found


def _is_it(name: str, case: Case, holder: str) -> bool:
    return name == holder or case.project.references.canonical(name) == case.signal
