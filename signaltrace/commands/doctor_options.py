"""The options of ``doctor``, and what they come to when checked: nothing is run where one cannot be met."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Annotated

import typer

from signaltrace import storage
from signaltrace.analysis.baseline import Entry
from signaltrace.analysis.connected import listed
from signaltrace.analysis.finding import SEVERITIES, WARNING, Rule
from signaltrace.analysis.findings import rules
from signaltrace.analysis.rule_ids import find_rule, hint, short_id
from signaltrace.analysis.times import parse_duration
from signaltrace.commands.baseline_file import check_baseline_writable, read_baseline
from signaltrace.commands.options import one_of
from signaltrace.errors import SignaltraceError
from signaltrace.exports.findings import formats
from signaltrace.trace import Trace

TEXT = "text"
_WHAT = "What to look at"
_COUNTS = "What counts"


@dataclass
class DoctorOptions:
    """What to look at, what of it counts, and how to tell it."""

    rule: Annotated[
        list[str],
        typer.Option(
            "--rule",
            metavar="ID",
            help="Only this rule: W004, or its name; may be given several times.",
            rich_help_panel=_WHAT,
        ),
    ] = field(default_factory=list)
    app: Annotated[
        list[str],
        typer.Option("--app", metavar="PATTERN", help="Only findings in this app.", rich_help_panel=_WHAT),
    ] = field(default_factory=list)
    trace: Annotated[
        str | None,
        typer.Option(
            "--trace",
            metavar="FILE",
            help="A saved trace, for the rules that judge what really happened.",
            rich_help_panel=_WHAT,
        ),
    ] = None
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar='"COMMAND ARGS"',
            help="Run a management command and judge what it sent; its output goes to stderr.",
            rich_help_panel=_WHAT,
        ),
    ] = None
    budget: Annotated[
        str | None,
        typer.Option(
            "--budget",
            metavar="DURATION",
            help='What a receiver may take in the trace: 50ms. Default: SIGNALTRACE["BUDGET"], or 100ms.',
            rich_help_panel=_WHAT,
        ),
    ] = None
    all: Annotated[
        bool,
        typer.Option("--all", help="Findings in installed packages, too.", rich_help_panel=_COUNTS),
    ] = False
    fail_level: Annotated[
        str,
        typer.Option(
            "--fail-level",
            metavar="info|warning|error",
            help="The least severe finding to exit with 1 for.",
            rich_help_panel=_COUNTS,
        ),
    ] = WARNING
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="Only findings that are not in this baseline.",
            rich_help_panel=_COUNTS,
        ),
    ] = None
    write_baseline: Annotated[
        str | None,
        typer.Option(
            "--write-baseline",
            metavar="FILE",
            help="Make what is found now the baseline.",
            rich_help_panel=_COUNTS,
        ),
    ] = None
    format: Annotated[
        str,
        typer.Option("--format", metavar="|".join([TEXT, *formats()]), help="How to tell it."),
    ] = TEXT
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and exit.")] = False

    def plan(self) -> Plan:
        """The options checked and the files among them read."""
        one_of("--format", self.format, [TEXT, *formats()])
        one_of("--fail-level", self.fail_level, SEVERITIES)
        if self.trace is not None and self.run is not None:
            raise SignaltraceError("--trace and --run can't be used together: give the one or the other")
        if self.budget is not None and self.trace is None and self.run is None:
            raise SignaltraceError("--budget is about a trace: give --trace or --run with it")
        if self.baseline is not None and self.write_baseline is not None:
            raise SignaltraceError(
                "--baseline and --write-baseline can't be used together: a new one takes in all that is found"
            )
        if self.write_baseline is not None:
            if self.rule or self.app:
                raise SignaltraceError(
                    "--write-baseline is for all that is found: leave out --rule and --app"
                )
            check_baseline_writable(self.write_baseline)
        chosen = _chosen(self.rule)
        _check_judged(chosen, self.trace is not None or self.run is not None)
        return Plan(
            rules=chosen,
            trace=None if self.trace is None else storage.load(self.trace),
            budget_ns=None if self.budget is None else _duration(self.budget),
            baseline=None if self.baseline is None else read_baseline(self.baseline),
        )


@dataclass(frozen=True)
class Plan:
    """What the options come to: the rules to run (None: all) and what the files hold."""

    rules: tuple[Rule, ...] | None
    trace: Trace | None
    budget_ns: int | None
    baseline: tuple[Entry, ...] | None


def _chosen(given: list[str]) -> tuple[Rule, ...] | None:
    if not given:
        return None
    chosen: dict[str, Rule] = {}
    for text in given:
        rule = find_rule(text, rules())
        if rule is None:
            raise SignaltraceError(f"--rule has no {text[:40]!r}; {hint(text, rules())}")
        chosen[rule.ID] = rule
    return tuple(chosen.values())


def _duration(text: str) -> int:
    try:
        found = parse_duration(text)
    except SignaltraceError as error:
        raise SignaltraceError(f"--budget: {error}") from error
    if found <= 0:
        raise SignaltraceError(f"--budget is a duration above 0, not {text[:40]!r}")
    return found


def _check_judged(chosen: tuple[Rule, ...] | None, has_trace: bool) -> None:
    """Refuse rules that could judge nothing: that they find nothing would be no good news."""
    if chosen is None or has_trace or not all(each.NEEDS_TRACE for each in chosen):
        return
    names = [short_id(each.ID) for each in chosen]
    one = len(names) == 1
    raise SignaltraceError(
        f"{listed(names)} {'judges' if one else 'judge'} a trace: give --trace FILE or "
        f'--run "COMMAND ARGS" with {"it" if one else "them"}'
    )


def source_root() -> str:
    """The folder that other tools take files to be relative to: the repository's, else the current one."""
    here = os.getcwd()
    workspace = os.environ.get("GITHUB_WORKSPACE", "")
    if workspace and f"{os.path.realpath(here)}{os.sep}".startswith(f"{os.path.realpath(workspace)}{os.sep}"):
        return workspace
    folder = here
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return here
        folder = above
    return folder
