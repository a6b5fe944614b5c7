"""``signaltrace save``: what would happen if this row were saved."""

from __future__ import annotations

from typing import Annotated

import typer

from signaltrace.commands.door import Action, Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.recording_options import RecordingCommand, RecordingOptions
from signaltrace.commands.rehearse import Asked, rehearse
from signaltrace.commands.rehearse_options import RehearsalOptions

NAME = "save"
PANEL = "Rehearse"
SUMMARY = """Save a row inside a transaction, show what ran, and roll back.

Everything runs for real, in atomic on all databases: mail goes to memory, sockets and Celery tasks are \
refused, what on_commit was given is listed. Files, caches and threads are not undone."""
CLASS = RecordingCommand


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="shop.Order.", show_default=False)],
    key: Annotated[str, typer.Argument(metavar="PK", help="Its primary key.", show_default=False)],
    views: ViewOptions,
    options: RehearsalOptions,
    recording: RecordingOptions,
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set a field first, as its form field cleans the value; may be given several times.",
            show_default=False,
        ),
    ] = None,
) -> Action:
    """Parse."""

    def action(door: Door) -> None:
        rehearse(door, Asked(views, options, recording), "save", model, key, set or ())

    return action
