"""Tests without some of their receivers: the ``signaltrace_mute`` marker and ``--signaltrace-mute``."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack
from typing import Any

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.muting import Muting, mute
from signaltrace.pytest_plugin.options import is_controller, is_worker


class Mutes:
    """The option's mutes hold in all threads, from the end of the collection to that of the run; a
    marker's in the test's own context, its function's fixtures included."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._everywhere = ExitStack()
        self._refused = ""

    def pytest_report_header(self) -> str | None:
        """What the whole run goes without."""
        muted = self.config.option.signaltrace_mute
        return f"signaltrace: muted: {', '.join(muted)}" if muted else None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All that is connected at import is there to be named by now."""
        try:
            for pattern in self.config.option.signaltrace_mute:
                self._everywhere.enter_context(mute(pattern, everywhere=True))
        except SignaltraceError as error:
            self._everywhere.close()
            self._refused = f"--signaltrace-mute: {error}"
            if not is_worker(self.config):
                raise pytest.UsageError(self._refused) from None
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
        if self._refused or is_controller(self.config):
            return (yield)
        with ExitStack() as stack:
            try:
                for marker in item.iter_markers("signaltrace_mute"):
                    stack.enter_context(_mute_of(marker))
            except SignaltraceError:
                pass  # its set-up says so
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """In a worker of pytest-xdist, which cannot refuse the run, the test is refused."""
        if self._refused:
            pytest.fail(self._refused, pytrace=False)
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
