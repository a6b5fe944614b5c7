"""``signaltrace show``: views of a saved trace, with no need of Django."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace import storage
from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.report import check_patterns, print_trace, save_trace
from signaltrace.commands.settings import Defaults

NAME = "show"
PANEL = "Look"
SUMMARY = "Show a saved trace, here or where there is no Django."


def command(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file that --save wrote.", show_default=False)
    ],
    options: ViewOptions,
) -> Action:
    """Parse."""
    plan = options.plan(Defaults())

    def action(door: Door) -> None:
        trace = storage.load(file)
        check_patterns(trace, plan.selection)
        save_trace(door, trace, plan)
        print_trace(door, door.out, trace, plan)

    return action
