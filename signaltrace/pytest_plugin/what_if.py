"""``--signaltrace-what-if``: the tests that call a costly receiver, run again without it.

Each receiver has a run of pytest of its own, with the arguments of this one: only a fresh process
shows what a test does without the receiver from the beginning, and nothing of this run (reports,
coverage, the cache) is touched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.text import Text

from signaltrace.analysis.selection import Selection
from signaltrace.analysis.suite import SuiteReceiver, read_suite
from signaltrace.analysis.times import format_ns
from signaltrace.pytest_plugin.options import WHAT_IF_TOP, width_of
from signaltrace.pytest_plugin.rerun import Errand
from signaltrace.pytest_plugin.session import Session
from signaltrace.ran import SETUP, RanTest
from signaltrace.trace import Trace
from signaltrace.views.layout import folded
from signaltrace.views.tests import Section
from signaltrace.views.text import count, inert

# Tests that need a receiver which are listed; all with -v.
_LISTED = 10


@dataclass(frozen=True, slots=True)
class Question:
    """A receiver, the tests that passed with it, and how long they will take without it, in ns."""

    receiver: SuiteReceiver
    tests: list[str]
    estimate_ns: int


class WhatIf:
    """Asks when the run is over, and has the answers for its summary."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        # What it took to get here, imports and all, each run will take again.
        self._startup_ns = time.process_time_ns()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Run the tests again, unless the run was broken off."""
        trace = self.session.trace
        if trace is None:
            return
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            self.session.remarks.append("What if was not asked: the run did not come to its end.")
            return
        width = width_of(self.config)
        most = self.config.option.signaltrace_what_if_top or WHAT_IF_TOP
        questions = _questions(trace, most, self._startup_ns)
        if not questions:
            lines = folded(Text("No test that passed calls a receiver for any time."), width)
            self.session.sections.append(Section("what if", lines))
            return
        self._announce(questions)
        lines = []
        with TemporaryDirectory(prefix="signaltrace-") as folder:
            try:
                for question in questions:
                    lines += self._answer(question, trace, Path(folder), width)
            except OSError as error:
                lines += folded(Text(f"Pytest could not be run again: {inert(str(error))}", "red"), width)
            except KeyboardInterrupt:
                lines.append(Text("Stopped: the other receivers were not tried.", "yellow"))
        self.session.sections.append(Section("what if", lines))

    def _announce(self, questions: Sequence[Question]) -> None:
        """Say what is going to be done, and how long it will take."""
        tests = sum(len(each.tests) for each in questions)
        spent = format_ns(sum(each.estimate_ns for each in questions))
        say(self.config, "")  # after the dots
        say(
            self.config,
            f"signaltrace: what if: {count(tests, 'test')} to run again without"
            f" {count(len(questions), 'receiver')}, about {spent}",
        )

    def _answer(self, question: Question, trace: Trace, folder: Path, width: int) -> list[Text]:
        name = question.receiver.row.receiver.name
        say(self.config, f"signaltrace: without {name}: {count(len(question.tests), 'test')}")
        errand = Errand(name, question.tests, str(folder / "outcomes.json"))
        file = folder / "errand.json"
        errand.write(file)
        outcomes_file = Path(errand.outcomes)
        outcomes_file.unlink(missing_ok=True)
        output = folder / "output.txt"
        with output.open("wb") as said:
            ended = subprocess.run(
                [sys.executable, "-c", _LAUNCH, *_arguments(self.config, file, folder)],
                cwd=self.config.invocation_params.dir,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
            )
        try:
            if ended.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
                raise ValueError  # it ended before its tests did
            outcomes: dict[str, str] = json.loads(outcomes_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            last = (output.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [""])[-1]
            return folded(Text(f"{inert(name)}: could not be tried: {inert(last)}", "red"), width)
        return self._told(question, trace, outcomes, width)

    def _told(self, question: Question, trace: Trace, outcomes: dict[str, str], width: int) -> list[Text]:
        row = question.receiver.row
        needed = [each for each in question.tests if outcomes.get(each) in ("failed", "error")]
        without = sum(outcomes.get(each) == "passed" for each in question.tests)
        other = len(question.tests) - len(needed) - without
        need = {0: "no test needs", 1: "1 test needs"}.get(len(needed), f"{len(needed):,} tests need")
        passing = "1 passes" if without == 1 else f"{without:,} pass"
        sentence = (
            f"{inert(row.receiver.name)}: {format_ns(row.tottime_ns)} of {format_ns(trace.wall_ns)}"
            f" in {count(row.ncalls, 'call')}; {need} it, {passing} without"
        )
        if other:
            sentence += f", {other:,} did neither (skipped, or not run)"
        lines = folded(Text(sentence), width)
        most = _LISTED if self.config.get_verbosity() < 1 else len(needed)
        for node_id in needed[:most]:
            needs = folded(Text(f"needs it: {inert(node_id)}", "dim"), width - 2)
            lines += [Text("  ").append_text(line) for line in needs]
        if len(needed) > most:
            lines.append(Text(f"  … and {count(len(needed) - most, 'more test')} (-v lists them)", "dim"))
        return lines


def say(config: pytest.Config, line: str) -> None:
    """A line on the terminal, where there is one."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        terminal.write_line(line)


