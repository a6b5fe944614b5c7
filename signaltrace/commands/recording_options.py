"""Options on how a program is recorded, and what of its course is changed: run, exec and rehearsals."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from signaltrace.commands.options import Measures, Plan, count_of
from signaltrace.commands.settings import Defaults
from signaltrace.errors import SignaltraceError

_PANEL = "Recording"
_SHUFFLE = "--shuffle-receivers"
# What the option without a value is read as; a seed drawn for it is short enough to be typed again.
_DRAWN = "random"
_MOST_DRAWN = 100_000
_MAX_SEED = 2**63 - 1


@dataclass
class RecordingOptions:
    """What is recorded besides, and how run, exec and the rehearsals let the program's signals run."""

    fields: Annotated[
        bool,
        typer.Option(
            "--fields",
            help="What each receiver of a model signal changed in the instance, and which receivers depend"
            " on their order.",
            rich_help_panel=_PANEL,
        ),
    ] = False
    shuffle_receivers: Annotated[
        str | None,
        typer.Option(
            _SHUFFLE,
            metavar="[=SEED]",
            help="Run receivers of equal standing in another order, to see what depends on it; the same one"
            " again with its SEED.",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None
    max_depth: Annotated[
        str | None,
        typer.Option(
            "--max-depth",
            metavar="N",
            help="Dispatches that may be open inside each other before the next raises an error that shows"
            " the loop; 0 for any number. Default: 50.",
            rich_help_panel=_PANEL,
            show_default=False,
        ),
    ] = None

    def added(self, plan: Plan, defaults: Defaults) -> Plan:
        """The plan with these in it. Raises SignaltraceError where one of them cannot be met."""
        deep = defaults.max_depth
        if self.max_depth is not None:
            deep = count_of("--max-depth", self.max_depth, least=0)
        extra = frozenset({"fields"}) if self.fields else frozenset()
        return replace(plan, measures=Measures(extra, deep, _seed(self.shuffle_receivers)))


class RecordingCommand(TyperCommand):
    """Has ``--shuffle-receivers`` take a value only where it is put behind ``=``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give the option its value where it has none; what follows the first argument is not ours, but
        where options may stand among the arguments."""
        flags = {name: each.is_flag for each in self.params if hasattr(each, "is_flag") for name in each.opts}
        args, at = list(args), 0
        while at < len(args) and args[at] != "--":
            if args[at] == "-" or not args[at].startswith("-"):
                if not ctx.allow_interspersed_args:
                    break
                at += 1
                continue
            if args[at] == _SHUFFLE:
                args[at] = f"{_SHUFFLE}={_DRAWN}"
            # an option of ours that is not a flag takes what follows it along
            at += 1 if "=" in args[at] or flags.get(args[at], True) else 2
        return super().parse_args(ctx, args)


def _seed(text: str | None) -> int | None:
    if text is None:
        return None
    if text == _DRAWN:
        return secrets.randbelow(_MOST_DRAWN)  # the program's own random numbers stay as they are
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= _MAX_SEED):
        raise SignaltraceError(
            f"{_SHUFFLE}=SEED is a whole number from 0 to {_MAX_SEED}, not {text[:40]!r};"
            f" {_SHUFFLE} alone draws one"
        )
    return int(text)
