"""``signaltrace delete``: what would happen, and what would go, if this row were deleted."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.recording_options import RecordingCommand, RecordingOptions
from signaltrace.commands.rehearse import Asked, rehearse
from signaltrace.commands.rehearse_options import RehearsalOptions

NAME = "delete"
PANEL = "Rehearse"
SUMMARY = """Delete a row inside a transaction, show what ran and how many rows went, and roll back.

By its own delete(); otherwise as save does: see signaltrace save --help."""
CLASS = RecordingCommand


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="shop.Order.", show_default=False)],
    key: Annotated[str, typer.Argument(metavar="PK", help="Its primary key.", show_default=False)],
    views: ViewOptions,
    options: RehearsalOptions,
    recording: RecordingOptions,
) -> Action:
    """Parse."""

    def action(door: Door) -> None:
        rehearse(door, Asked(views, options, recording), "delete", model, key)

    return action
