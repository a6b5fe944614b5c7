"""Properties of each test for ``--junitxml``: what its receivers did."""

from __future__ import annotations

import pytest

from signaltrace.pytest_plugin.session import Session
from signaltrace.ran import RanTest


class JunitProperties:
    """Adds them when a test is over, before pytest writes its report."""

    def __init__(self, session: Session) -> None:
        session.after_test.insert(0, self.add)

    def add(self, item: pytest.Item, ran: RanTest) -> None:
        """The numbers of the test with its fixtures; the time in seconds."""
        item.user_properties += [
            ("signaltrace_dispatches", sum(each.dispatches for each in ran.phases)),
            ("signaltrace_receiver_calls", sum(each.ncalls for each in ran.phases)),
            ("signaltrace_receiver_errors", sum(each.errors for each in ran.phases)),
            ("signaltrace_receiver_time", f"{ran.inside_ns / 1e9:.6f}"),
        ]
