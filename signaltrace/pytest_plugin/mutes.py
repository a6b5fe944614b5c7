"""Tests without some of their receivers: the ``signaltrace_mute`` marker and ``--signaltrace-mute``."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack
from typing import Any

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.muting import Muting, mute
from signaltrace.pytest_plugin.options import is_controller, is_worker
from signaltrace.pytest_plugin.session import refuse


class Mutes:
    """The option's mutes hold in all threads, from the end of the collection to that of the run; a
    marker's in the test's own context, its function's fixtures included."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._everywhere = ExitStack()
        self._here = ExitStack()
        self._item: pytest.Item | None = None

    def pytest_report_header(self) -> str | None:
        """What the whole run goes without."""
        muted = self.config.option.signaltrace_mute
        return f"signaltrace: muted: {', '.join(muted)}" if muted else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All that is connected at import is there to be named by now."""
        try:
            for pattern in self.config.option.signaltrace_mute:
                self._everywhere.enter_context(mute(pattern, everywhere=True))
        except SignaltraceError as error:
            self._everywhere.close()
            refuse(self.config, session, f"--signaltrace-mute: {error}")
        self.check_markers(session.items)

    def check_markers(self, items: Iterable[pytest.Item]) -> None:
        """Raise UsageError for a marker that names what there is not."""
        for item in items:
            try:
                for marker in item.iter_markers("signaltrace_mute"):
                    _mute_of(marker).check()
            except SignaltraceError as error:
                if not is_worker(self.config):
                    raise pytest.UsageError(f"{item.nodeid}: {error}") from None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """The markers' mutes are in force while the test and its fixtures run."""
        if is_controller(self.config):
            return (yield)
        self._item = item
        self._begin(item)
        try:
            return (yield)
        finally:
            self._item = None
            self._here.close()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """A fixture of a wider scope is other tests' as well: only its class's or module's mutes hold."""
        if self._item is None or fixturedef.scope == "function" or isinstance(request.node, pytest.Item):
            return (yield)
        node = request.node
        self._begin(node)
        try:
            return (yield)
        finally:
            self._begin(self._item)
            # finalizers run last in, first out: this one before the fixture's own
            fixturedef.addfinalizer(lambda: self._begin(node))

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """The fixture is torn down."""
        if self._item is not None and fixturedef.scope != "function":
            self._begin(self._item)

    def _begin(self, node: pytest.Item | pytest.Collector) -> None:
        """From here on the mutes of this node's markers are in force, and no others."""
        self._here.close()
        if self._item is None:
            return  # what a run that stopped tears down in the end
        try:
            for marker in node.iter_markers("signaltrace_mute"):
                self._here.enter_context(_mute_of(marker))
        except SignaltraceError:
            pass  # the test's set-up says so

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """In a worker of pytest-xdist, which cannot refuse the run, the test is refused."""
        try:
            for marker in item.iter_markers("signaltrace_mute"):
                _mute_of(marker).check()
        except SignaltraceError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None

    def pytest_unconfigure(self) -> None:
        """The run is over."""
        self._everywhere.close()


def _mute_of(marker: pytest.Mark) -> Muting:
    """The mute a marker asks for. Raises SignaltraceError."""
    unknown = sorted(set(marker.kwargs) - {"signal", "sender", "but"})
    if unknown:
        raise SignaltraceError(
            f"the marker signaltrace_mute takes receivers, signal, sender and but, not {unknown[0]!r}"
        )
    return mute(*marker.args, **marker.kwargs)
