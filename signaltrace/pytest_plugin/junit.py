"""Properties of each test for ``--junitxml``: what its receivers did."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from signaltrace.pytest_plugin.session import Session


class JunitProperties:
    """Adds them when a test is over, however it ended, before pytest writes its report."""

    def __init__(self, session: Session) -> None:
        """``session`` is registered before this: its part of the tear-down is inside of ours."""
        self.session = session

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """The numbers of the test with its fixtures; the time in seconds."""
        try:
            return (yield)
        finally:
            if self.session.recording is not None:
                ran = self.session.recording.ledger.current
                # of an earlier run of the same test (pytest-rerunfailures)
                item.user_properties[:] = [
                    each for each in item.user_properties if not each[0].startswith("signaltrace_")
                ]
                item.user_properties += [
                    ("signaltrace_dispatches", sum(each.dispatches for each in ran.phases)),
                    ("signaltrace_receiver_calls", sum(each.ncalls for each in ran.phases)),
                    ("signaltrace_receiver_errors", sum(each.errors for each in ran.phases)),
                    ("signaltrace_receiver_time", f"{ran.inside_ns / 1e9:.6f}"),
                ]
