"""The options of run, exec and show, declared once, and what they come to when checked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated

import typer

from signaltrace import views
from signaltrace.analysis.matching import closest
from signaltrace.analysis.profile import COLUMNS
from signaltrace.analysis.selection import Selection
from signaltrace.analysis.times import parse_duration
from signaltrace.commands.settings import ARGUMENTS, Defaults
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

_FILTERS = "Filters"
_VIEW = "View"


@dataclass
class ViewOptions:
    """What to show of a trace, and where to keep it: shared by run, exec and show."""

    view: Annotated[
        list[str],
        typer.Option(
            "--view",
            metavar="VIEW",
            help=f"{', '.join(views.names())}; may be given several times. Default: tree; tests"
            " where tests were recorded.",
            rich_help_panel=_VIEW,
        ),
    ] = field(default_factory=list)
    signal: Annotated[
        list[str],
        typer.Option(
            "--signal",
            metavar="PATTERN",
            help="Only signals whose name contains this; several are alternatives.",
            rich_help_panel=_FILTERS,
        ),
    ] = field(default_factory=list)
    sender: Annotated[
        list[str],
        typer.Option(
            "--sender",
            metavar="PATTERN",
            help="Only senders whose name contains this.",
            rich_help_panel=_FILTERS,
        ),
    ] = field(default_factory=list)
    receiver: Annotated[
        list[str],
        typer.Option(
            "--receiver",
            metavar="PATTERN",
            help="Only receivers whose name contains this.",
            rich_help_panel=_FILTERS,
        ),
    ] = field(default_factory=list)
    app: Annotated[
        list[str],
        typer.Option(
            "--app", metavar="PATTERN", help="Only what belongs to this app.", rich_help_panel=_FILTERS
        ),
    ] = field(default_factory=list)
    errors: Annotated[
        bool, typer.Option("--errors", help="Only what went wrong.", rich_help_panel=_FILTERS)
    ] = False
    min: Annotated[
        str | None,
        typer.Option(
            "--min",
            metavar="DURATION",
            help="Only what took at least this long: 5ms, 0.5s, 200us.",
            rich_help_panel=_FILTERS,
        ),
    ] = None
    depth: Annotated[
        str | None,
        typer.Option(
            "--depth",
            metavar="N",
            help="Levels of nested dispatches; 1 shows the outermost alone.",
            rich_help_panel=_VIEW,
        ),
    ] = None
    limit: Annotated[
        str | None,
        typer.Option(
            "--limit",
            metavar="N",
            help="Lines of the tree, rows of a table; 0 for all.",
            rich_help_panel=_VIEW,
        ),
    ] = None
    sort: Annotated[
        str | None,
        typer.Option(
            "--sort",
            metavar="COLUMN",
            help=f"Order of the profile: {', '.join(COLUMNS)}; of the queries: queries, receiver.",
            rich_help_panel=_VIEW,
        ),
    ] = None
    orphaned: Annotated[
        bool | None,
        typer.Option(
            "--orphaned/--no-orphaned",
            help="Dispatches that no receiver heard; run and exec record them one by one only then.",
            rich_help_panel=_VIEW,
            show_default=False,
        ),
    ] = None
    queries: Annotated[
        bool,
        typer.Option(
            "--queries",
            help="Below the view, the SQL each receiver ran, and what it ran again and again (N+1).",
            rich_help_panel=_VIEW,
        ),
    ] = False
    bypassed: Annotated[
        bool,
        typer.Option(
            "--bypassed/--no-bypassed",
            help="Writes that bypassed receivers: bulk_create, update, fast deletes, raw loads.",
            rich_help_panel=_VIEW,
            show_default=False,
        ),
    ] = True
    arguments: Annotated[
        str | None,
        typer.Option(
            "--arguments",
            metavar="none|summary",
            help="What dispatches were sent; none: run and exec do not record it either.",
            rich_help_panel=_VIEW,
        ),
    ] = None
    save: Annotated[
        str | None,
        typer.Option(
            "--save",
            metavar="FILE",
            help="Keep the whole trace, whatever the filters; compressed if it ends in .gz.",
            rich_help_panel=_VIEW,
        ),
    ] = None
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="The whole trace as JSON instead of views: to stderr with run and exec, whose stdout is"
            " the program's; to stdout with show.",
            rich_help_panel=_VIEW,
        ),
    ] = False

    def plan(self, defaults: Defaults) -> Plan:
        """The options checked, so that nothing runs where one of them cannot be met."""
        arguments = self.arguments or defaults.arguments
        if arguments not in ARGUMENTS:
            raise SignaltraceError(f"--arguments is none or summary, not {arguments[:40]!r}")
        if self.sort is not None:
            one_of("--sort", self.sort, COLUMNS)
        selection = Selection(
            signals=tuple(self.signal),
            senders=tuple(self.sender),
            receivers=tuple(self.receiver),
            apps=tuple(self.app),
            errors=self.errors,
            min_ns=defaults.min_ns if self.min is None else _duration(self.min),
            depth=defaults.depth if self.depth is None else count_of("--depth", self.depth),
            limit=defaults.limit if self.limit is None else count_of("--limit", self.limit, least=0),
            sort=self.sort,
            orphaned=defaults.orphaned if self.orphaned is None else self.orphaned,
            arguments=arguments,
            bypassed=self.bypassed,
        )
        shown = [views.load(one_of("--view", name, views.names())) for name in self.view or defaults.view]
        below = (views.load("queries"),) if self.queries else ()
        if self.sort is not None:
            _check_sort(self.sort, (*shown, *below))
        return Plan(
            tuple(dict.fromkeys(shown)), selection, self.save, self.json, defaults.max_spans, below=below
        )


@dataclass(frozen=True)
class Measures:
    """What a recording does besides listening: probes on top of the default ones, how deep dispatches may
    nest, the seed of the receivers' order."""

    extra_probes: frozenset[str] = frozenset()
    max_depth: int = 50
    shuffle: int | None = None


