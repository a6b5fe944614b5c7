"""What save, create and delete do once they are parsed: check, ask, rehearse under a recording, tell."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from signaltrace.commands.door import Door
from signaltrace.commands.options import Plan, ViewOptions, one_of
from signaltrace.commands.recorded import Program, run_recorded, show
from signaltrace.commands.rehearse_options import RehearsalOptions
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

if TYPE_CHECKING:
    from signaltrace.analysis.model_reach import ModelReach
    from signaltrace.rehearsal.rehearsal import Rehearsal

_NO_TERMINAL = (
    "this runs save() or delete() and the receivers for real, and there is no terminal to ask on: "
    "give --yes to run it"
)


def rehearse(
    door: Door,
    views: ViewOptions,
    options: RehearsalOptions,
    action: str,
    label: str,
    key: str | None = None,
    given: Sequence[str] = (),
) -> None:
    """Do ``action`` with the row of a model, show what ran, and undo it."""
    plan = views.plan(door.set_up())
    if not options.yes and (door.in_code or not _is_terminal(sys.stdin)):
        raise SignaltraceError(_NO_TERMINAL)
    rehearsal, reach = _prepared(options, action, label, key, given)
    rehearsal.check()
    if not options.yes and not _agreed(door, rehearsal):
        door.say("nothing was run")
        door.status = 1
        return
    told = _Told(rehearsal, reach)
    program = Program(rehearsal.run, rehearsal.around, show=told.show)
    try:
        run_recorded(door, plan, program)
    finally:
        if rehearsal.error is not None and door.base.traceback:
            door.err.write("".join(traceback.format_exception(rehearsal.error)))
    if not rehearsal.well:
        door.status = max(door.status, 1)


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

    def __init__(self, rehearsal: Rehearsal, reach: ModelReach) -> None:
        self.rehearsal = rehearsal
        self.reach = reach

    def show(self, door: Door, trace: Trace, plan: Plan) -> None:
        """The views of the trace, then what the rehearsal came to."""
        from signaltrace.analysis.not_run import not_run
        from signaltrace.analysis.rehearsed import DELETE, with_receivers
        from signaltrace.exports import json as whole_trace
        from signaltrace.views import rehearsal as view

        outcome = self.rehearsal.outcome()
        idle = not_run(
            self.reach, trace, deletes=outcome.action == DELETE, ended=self.rehearsal.error is not None
        )
        outcome = replace(with_receivers(outcome, trace), not_run=idle)
        if plan.as_json:
            document = {**json.loads(whole_trace.render(trace)), "rehearsal": outcome.to_dict()}
            door.err.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
            return
        show(door, trace, plan)
        console = door.console(door.err)
        console.print()
        console.print(view.render(outcome))


def _agreed(door: Door, rehearsal: Rehearsal) -> bool:
    """Ask on the terminal; the end of the input is a no."""
    from rich.text import Text

    from signaltrace.views.rehearsal import doing
    from signaltrace.views.text import inert

    work = rehearsal.work
    what = doing(work.action, work.subject)
    where = ", ".join(inert(each) for each in rehearsal.aliases)
    if rehearsal.keep:
        lines = (
            f"{what} and its receivers run for real, and are COMMITTED in {where}: nothing is rolled back."
        )
        question = "Commit it?"
    else:
        lines = (
            f"{what} and its receivers run for real in {where}, then everything is rolled back. Not undone: "
            "what they do to files, caches and other systems, and in threads and processes."
        )
        question = "Run it?"
    console = door.console(door.err)
    console.print(Text(lines))
    console.print(Text(f"{question} [y/N] "), end="", soft_wrap=True)
    door.err.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):  # none, or closed
        return False
