"""``signaltrace receivers``: what is connected, whether or not anything is sent."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import one_of
from signaltrace.commands.report import pick_connections

NAME = "receivers"
PANEL = "Look"
SUMMARY = """List what is connected: per signal the receivers in the order in which they are called.

Names match in part and in any case. Nothing is imported that the project has not imported itself."""


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
) -> Action:
    """Parse."""
    one_of("--by", by, ("signal", "sender"))

    def action(door: Door) -> None:
        door.set_up()
        from signaltrace.inventory.registry import read_inventory
        from signaltrace.views import receivers

        picked = pick_connections(
            read_inventory(), by, pattern or (), signal or (), sender or (), app or (), mine=mine
        )
        door.console(door.out).print(receivers.render(picked.inventory, by=by, senders=picked.senders))

    return action
