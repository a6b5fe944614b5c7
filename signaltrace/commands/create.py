"""``signaltrace create``: what would happen if there were such a row."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.recording_options import RecordingCommand, RecordingOptions
from signaltrace.commands.rehearse import Asked, rehearse
from signaltrace.commands.rehearse_options import RehearsalOptions

NAME = "create"
PANEL = "Rehearse"
SUMMARY = """Save a new row inside a transaction, show what ran, and roll back.

As save does: see signaltrace save --help."""
CLASS = RecordingCommand


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="shop.Order.", show_default=False)],
    views: ViewOptions,
    options: RehearsalOptions,
    recording: RecordingOptions,
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A field's value, as its form field cleans it; may be given several times.",
            show_default=False,
        ),
    ] = None,
) -> Action:
    """Parse."""

    def action(door: Door) -> None:
        rehearse(door, Asked(views, options, recording), "create", model, None, set or ())

    return action
