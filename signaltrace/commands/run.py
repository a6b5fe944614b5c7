"""``signaltrace run``: a management command in this process, recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.programs import management_command
from signaltrace.commands.recorded import run_recorded
from signaltrace.commands.recording_options import RecordingCommand, RecordingOptions

NAME = "run"
PANEL = "Record"
SUMMARY = """Run a management command and show the signals it sent.

What follows COMMAND is its own, options too.
Its output and exit status stay as they are: the view goes to stderr."""
# From COMMAND on nothing is an option of ours.
CONTEXT = {"allow_interspersed_args": False}
CLASS = RecordingCommand


def command(
    name: Annotated[
        str,
        typer.Argument(metavar="COMMAND", help="Any management command.", show_default=False),
    ],
    options: ViewOptions,
    recording: RecordingOptions,
    rest: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS", help="Its arguments and options.", show_default=False),
    ] = None,
) -> Action:
    """Parse."""

    def action(door: Door) -> None:
        defaults = door.set_up()
        plan = recording.added(options.plan(defaults), defaults)
        run_recorded(door, plan, management_command(door, name, rest or ()))

    return action
