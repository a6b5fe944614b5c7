"""A sender that is a proxy or a child of what is saved, stage *analysis*: whether the source names it."""

from __future__ import annotations

from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.instead import line_of
from signaltrace.analysis.why.link import SENDER, Fix, Link, unknown
from signaltrace.analysis.why.moments import DELETES, INITS, SAVES
from signaltrace.analysis.why.related import sender_code
from signaltrace.declarations import CODE
from signaltrace.model_map import ModelInfo

_DONE = {**dict.fromkeys(SAVES, "saved"), **dict.fromkeys(DELETES, "deleted"), **dict.fromkeys(INITS, "made")}
_ASK = 'which of the two sends: --run "COMMAND" or --trace FILE'


def unnamed(case: Case) -> Link | None:
    """A sender that nothing but its definition and its receivers names: the other may be meant."""
    model = case.project.references.model_of(case.sender)
    if model is None or case.signal not in _DONE or case.observed is not None or not model.mine:
        return None
    # the rows of a child are deleted along with those of its parent, and sent for
    parents = () if case.signal in DELETES else model.parents[:1]
    base = model.proxy_for or next(iter(parents), "")
    if not base or _is_named(case, model):
        return None
    kind = "a proxy" if model.proxy_for else "a child"
    done = _DONE[case.signal]
    text = (
        f"Its sender is {case.sender}, {kind} of {base}: what is {done} as {base} is not sent to it, and no "
        f"other module of the source imports {sender_code(case.sender, case.project.references)}."
    )
    code = (f"sender={sender_code(base, case.project.references)}",)
    return unknown(
        SENDER,
        text,
        fix=Fix(f"If {base} is what is {done}, connect it for that", *line_of(case), code),
        tells=_ASK,
    )


def _is_named(case: Case, model: ModelInfo) -> bool:
    """Whether a module imports the class that neither defines it nor connects this receiver."""
    references = case.project.references
    own = {each.module.file for each in case.declarations} | {model.file}
    return any(
        module.file not in own and references.canonical(name) == model.name
        for module in case.facts.source.modules
        if module.role == CODE
        for _, name in module.brings
    )
