"""From a command line to an action: typer parses, and what it cannot parse becomes one line.

Nothing of the user's project runs in here.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import fields
from functools import cache
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

import signaltrace
from signaltrace.analysis.matching import closest
from signaltrace.commands import overview, subcommands
from signaltrace.commands.base_options import BaseOptions
from signaltrace.commands.declared import Given, declared
from signaltrace.commands.door import Action
from signaltrace.errors import SignaltraceError

# typer brings click along, in some versions as a part of itself: reached through what it exports.
_ClickException: type[Exception] = next(
    each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException"
)

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class _Subcommands(TyperGroup):
    """The subcommands; one that is not there is answered with the nearest that is."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The subcommand that ``args`` begin with."""
        if args and self.get_command(ctx, args[0]) is None:
            near = closest(args[0], self.list_commands(ctx))
            hint = f"did you mean {near}?" if near else f"see {ctx.command_path} --help"
            raise SignaltraceError(f"no such subcommand: {args[0][:40]}; {hint}")
        return super().resolve_command(ctx, args)


class _Tty(io.StringIO):
    """Text kept for later, written as it would be to a terminal."""

    def isatty(self) -> bool:
        return True


def parse(
    arguments: Sequence[str], prog: str, colored: bool = False
) -> tuple[BaseOptions, Action | None, str]:
    """The base options, the action, and what there is to print at once (help, the version).

    Raises SignaltraceError for a command line that cannot be understood.
    """
    given = Given()
    printed = _Tty() if colored else io.StringIO()
    try:
        with redirect_stdout(printed):
            result = _command().main(args=list(arguments), prog_name=prog, standalone_mode=False, obj=given)
    except _ClickException as error:
        raise SignaltraceError(_line(error, prog)) from error
    text = printed.getvalue()
    # typer colours help for whoever sets FORCE_COLOR or runs in GitHub's CI, terminal or not
    return given.base, result if callable(result) else None, text if colored else _COLOURS.sub("", text)


def option_names() -> set[str]:
    """The names of the subcommands' own options, as keywords of call_command."""
    commands = _command().commands.values()
    options = {each.name for command in commands for each in command.params if hasattr(each, "is_flag")}
    return options - {each.name for each in fields(BaseOptions)} - {"help", "code"}


@cache
def _command() -> Any:
    app = typer.Typer(
        name="signaltrace",
        cls=_Subcommands,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        subcommand_metavar="[SUBCOMMAND]...",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True, help=overview.HELP)(declared(_bare))
    for module in subcommands():
        app.command(
            module.NAME,
            help=module.SUMMARY,
            rich_help_panel=module.PANEL,
            cls=getattr(module, "CLASS", None),
            context_settings=getattr(module, "CONTEXT", None),
        )(declared(module.command))
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"signaltrace {signaltrace.__version__}")
        raise typer.Exit


def _bare(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit."),
    ] = False,
) -> Action | None:
    return None if context.invoked_subcommand else overview.action


def _line(error: Any, prog: str) -> str:
    """What typer complains about, in one line with a way out."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else prog
    kind = type(error).__name__
    if kind == "NoSuchOption":
        options = (
            []
            if context is None
            else [
                each
                for parameter in context.command.params
                for each in (*parameter.opts, *parameter.secondary_opts)
            ]
        )
        near = closest(error.option_name, [each for each in options if each.startswith("--")])
        hint = f"did you mean {near}?" if near else f"see {path} --help"
        return f"no such option: {error.option_name[:40]}; {hint}"
    if kind == "MissingParameter" and error.param is not None:
        return f"{path} needs {error.param.metavar or error.param.name.upper()}; see {path} --help"
    message = " ".join(error.format_message().split()).rstrip(".")
    hint = "" if context is None else f"; see {path} --help"
    return f"{message[:1].lower()}{message[1:]}{hint}"