def _questions(trace: Trace, most: int, startup_ns: int) -> list[Question]:
    """The costliest receivers that passing tests call. The estimate: those tests' own time less the
    receiver's, and what this run spent outside of tests, shared by the workers; and the start."""
    suite = read_suite(trace, Selection())
    workers = max(len(suite.workers), 1)
    outside = max(trace.wall_ns - sum(test.duration_ns for test in trace.tests if test.node_id), 0)
    passed = {test.node_id: test for test in trace.tests if test.node_id and test.outcome == "passed"}
    at = {info: index for index, info in enumerate(trace.receivers)}
    questions = []
    for receiver in suite.receivers:
        index = at[receiver.row.receiver]
        callers = _callers(trace, passed, index)
        if callers and receiver.row.tottime_ns:
            spent = sum(test.duration_ns - _own(test, index) for test in callers)
            ids = [test.node_id for test in callers]
            questions.append(Question(receiver, ids, startup_ns + (max(spent, 0) + outside) // workers))
        if len(questions) == most:
            break
    return questions


def _callers(trace: Trace, passed: Mapping[str, RanTest], receiver: int) -> list[RanTest]:
    """The tests that passed and may depend on a receiver: those that call it; all of a module where it
    runs in a set-up, which may be a class's or the module's; all where it runs in the session's."""
    modules, everywhere = set(), False
    for test in trace.tests:
        if not test.node_id:
            everywhere = receiver in test.costs()
        elif receiver in test.costs(SETUP):
            modules.add(_module(test))
    return [
        test for test in passed.values() if everywhere or receiver in test.costs() or _module(test) in modules
    ]


def _module(test: RanTest) -> str:
    return test.node_id.partition("::")[0]


def _own(test: RanTest, receiver: int) -> int:
    cost = test.costs().get(receiver)
    return 0 if cost is None else cost.self_ns


# As `python -m pytest` and `pytest` do; only the first of them adds the current folder to sys.path.
_LAUNCH = (
    "import os, sys; path = sys.argv.pop(1); sys.path[0:1] = [os.getcwd()] if path else [];"
    " import pytest; sys.exit(pytest.main(sys.argv[1:]))"
)


def _arguments(config: pytest.Config, errand: Path, folder: Path) -> list[str]:
    """This run's own arguments, with what it writes switched off or led elsewhere."""
    here = str(config.invocation_params.dir)
    from_here = "yes" if here in sys.path or "" in sys.path else ""
    arguments = [from_here, *map(str, config.invocation_params.args)]
    arguments += [f"--signaltrace-rerun={errand}"]
    of_plugins = {
        "cacheprovider": ["-o", f"cache_dir={folder / 'cache'}"],
        "junitxml": ["--junitxml="],
        "tmpdir": [f"--basetemp={folder / 'tmp'}"],
        "terminalreporter": ["--no-header", "--no-summary"],
        "logging-plugin": [f"--log-file={folder / 'log'}"],
    }
    if hasattr(config.option, "randomly_seed"):  # pytest-randomly: the very run, not another one
        arguments.append(f"--randomly-seed={config.option.randomly_seed}")
    for name, more in of_plugins.items():
        if config.pluginmanager.hasplugin(name):
            arguments += more
    arguments += ["--maxfail=0", "-p", "no:pdbinvoke"]
    if config.pluginmanager.hasplugin("pytest_cov"):
        arguments.append("--no-cov")
    return arguments


def _environment() -> dict[str, str]:
    """The environment of the new run: nothing that tells of this one."""
    ours = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTEST_XDIST_", "COV_CORE_", "COVERAGE_PROCESS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
