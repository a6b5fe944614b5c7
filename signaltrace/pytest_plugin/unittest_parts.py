"""A TestCase under pytest: its setUp and tearDown are set-up and tear-down, though one call runs all."""

from __future__ import annotations

import unittest.case
from collections.abc import Callable
from typing import Any

import pytest

from signaltrace.capture.swaps import Swaps
from signaltrace.ran import CALL, SETUP, TEARDOWN
from signaltrace.suite.unittest_seams import watch_parts


class UnittestParts:
    """Told of each part of a TestCase as it begins: setUp, the method, tearDown, clean-ups one by one."""

    def __init__(self, enter: Callable[[str], None]) -> None:
        self._enter = enter
        self._swaps = Swaps()
        self._outcome: Any = None
        self._count = 0

    def begin(self, item: pytest.Item) -> str:
        """The phase with which the call of a test begins: what Django does before setUp is set-up, too."""
        if not _is_test_case(item) or not hasattr(unittest.case, "_Outcome"):
            return CALL
        watch_parts(self._swaps, self)
        self._count = 0
        return SETUP

    def end(self) -> None:
        """The call is over."""
        self._swaps.back()
        self._outcome = None

    def part(self, outcome: Any, test: Any) -> None:
        """A part of the test that runs begins; of one that a test runs by itself nothing is told."""
        if self._outcome is None:
            self._outcome = outcome
        if outcome is not self._outcome:
            return
        self._count += 1
        # after a setUp that failed come the clean-ups
        if self._count > 1:
            self._enter(CALL if self._count == 2 and outcome.success else TEARDOWN)


def _is_test_case(item: pytest.Item) -> bool:
    kind = getattr(item, "cls", None)
    return isinstance(kind, type) and issubclass(kind, unittest.TestCase)
