"""``signaltrace receivers``: what is connected, whether or not anything is sent."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import one_of
from signaltrace.commands.report import pick_connections
from signaltrace.errors import SignaltraceError
from signaltrace.exports.inventory import formats

NAME = "receivers"
PANEL = "Look"
SUMMARY = """List what is connected: per signal the receivers in the order in which they are called.

Names match in part and in any case. Nothing is imported that the project has not imported itself."""

_TEXT = "text"


def command(
    pattern: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATTERN",
            help="Signals or receivers whose name contains this; with --by sender senders, too.",
            show_default=False,
        ),
    ] = None,
    signal: Annotated[
        list[str] | None,
        typer.Option("--signal", metavar="PATTERN", help="Only these signals.", show_default=False),
    ] = None,
    sender: Annotated[
        list[str] | None,
        typer.Option(
            "--sender",
            metavar="PATTERN",
            help="Only what runs for these senders, receivers of any sender included.",
            show_default=False,
        ),
    ] = None,
    app: Annotated[
        list[str] | None,
        typer.Option(
            "--app",
            metavar="PATTERN",
            help="Only signals and receivers of this app.",
            show_default=False,
        ),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only code under the project.")] = False,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="signal|sender", help="What to list by: sender shows what runs for each."
        ),
    ] = "signal",
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"text, or for other tools: {', '.join(formats())}.",
        ),
    ] = _TEXT,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> Action:
    """Parse."""
    one_of("--by", by, ("signal", "sender"))
    shape = _one_shape(one_of("--format", format, (_TEXT, *formats())), json)
    if shape != _TEXT and by != "signal":
        raise SignaltraceError(f"--by {by} is for --format text; --sender picks senders for {shape}, too")

    def action(door: Door) -> None:
        door.set_up()
        from signaltrace.inventory.registry import read_inventory
        from signaltrace.views import receivers

        picked = pick_connections(
            read_inventory(), by, pattern or (), signal or (), sender or (), app or (), mine=mine
        )
        if shape == _TEXT:
            door.console(door.out).print(receivers.render(picked.inventory, by=by, senders=picked.senders))
            return
        exported = formats()[shape].render_inventory(picked.inventory)
        door.out.write(exported.text)
        door.out.flush()
        for note in () if door.quiet else exported.notes:
            door.say(note)

    return action


def _one_shape(shape: str, as_json: bool) -> str:
    """What --format and --json come to together."""
    if as_json and shape not in (_TEXT, "json"):
        raise SignaltraceError(f"--json and --format {shape} exclude each other")
    return "json" if as_json else shape
