"""Budgets of tests: the ``signaltrace`` marker, the ini settings, and the ``[tool.signaltrace]`` table."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from signaltrace.analysis.times import format_ns
from signaltrace.errors import SignaltraceError
from signaltrace.pytest_plugin.options import BUDGETS, is_worker, project_file
from signaltrace.pytest_plugin.session import Session, refuse
from signaltrace.ran import RanTest
from signaltrace.suite.budgets import (
    Budget,
    Overrun,
    check_names,
    overruns,
    overruns_of_receivers,
    read_budget,
    read_table,
)
from signaltrace.views.text import count, inert, location

# Receivers to blame that a failure lists.
_MOST = 10
# On a worker: tests whose time was not looked at.
_UNCHECKED = "signaltrace_unchecked"


class Budgets:
    """Checks each test when its own part is over; a test that failed by itself keeps its own failure."""

    def __init__(self, config: pytest.Config) -> None:
        """Raises SignaltraceError for settings that are no budgets."""
        self.config = config
        self.session: Session | None = None
        given = {name: config.getini(f"signaltrace_{name}") or None for name in BUDGETS}
        self.suite = read_budget(given, "pytest's settings")
        self.receivers = _table_of(config)
        self.times = _check_times(config)
        self._unchecked = 0

    @property
    def are_set(self) -> bool:
        """Whether there are budgets for all tests; markers may set more."""
        return bool(self.suite.sources or self.receivers)

    def attach(self, session: Session) -> None:
        """Check each test of this recording."""
        self.session = session
        session.after_call.append(self.check)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All that is connected at import is there to be named by now."""
        try:
            check_names(self.receivers)
        except SignaltraceError as error:
            refuse(self.config, session, f"{project_file(self.config).name}: {error}")
        self.check_markers(session.items)

    def check_markers(self, items: Iterable[pytest.Item]) -> None:
        """Raise UsageError for a marker that is no budget."""
        for item in items:
            try:
                self.budget_of(item)
            except SignaltraceError as error:
                if not is_worker(self.config):
                    raise pytest.UsageError(f"{item.nodeid}: {error}") from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """In a worker of pytest-xdist, which cannot refuse the run, the test is refused."""
        try:
            self.budget_of(item)
        except SignaltraceError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None

    def budget_of(self, item: pytest.Item) -> Budget:
        """The limits of a test: its own, its class's, its module's, the suite's. Raises SignaltraceError."""
        budget = self.suite
        for marker in reversed(list(item.iter_markers("signaltrace"))):
            if marker.args:
                raise SignaltraceError("the marker signaltrace takes its budgets by name: max_calls=20, say")
            shown = ", ".join(f"{name}={value!r}" for name, value in marker.kwargs.items())
            budget = budget.under(read_budget(marker.kwargs, f"@pytest.mark.signaltrace({shown})"))
        return budget

    def check(self, item: pytest.Item, ran: RanTest) -> None:
        """Fail the test with the receivers to blame where it went over a limit."""
        budget = self.budget_of(item)
        recording = None if self.session is None else self.session.recording
        if recording is None or not (budget.sources or self.receivers):
            return
        found = overruns(ran, budget, recording.ledger.receiver, self.times)
        found += overruns_of_receivers(ran, self.receivers, recording.ledger.receiver, self.times)
        if not self.times and self._has_time(budget):
            self._unchecked += 1
        if found:
            pytest.fail("\n".join(_message(found)), pytrace=False)

    def _has_time(self, budget: Budget) -> bool:
        return any(each.max_ns is not None for each in (budget, *self.receivers.values()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """What a worker of pytest-xdist did not check."""
        output: dict[str, Any] = getattr(node, "workeroutput", None) or {}
        self._unchecked += int(output.get(_UNCHECKED, 0))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Say which budgets were not looked at."""
        output: dict[str, Any] | None = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_UNCHECKED] = self._unchecked
        elif self._unchecked and self.session is not None:
            why = "CI is set" if self.config.getini("signaltrace_time_budgets") == "auto" else "they are off"
            self.session.remarks.append(
                f"Time budgets of {count(self._unchecked, 'test')} not checked: {why}"
                " (signaltrace_time_budgets = on checks them)."
            )


def _table_of(config: pytest.Config) -> dict[str, Budget]:
    """The receivers' budgets of the project's file; none where it has none, or is no TOML (which is
    pytest's own to say)."""
    file = project_file(config)
    try:
        tools: Any = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return {}
    table = tools.get("signaltrace") if isinstance(tools, dict) else None
    return {} if table is None else read_table(table, f"{file.name}: [tool.signaltrace]")


def _check_times(config: pytest.Config) -> bool:
    """Whether times are checked. On a machine shared with others they are no proof of anything."""
    chosen = config.getini("signaltrace_time_budgets")
    if chosen not in ("on", "off", "auto"):
        raise SignaltraceError(f"signaltrace_time_budgets is on, off or auto, not {str(chosen)[:40]!r}")
    return chosen == "on" or (chosen == "auto" and os.environ.get("CI", "").lower() in ("", "0", "false"))


def _message(found: Sequence[Overrun]) -> list[str]:
    lines = [f"signaltrace: {each.sentence}" for each in found]
    blamed = {cost.receiver: (cost, info) for each in found for cost, info in each.blamed}
    asked = {receiver: queries for each in found for receiver, queries in each.queries.items()}
    lines.append(f"{'ncalls':>8} {'tottime':>8} {'errors':>6}{'  queries' if asked else ''}  receiver")
    for cost, info in list(blamed.values())[:_MOST]:
        where = location(info.file, info.line)
        numbers = f"{cost.calls:>8,} {format_ns(cost.self_ns, 3):>8} {cost.errors:>6,}"
        numbers += f" {asked.get(cost.receiver, 0):>8,}" if asked else ""
        lines.append(f"{numbers}  {inert(info.name)}{f'  {where}' if where else ''}")
    if len(blamed) > _MOST:
        lines.append(f"… and {count(len(blamed) - _MOST, 'more receiver')}")
    return lines
