"""The options that every management command takes, declared for typer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated

import typer

from signaltrace.errors import SignaltraceError

_DJANGO = "Django"


@dataclass
class BaseOptions:
    """What every management command takes, before or after the subcommand."""

    settings: Annotated[
        str | None,
        typer.Option(
            "--settings",
            metavar="MODULE",
            help="The settings module, else DJANGO_SETTINGS_MODULE.",
            rich_help_panel=_DJANGO,
        ),
    ] = None
    pythonpath: Annotated[
        str | None,
        typer.Option(
            "--pythonpath",
            metavar="FOLDER",
            help="A folder to add to the Python path.",
            rich_help_panel=_DJANGO,
        ),
    ] = None
    verbosity: Annotated[
        str | None,
        typer.Option(
            "--verbosity",
            "-v",
            metavar="0-3",
            help="0 leaves out progress and notes.",
            rich_help_panel=_DJANGO,
        ),
    ] = None
    traceback: Annotated[
        bool,
        typer.Option("--traceback", help="Show where an error came from.", rich_help_panel=_DJANGO),
    ] = False
    no_color: Annotated[
        bool,
        typer.Option("--no-color", help="No colours; NO_COLOR does the same.", rich_help_panel=_DJANGO),
    ] = False
    force_color: Annotated[
        bool,
        typer.Option("--force-color", help="Colours in a pipe, too.", rich_help_panel=_DJANGO),
    ] = False

    def __post_init__(self) -> None:
        if self.verbosity is not None and self.verbosity not in ("0", "1", "2", "3"):
            raise SignaltraceError(f"--verbosity is 0, 1, 2 or 3, not {self.verbosity!r}")

    def given(self) -> dict[str, str | bool]:
        """The options that were given, by name."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}

    def updated(self, later: BaseOptions) -> BaseOptions:
        """These options, those given later instead where they were given twice."""
        merged = BaseOptions(**{**self.given(), **later.given()})  # type: ignore[arg-type]
        if merged.no_color and merged.force_color:
            raise SignaltraceError("the --no-color and --force-color options can't be used together")
        return merged
