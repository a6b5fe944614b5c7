"""What save, create and delete do once they are parsed: check, ask, rehearse under a recording, tell."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from signaltrace import storage
from signaltrace.commands.door import Door
from signaltrace.commands.options import Plan, ViewOptions, one_of
from signaltrace.commands.recorded import Program, run_recorded, show
from signaltrace.commands.recording_options import RecordingOptions
from signaltrace.commands.rehearse_options import RehearsalOptions
from signaltrace.commands.report import save_trace
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

if TYPE_CHECKING:
    from signaltrace.analysis.model_reach import ModelReach
    from signaltrace.analysis.rehearsed import Rehearsed
    from signaltrace.rehearsal.rehearsal import Rehearsal

_NO_TERMINAL = (
    "this runs save() or delete() and the receivers for real, and there is no terminal to ask on: "
    "give --yes to run it"
)
# How a shell tells that Ctrl-C ended a process.
_INTERRUPTED = 130


@dataclass(frozen=True)
class Asked:
    """The options of a command line."""

    views: ViewOptions
    options: RehearsalOptions
    recording: RecordingOptions


def rehearse(
    door: Door,
    asked: Asked,
    action: str,
    label: str,
    key: str | None = None,
    given: Sequence[str] = (),
) -> None:
    """Do ``action`` with the row of a model, show what ran, and undo it."""
    _check_given(given)
    options = asked.options
    defaults = door.set_up()
    plan = asked.recording.added(asked.views.plan(defaults), defaults)
    if plan.save is not None:
        storage.check_writable(plan.save)
    if not options.yes and (door.in_code or not _is_terminal(sys.stdin)):
        raise SignaltraceError(_NO_TERMINAL)
    rehearsal, reach = _prepared(options, action, label, key, given)
    rehearsal.check()
    if not options.yes and not _may_run(door, rehearsal):
        return
    told = _Told(rehearsal, reach, plan.save)
    program = Program(rehearsal.run, rehearsal.around, show=told.show)
    try:
        # saved by what shows it, which knows what to note in it
        run_recorded(door, replace(plan, save=None), program)
    finally:
        if rehearsal.error is not None and door.base.traceback:
            door.err.write("".join(traceback.format_exception(rehearsal.error)))
    if not rehearsal.well:
        door.status = max(door.status, 1)


def _check_given(given: Sequence[str]) -> None:
    """Raise SignaltraceError where ``--set`` has taken the option after it for its value."""
    for each in given:
        if each.startswith("-") and "=" not in each:
            raise SignaltraceError(f"--set needs NAME=VALUE, not {each[:60]!r}")


def _prepared(
    options: RehearsalOptions, action: str, label: str, key: str | None, given: Sequence[str]
) -> tuple[Rehearsal, ModelReach]:
    """Everything looked up that can be. Raises SignaltraceError for what is not there."""
    from django.db import connections

    from signaltrace.analysis.model_reach import model_reach
    from signaltrace.facts import Facts
    from signaltrace.inventory.models_read import read_models
    from signaltrace.inventory.registry import read_inventory
    from signaltrace.rehearsal.databases import rehearsal_aliases
    from signaltrace.rehearsal.rehearsal import Rehearsal, Work
    from signaltrace.rehearsal.subject import alias_for, check_exists, key_of, model_of

    info, model = model_of(label)
    using = None if options.using is None else one_of("--using", options.using, list(connections))
    pk = None if key is None else key_of(model, key)
    aliases = rehearsal_aliases()
    if key is not None:
        check_exists(model, pk, alias_for(model, using))
    reach = model_reach(Facts(inventory=read_inventory(), models=read_models()), info.label)
    heard = any(each.live for each in reach.save if each.signal.endswith(".pre_save"))
    rehearsal = Rehearsal(
        Work(action, info, model, pk, tuple(given), using),
        aliases,
        keep=options.keep,
        run_on_commit=options.run_on_commit,
        allow_network=options.allow_network,
        fills_in=lambda: heard or info.own_save,
    )
    return rehearsal, reach


class _Told:
    """How the outcome is shown: below the tree, or as one more key of the trace's JSON."""

    def __init__(self, rehearsal: Rehearsal, reach: ModelReach, file: str | None) -> None:
        self.rehearsal = rehearsal
        self.reach = reach
        self.file = file

    def show(self, door: Door, trace: Trace, plan: Plan) -> None:
        """Keep the trace, with notes on what it is of; then its views, and what the rehearsal came to."""
        from signaltrace.analysis.rehearsal_notes import notes_of
        from signaltrace.rehearsal.fields import masked

        outcome = self._outcome(trace)
        trace.argv = masked(trace.argv)
        shown_notes = trace.notes
        trace.notes = [*shown_notes, *notes_of(outcome)]
        try:
            save_trace(door, trace, replace(plan, save=self.file))
        except SignaltraceError as error:
            door.say(str(error), style="red")
        if not plan.as_json:
            trace.notes = shown_notes  # the rest stands below the views, and in full
        self._print(door, trace, plan, outcome)

    def _outcome(self, trace: Trace) -> Rehearsed:
        from signaltrace.analysis.not_run import is_heard, not_run
        from signaltrace.analysis.rehearsed import DELETE, with_receivers

        outcome = self.rehearsal.outcome()
        idle = not_run(
            self.reach, trace, deletes=outcome.action == DELETE, ended=self.rehearsal.error is not None
        )
        return replace(with_receivers(outcome, trace), not_run=idle, heard=is_heard(self.reach))

    def _print(self, door: Door, trace: Trace, plan: Plan, outcome: Rehearsed) -> None:
        from signaltrace.exports import json as whole_trace
        from signaltrace.views import rehearsal as view

        if plan.as_json:
            document = {**json.loads(whole_trace.render(trace)), "rehearsal": outcome.to_dict()}
            door.err.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
            return
        show(door, trace, plan)
        console = door.console(door.err)
        console.print()
        console.print(view.render(outcome, plan.selection.limit))


def _may_run(door: Door, rehearsal: Rehearsal) -> bool:
    """Ask on the terminal; the end of the input is a no, and so is Ctrl-C. A no is told."""
    door.status, answer = 1, ""
    try:
        _ask(door, rehearsal)
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        door.status = _INTERRUPTED
    if answer.strip().lower() in ("y", "yes"):
        door.status = 0
        return True
    if not answer:
        door.console(door.err).print()  # no newline was typed
    door.say("nothing was run")
    return False


def _ask(door: Door, rehearsal: Rehearsal) -> None:
    from rich.text import Text

    from signaltrace.views.text import inert

    work = rehearsal.work
    what = f"{'delete()' if work.action == 'delete' else 'save()'} of {inert(work.subject)}"
    where = ", ".join(inert(each) for each in rehearsal.aliases)
    if rehearsal.keep:
        lines = (
            f"{what} and its receivers run for real, and are COMMITTED in {where}: nothing is rolled back."
        )
        question = "Commit it?"
    else:
        lines = (
            f"{what} and its receivers run for real in {where}, then everything is rolled back. Not undone: "
            "what they do to files, caches and other systems, in threads and processes, and through "
            "connections they open themselves."
        )
        question = "Run it?"
    console = door.console(door.err)
    console.print(Text(lines))
    console.print(Text(f"{question} [y/N] "), end="", soft_wrap=True)
    door.err.flush()


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):  # none, or closed
        return False
