"""``signaltrace exec``: Python with Django set up, recorded."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.programs import python_program
from signaltrace.commands.recorded import run_recorded
from signaltrace.commands.recording_options import RecordingCommand, RecordingOptions
from signaltrace.errors import SignaltraceError

NAME = "exec"
PANEL = "Record"
SUMMARY = """Run Python with Django set up and show the signals it sent.

FILE is a script, - is standard input, -c takes the code itself.
What follows is the program's own, as with python."""
# From FILE on nothing is an option of ours.
CONTEXT = {"allow_interspersed_args": False}


class CLASS(RecordingCommand):
    """As python does: after ``-c CODE``, too, all the rest is the program's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put a ``--`` after the code."""
        flags = {name: each.is_flag for each in self.params if hasattr(each, "is_flag") for name in each.opts}
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] not in ("-", "--"):
            if args[at].startswith("-c"):
                at += 2 if args[at] == "-c" else 1
                args = [*args[:at], "--", *args[at:]] if at <= len(args) else args
                break
            # an option of ours that is not a flag takes what follows it along
            at += 1 if "=" in args[at] or flags.get(args[at], True) else 2
        return super().parse_args(ctx, args)


def command(
    options: ViewOptions,
    recording: RecordingOptions,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="A script, or - for standard input.", show_default=False),
    ] = None,
    rest: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGS", help="The program's own arguments and options.", show_default=False),
    ] = None,
    code: Annotated[
        str | None, typer.Option("-c", metavar="CODE", help="The program itself.", show_default=False)
    ] = None,
) -> Action:
    """Parse."""
    given = [each for each in (file, *(rest or ())) if each is not None]
    if code is None and not given:
        raise SignaltraceError("exec needs FILE, - or -c CODE; see signaltrace exec --help")

    def action(door: Door) -> None:
        defaults = door.set_up()
        plan = recording.added(options.plan(defaults), defaults)
        run_recorded(door, plan, python_program(code, given))

    return action
