"""The options that save, create and delete share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from signaltrace.errors import SignaltraceError

_PANEL = "Rehearsal"


@dataclass
class RehearsalOptions:
    """How the work is done, and whether it is undone."""

    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", help="Do not ask; needed where there is no terminal.", rich_help_panel=_PANEL
        ),
    ] = False
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Commit instead of rolling back; on_commit then runs. Mail stays in memory all the same.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    run_on_commit: Annotated[
        bool,
        typer.Option(
            "--run-on-commit",
            help="Run what on_commit was given, before the rollback.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    allow_network: Annotated[
        bool,
        typer.Option(
            "--allow-network",
            help="Let sockets and Celery tasks out, which are refused otherwise.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    using: Annotated[
        str | None,
        typer.Option(
            "--using",
            metavar="ALIAS",
            help="The database to read from and write to; else the one the routers name.",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None

    # what other tools call it; not shown, and answered with its name here
    database: Annotated[str | None, typer.Option("--database", "--db", hidden=True, show_default=False)] = (
        None
    )

    def __post_init__(self) -> None:
        if self.database is not None:
            raise SignaltraceError("no such option: --database; did you mean --using?")
        if self.keep and self.run_on_commit:
            raise SignaltraceError(
                "--keep runs what on_commit was given, after the commit: --run-on-commit is for a rehearsal"
            )
