"""Tests that leave receivers connected or disconnected: named in the summary, failed if that is asked."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

import pytest
from rich.text import Text

from signaltrace.analysis.words import short_signals
from signaltrace.pytest_plugin.options import worker_name
from signaltrace.pytest_plugin.session import Session
from signaltrace.ran import RanTest
from signaltrace.suite.leaks import Leak, LeakSearch, Left
from signaltrace.views.layout import folded
from signaltrace.views.tests import Section
from signaltrace.views.text import count, inert, location

# On a worker: each leak as a list, and whether one was found too late to fail its test.
_LEAKS, _LATE = "signaltrace_leaks", "signaltrace_leaks_late"
# Changes that are listed unless -v asks for all.
_LISTED = 50

# What pytest calls the fixtures it makes of unittest's and nose's ways to set up.
_MADE_BY_PYTEST = {
    "_unittest_setUpClass_fixture_": "setUpClass",
    "_unittest_setUpModule_fixture_": "setUpModule",
    "_xunit_setup_module_fixture_": "setup_module",
    "_xunit_setup_class_fixture_": "setup_class",
}

T = TypeVar("T")


class Leaks:
    """Looks what is connected before and after each test and each fixture of a wider scope."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        self.found: list[Leak] = []
        self._search: LeakSearch | None = None
        self._broken = False
        self._node_id = ""
        self._late = False
        session.after_test.append(self.check)

    # -- tests -----------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Before anything of the test: what is connected is what it has to leave."""
        if self._search is None and not self._broken:
            recording = self.session.recording
            names = None if recording is None else recording.names
            self._search = self._guarded(lambda: LeakSearch(names), None)
        self._tell_late(lambda search: search.begin())
        self._node_id = item.nodeid
        return (yield)

    def check(self, item: pytest.Item, ran: RanTest) -> None:
        """After the test and all fixtures that ended with it."""
        search = self._search
        if search is None:
            return
        values: dict[str, Any] = getattr(item, "funcargs", None) or {}
        left = self._told(self._guarded(lambda: search.end(values.values()), []))
        if left and self.config.option.signaltrace_strict:
            pytest.fail("\n".join(f"signaltrace: {each}" for each in _sentences(left)), pytrace=False)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What ended after the last test; on a worker, all is handed over."""
        self._tell_late(lambda search: search.close())
        output: dict[str, Any] | None = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[_LEAKS] = [each.to_list() for each in self.found]
            output[_LATE] = self._late
        elif (
            self._late and self.config.option.signaltrace_strict and session.exitstatus == pytest.ExitCode.OK
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """What a worker of pytest-xdist has found."""
        output: dict[str, Any] = getattr(node, "workeroutput", None) or {}
        self.found += [Leak.from_list(each) for each in output.get(_LEAKS, ())]
        self._late = self._late or bool(output.get(_LATE))

    # -- fixtures --------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """What a fixture of a wider scope changes is expected until it ends."""
        search = self._search
        # one of class scope belongs to the test itself where that is in no class
        if search is None or fixturedef.scope == "function" or isinstance(request.node, pytest.Item):
            return (yield)
        self._guarded(lambda: search.fixture_begins(fixturedef), None)
        try:
            return (yield)
        finally:
            self._guarded(lambda: search.fixture_is_up(fixturedef), None)
            # finalizers run last in, first out: this one before the fixture's own
            fixturedef.addfinalizer(lambda: self._guarded(lambda: search.fixture_ends(fixturedef), None))

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """A fixture has ended, with all that depended on it."""
        search = self._search
        if search is not None and search.is_up(fixturedef):
            self._guarded(lambda: search.fixture_is_down(fixturedef, _fixture_name(fixturedef)), None)

    # -- telling ---------------------------------------------------------------------------------

    def section(self, width: int) -> Section | None:
        """The part of the summary: a line for each change, under how many have left any."""
        if not self.found:
            return None
        tests = len({(each.node_id, each.worker) for each in self.found if not each.fixture})
        fixtures = len({(each.fixture, each.node_id, each.worker) for each in self.found if each.fixture})
        who = [count(tests, "test")] * bool(tests) + [count(fixtures, "fixture")] * bool(fixtures)
        found = sorted(self.found, key=lambda each: (len(each.worker), each.worker))
        shown = found if self.config.get_verbosity() > 0 else found[:_LISTED]
        lines = []
        for each, sentence in zip(shown, _sentences(shown), strict=True):
            worker = f"[{inert(each.worker)}] " if each.worker else ""
            text = Text(f"{worker}{inert(each.node_id)} ").append(sentence, "yellow")
            if each.file:
                text.append(f" ({location(each.file, each.line)})", "dim")
            first, *rest = folded(text, width - 2, most=None)
            lines += [first, *(Text("  ").append_text(line) for line in rest)]
        if len(found) > len(shown):
            hidden = count(len(found) - len(shown), "more change")
            lines.append(Text(f"({hidden} hidden. Use -v to show all.)", "dim"))
        return Section(f"{' and '.join(who)} left receivers connected or disconnected", lines)

    def _told(self, left: Sequence[Left]) -> list[Leak]:
        worker = worker_name(self.config)
        leaks = [Leak.of(each, self._node_id, worker) for each in left]
        self.found += leaks
        return leaks

    def _tell_late(self, step: Callable[[LeakSearch], list[Left]]) -> None:
        """What a test has left that is over already."""
        search = self._search
        if search is not None and self._told(self._guarded(lambda: step(search), [])):
            self._late = True

    def _guarded(self, step: Callable[[], T], otherwise: T) -> T:
        """A fault of ours is told once, is none of the suite's, and ends the search."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - whatever it is
            if not self._broken:
                self.session.problems.append(
                    "a fault of signaltrace itself, so that no more tests are named that leave receivers"
                    f" connected: {type(error).__name__}: {error}"
                )
            self._broken = True
            self._search = None
            return otherwise


def _fixture_name(fixturedef: pytest.FixtureDef[Any]) -> str:
    name = fixturedef.argname
    for start, meant in _MADE_BY_PYTEST.items():
        if name.startswith(start):
            name = meant
    return f"fixture {name!r} ({fixturedef.scope})"


def _sentences(leaks: Sequence[Leak]) -> list[str]:
    signals = short_signals([each.signal for each in leaks])
    return [inert(leak.sentence(signal), 1_000) for leak, signal in zip(leaks, signals, strict=True)]
