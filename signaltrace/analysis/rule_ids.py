"""The ways to write the id of a rule, stage *analysis*: ``signaltrace.W004``, ``W004`` or its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signaltrace.analysis.finding import Rule
from signaltrace.analysis.matching import closest

PREFIX = "signaltrace."


def short_id(rule_id: str) -> str:
    """``W004`` of ``signaltrace.W004``."""
    return rule_id.removeprefix(PREFIX)


def find_rule(text: str, rules: Iterable[Rule]) -> Rule | None:
    """The rule that ``text`` means, in any case; None if there is none."""
    wanted = text.strip().casefold().removeprefix(PREFIX)
    for each in rules:
        if wanted in (short_id(each.ID).casefold(), each.NAME.casefold()):
            return each
    return None


def hint(text: str, rules: Sequence[Rule]) -> str:
    """``did you mean W004?``, else all the ids there are."""
    ids = [short_id(each.ID) for each in rules]
    near = closest(text.strip().removeprefix(PREFIX), [*ids, *(each.NAME for each in rules)])
    return f"did you mean {near}?" if near else f"there are {', '.join(ids)}"
