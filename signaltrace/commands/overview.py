"""Bare ``signaltrace``: an overview of the project's signals, and what to go on with."""

from __future__ import annotations

from signaltrace.commands.door import Door

HELP = """See which Django signals are sent, which receivers run, and what they cost.

Without a subcommand: an overview of the project's signals and receivers."""


def action(door: Door) -> None:
    """Print the overview."""
    door.set_up()
    from signaltrace.inventory.registry import read_inventory
    from signaltrace.views import overview

    door.console(door.out).print(overview.render(read_inventory(), command=door.prog))
