"""The rules of ``doctor`` as Django system checks: ``manage.py check --tag signals``.

A check without tags runs every check there is, before ``runserver`` and ``migrate`` too. Ours look at all
of the source, and so they wait to be asked for by tag, unless ``SIGNALTRACE["CHECKS"]`` is True. Importing
this module imports no rule.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.core.checks.registry import CheckRegistry

if TYPE_CHECKING:
    from signaltrace.analysis.finding import Finding

TAG = "signals"
FAULT_ID = "signaltrace.W000"
MISUSE_ID = "signaltrace.E000"


def register_checks() -> None:
    """Have Django know the tag; for ``AppConfig.ready``."""
    register(check_signals, TAG)


def check_signals(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The findings in the project's own code as Django's messages, if they were asked for."""
    always = _always()
    if not isinstance(always, bool):
        kind = type(always).__name__
        return [Error(f"the setting SIGNALTRACE['CHECKS'] is True or False, not {kind}", id=MISUSE_ID)]
    if not (always or _asked_by_tag(sys._getframe(1))):
        return []
    from signaltrace.analysis.diagnosis import Asked, diagnose
    from signaltrace.analysis.silences import OURS, Setting
    from signaltrace.commands.settings import read_defaults
    from signaltrace.errors import SignaltraceError
    from signaltrace.inventory.facts_read import read_facts

    try:
        # Django itself leaves out, and counts, what SILENCED_SYSTEM_CHECKS names
        silenced = tuple(Setting(OURS, each) for each in read_defaults().silenced)
    except SignaltraceError as error:
        return [Error(str(error), id=MISUSE_ID)]
    diagnosis = diagnose(read_facts(), Asked(silenced=silenced))
    labels = None if app_configs is None else {each.label for each in app_configs}
    messages = [_message(each) for each in diagnosis.findings if labels is None or each.app in labels]
    for fault in diagnosis.faults:
        text = f"{fault.where} failed: {fault.message}"
        messages.append(Warning(text, id=FAULT_ID))
    return messages


def _asked_by_tag(frame: FrameType | None) -> bool:
    """Whether the ``run_checks`` that called was given tags; it passes them to no check."""
    wanted = CheckRegistry.run_checks.__code__
    while frame is not None:
        if frame.f_code is wanted:
            return frame.f_locals.get("tags") is not None
        frame = frame.f_back
    return False


def _always() -> Any:
    """What the setting says of checks without a tag, whatever stands there."""
    defaults = getattr(settings, "SIGNALTRACE", None)
    return defaults.get("CHECKS", False) if isinstance(defaults, dict) else False


def _message(finding: Finding) -> CheckMessage:
    from signaltrace.views.text import location

    possible = "Possible: " if finding.possible else ""
    places = [
        f"\n    {where}: {each.text}"
        for each in finding.evidence[1:]
        if (where := location(each.file, each.line))
    ]
    first = finding.evidence[0] if finding.evidence else None
    where = location(first.file, first.line) if first is not None else ""
    kind = {"error": Error, "warning": Warning}.get(finding.severity, Info)
    return kind(
        f"{possible}{finding.title}.{''.join(places)}",
        hint=finding.fix,
        obj=where or finding.subject,
        id=finding.rule,
    )
