"""The first link, stage *analysis*: whether there is such a function at all."""

from __future__ import annotations

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.why.case import Case
from signaltrace.analysis.why.link import EXISTS, Fix, Link, broken, holds, unknown

NAME = EXISTS


def check(case: Case) -> Link:
    """Its definition in the source, or that the process has it."""
    target = case.target
    at = Evidence("defined here", target.file, target.line)
    if target.function is not None:
        return holds(NAME, f"{target.name} is defined.", at)
    if case.connections or case.pending or any(not each.receiver.line for each in case.events):
        return holds(NAME, f"{target.name} is there: the process has it.", *([at] if target.file else []))
    module = case.project.references.module(target.name)
    if module is not None and module.error:
        return broken(
            NAME,
            f"The file it should be in cannot be read: {module.error}.",
            Evidence(f"{module.name} is not Python", module.file, 1),
            fix=Fix("Correct the file: until then nothing in it exists", module.file, 1),
        )
    if target.file is not None:
        return holds(NAME, f"{target.name} is written there.", at)
    where = "its module" if module is None else module.name
    return unknown(
        NAME,
        f"No def of {target.name} is in the source; {where} may make it in another way.",
        *(Evidence("named here", file, line) for file, line in target.lines[:3]),
        tells=f"the name itself: look it up in {where}",
    )
