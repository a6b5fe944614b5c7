"""``signaltrace doctor``: what is wrong with the signals of a project, from evidence, with the fix."""

from __future__ import annotations

import shlex
from dataclasses import replace

from signaltrace.analysis.baseline import entries_of
from signaltrace.analysis.diagnosis import Asked, Diagnosis, diagnose, with_baseline
from signaltrace.analysis.findings import rules
from signaltrace.analysis.silences import DJANGOS, OURS, Setting
from signaltrace.commands.baseline_file import write_baseline
from signaltrace.commands.doctor_options import TEXT, DoctorOptions, Plan, source_root
from signaltrace.commands.door import Action, Door, NoMatch
from signaltrace.commands.observed import observe_command
from signaltrace.commands.report import check_matches
from signaltrace.commands.settings import Defaults
from signaltrace.errors import SignaltraceError
from signaltrace.exports.findings import formats
from signaltrace.facts import Facts
from signaltrace.views import findings as view
from signaltrace.views.text import count

NAME = "doctor"
PANEL = "Look"
SUMMARY = """Find what is wrong with signals and receivers: where, why it matters, and the fix.

Exits with 0 where nothing is, with 1 for findings, with 2 where it could not look.
The rules are listed by --rules and explained in the README."""


def command(options: DoctorOptions) -> Action:
    """Parse."""
    if options.rules:
        return _list_rules
    plan = options.plan()

    def action(door: Door) -> None:
        defaults = door.set_up()
        diagnosis = _diagnosis(door, options, plan, defaults)
        if options.write_baseline is not None:
            diagnosis = _written(door, diagnosis, options.write_baseline)
        _tell(door, diagnosis, options.format)
        if not diagnosis.is_clean(options.fail_level):
            door.status = max(door.status, 1)

    return action


def _list_rules(door: Door) -> None:
    door.console(door.out).print(view.render_rules(rules()))


def _diagnosis(door: Door, options: DoctorOptions, plan: Plan, defaults: Defaults) -> Diagnosis:
    notes: list[str] = []
    trace = plan.trace if options.run is None else observe_command(door, options.run, notes)
    from signaltrace.inventory.facts_read import read_facts

    budget_ns = defaults.budget_ns if plan.budget_ns is None else plan.budget_ns
    facts = read_facts(trace=trace, budget_ns=budget_ns)
    _check_apps(options.app, facts)
    asked = Asked(
        rules=plan.rules,
        apps=tuple(options.app),
        packages=options.all,
        silenced=silenced_in_settings(defaults),
        baseline=plan.baseline,
    )
    diagnosis = diagnose(facts, asked)
    return replace(diagnosis, notes=(*diagnosis.notes, *notes))


def silenced_in_settings(defaults: Defaults) -> tuple[Setting, ...]:
    """The ids that the two settings silence."""
    from django.conf import settings

    djangos = [each for each in settings.SILENCED_SYSTEM_CHECKS if isinstance(each, str)]
    return (
        *(Setting(OURS, each) for each in defaults.silenced),
        *(Setting(DJANGOS, each) for each in djangos),
    )


def _check_apps(patterns: list[str], facts: Facts) -> None:
    """Refuse an app that there is not: nothing found in it would be no good news."""
    known = {each.label for each in facts.source.apps}
    known |= {one.receiver.app for each in facts.inventory.signals for one in each.connections}
    try:
        check_matches("--app", patterns, known, "that is installed here")
    except NoMatch as error:
        raise SignaltraceError(str(error)) from error


def _written(door: Door, diagnosis: Diagnosis, file: str) -> Diagnosis:
    """The findings made the baseline: none is new from here on."""
    entries = entries_of(diagnosis.findings)
    write_baseline(file, entries)
    if not door.quiet:
        found = count(len(diagnosis.findings), "finding")
        door.say(f"baseline written, {found}; use it with: signaltrace doctor --baseline {shlex.quote(file)}")
    return with_baseline(diagnosis, entries)


def _tell(door: Door, diagnosis: Diagnosis, name: str) -> None:
    if name == TEXT:
        door.console(door.out).print(view.render(diagnosis))
    else:
        text = formats()[name].render_findings(diagnosis, source_root())
        door.out.write(f"{text}\n" if text else "")
    door.out.flush()
