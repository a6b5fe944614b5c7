"""What the plugin says at the end of the run, in the manner of ``--durations``; and the saved trace."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text

from signaltrace.analysis.selection import Selection
from signaltrace.errors import SignaltraceError
from signaltrace.pytest_plugin.leaks import Leaks
from signaltrace.pytest_plugin.options import MIN_SECONDS, SLOWEST, is_recorded, width_of
from signaltrace.pytest_plugin.session import Session
from signaltrace.storage import save
from signaltrace.trace import Trace
from signaltrace.views.closing import remarks
from signaltrace.views.tests import Section, sections
from signaltrace.views.text import to_ascii

HEADING = "signal receivers"


class Summary:
    """The part of the terminal's summary that tells of receivers."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        self._saved = ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Save the trace where that was asked for."""
        trace, path = self.session.trace, self.config.option.signaltrace_save
        if trace is not None and path is not None:
            try:
                save(trace, path)
                self._saved = f"Trace saved; look at it with: signaltrace show {path}"
            except SignaltraceError as error:
                self.session.problems.append(str(error))
                self.session.refused = True
        unsaid = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self.session.refused and session.exitstatus in unsaid:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """Everything there is to say."""
        trace = self.session.trace if is_recorded(self.config) else None
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            trace = None  # the run was refused, in a line that says why
        if getattr(self.config.option, "no_summary", False) and not self.session.sections:
            return  # pytest itself asks plugins all the same, since 9.1
        if trace is None and not (self.session.problems or self.session.remarks):
            return
        width = width_of(self.config)
        terminalreporter.write_sep("=", HEADING)
        if trace is not None and getattr(self.config.option, "no_summary", False):
            self._print(terminalreporter, self.session.sections)  # it was waited for
        elif trace is not None and any(test.node_id for test in trace.tests):
            self._write(terminalreporter, trace, width)
        elif trace is not None:
            terminalreporter.write_line("No test ran, so no receiver did.")
        self._lines(terminalreporter, remarks(trace, width) if trace is not None else [])
        for problem in self.session.problems:
            terminalreporter.write_line(problem, red=True)
        if self.config.option.signaltrace_mute:
            muted = ", ".join(self.config.option.signaltrace_mute)
            terminalreporter.write_line(f"Muted throughout, and so never run: {muted}", yellow=True)
        for remark in self.session.remarks:
            terminalreporter.write_line(remark, yellow=True)
        if self._saved:
            terminalreporter.write_line(self._saved)

    def _write(self, terminalreporter: pytest.TerminalReporter, trace: Trace, width: int) -> None:
        verbose = self.config.get_verbosity()
        option = self.config.option
        least = option.signaltrace_min
        if least is None:
            least = MIN_SECONDS if verbose < 2 else 0.0
        slowest = SLOWEST if option.signaltrace_slowest is None else option.signaltrace_slowest
        selection = Selection(limit=slowest, min_ns=round(least * 1e9))
        least_hint = "-vv" if option.signaltrace_min is None else "--signaltrace-min=0"
        found = sections(trace, selection, width, (least_hint, "--signaltrace-slowest=0"))
        if verbose < 0:  # -q: what it comes to
            found = [Section(found[0].title, [])]
        found += self.session.sections
        leaks: Leaks | None = self.config.pluginmanager.get_plugin("signaltrace.leaks")
        if leaks is not None and (section := leaks.section(width)) is not None:
            found.append(section)
        self._print(terminalreporter, found)

    def _print(self, terminalreporter: pytest.TerminalReporter, found: Iterable[Section]) -> None:
        for at, section in enumerate(found):
            if at:
                terminalreporter.write_line("")
            terminalreporter.write_line(section.title, bold=True)
            self._lines(terminalreporter, section.lines)

    def _lines(self, terminalreporter: pytest.TerminalReporter, lines: Iterable[Text]) -> None:
        writer = self.config.get_terminal_writer()
        unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
        for line in lines:
            shown = line if unicode else to_ascii(line)
            terminalreporter.write_line(_ansi(shown) if writer.hasmarkup else shown.plain.rstrip())


def _ansi(line: Text) -> str:
    """The line with the escapes of its styles."""
    text = StringIO()
    console = Console(file=text, force_terminal=True, color_system="standard", width=1_000, no_color=False)
    console.print(line, end="", soft_wrap=True, highlight=False)
    return text.getvalue()
