"""Django's door to the subcommands: ``manage.py signaltrace`` and ``call_command("signaltrace", …)``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser, handle_default_options

from signaltrace.commands.base_options import BaseOptions
from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.parsing import option_names, parse
from signaltrace.commands.serving import check_written, close_connections, serve
from signaltrace.errors import SignaltraceError

_BASE = {each.name for each in fields(BaseOptions)}


class Command(BaseCommand):
    """Hands the command line to typer; see signaltrace.commands."""

    help = "See which Django signals are sent, which receivers run, and what they cost."
    requires_system_checks = ()
    stealth_options = tuple(sorted(option_names()))

    def add_arguments(self, parser: CommandParser) -> None:
        """For call_command and shell completion: the subcommand and all that follows it."""
        parser.add_argument("args", nargs=argparse.REMAINDER, metavar="SUBCOMMAND ...")

    def run_from_argv(self, argv: list[str]) -> None:
        """From the command line: typer parses it all, the traced program's exceptions pass unchanged."""
        door = self._door(
            argv[0], prepare=lambda base: handle_default_options(argparse.Namespace(**vars(base)))
        )
        try:
            status = serve(door, argv[2:])
        finally:
            close_connections()
        if status:
            sys.exit(status)

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """``manage.py help signaltrace``."""
        serve(self._door(prog_name), ["--help"])

    def execute(self, *args: Any, **options: Any) -> str | None:
        """From code: options may be keywords of call_command or stand among the arguments."""
        try:
            given, action, printed = parse(_with_keywords(args, options), "signaltrace")
            keywords = {name: value for name, value in options.items() if name in _BASE and value}
            keywords["verbosity"] = str(options.get("verbosity", 1))
            base = BaseOptions(**keywords).updated(given)
        except SignaltraceError as error:
            raise CommandError(str(error), returncode=2) from error
        options.update(no_color=base.no_color, force_color=base.force_color)
        return super().execute(base=base, action=action, printed=printed, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Act; what cannot be done is a CommandError, as Django's callers expect."""
        streams = {name: options[name] for name in ("stdout", "stderr") if options.get(name) is not None}
        door = self._door(sys.argv[0], streams=streams)
        door.base = options["base"]
        door.out.write(options["printed"])
        try:
            if options["action"] is not None:
                options["action"](door)
            check_written(door)
        except SignaltraceError as error:
            if door.passing_on:
                raise
            raise CommandError(str(error), returncode=getattr(error, "status", 2)) from error
        if door.status:
            sys.exit(door.status)  # as Django's own commands that check something do

    def _door(self, script: str, **more: Any) -> Door:
        prog = f"{os.path.basename(script)} signaltrace"
        return Door(prog, script, Stream(self.stdout, raw=True), Stream(self.stderr, raw=True), **more)


def _with_keywords(args: Sequence[Any], options: dict[str, Any]) -> list[str]:
    """The arguments, with the subcommand's own options that came as keywords put behind its name."""
    words: list[str] = []
    for name in sorted(option_names() & options.keys()):
        value, option = options.pop(name), f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is False:
            words += ["--no-orphaned"] if name == "orphaned" else []
        elif value is not None:
            for each in value if isinstance(value, list | tuple) else [value]:
                words.append(f"{option}={each}")
    return [*map(str, args[:1]), *words, *map(str, args[1:])]