@dataclass(frozen=True)
class Plan:
    """Checked view options: modules of the views (empty for the default), filters, where to save, how many
    spans to keep; views that come ``below`` those; ``measures`` of the recording."""

    views: tuple[ModuleType, ...]
    selection: Selection
    save: str | None
    as_json: bool
    max_spans: int
    below: tuple[ModuleType, ...] = ()
    measures: Measures = Measures()

    def views_of(self, trace: Trace) -> tuple[ModuleType, ...]:
        """The views that were asked for, or the one that suits the trace."""
        shown = self.views or (views.load("tests" if trace.tests else "tree"),)
        return tuple(dict.fromkeys((*shown, *self.below)))


def one_of(option: str, value: str, allowed: Iterable[str]) -> str:
    """``value`` if it is allowed; SignaltraceError with the nearest one, else with all of them."""
    allowed = list(allowed)
    if value in allowed:
        return value
    near = closest(value, allowed)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(allowed)}"
    raise SignaltraceError(f"{option} has no {value[:40]!r}; {hint}")


def count_of(option: str, text: str, least: int = 1) -> int:
    """A whole number from the command line; SignaltraceError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) >= least):
        raise SignaltraceError(f"{option} is a whole number from {least}, not {text[:40]!r}")
    return int(text)


def _check_sort(sort: str, shown: Iterable[ModuleType]) -> None:
    """Refuse a column that none of the tables asked for has."""
    sorts = {each.NAME: each.SORTS for each in shown if hasattr(each, "SORTS")}
    if sorts and not any(sort in allowed for allowed in sorts.values()):
        name, allowed = next(iter(sorts.items()))
        raise SignaltraceError(f"--sort has no {sort!r} for the view {name}; there are {', '.join(allowed)}")


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except SignaltraceError as error:
        raise SignaltraceError(f"--min: {error}") from error
