"""The pytest plugin: its options, markers and fixture. What they ask for is loaded when it is asked for.

Importing this imports neither Django nor the recorder: in a suite that does not ask, it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from signaltrace.pytest_plugin.options import MARKERS, add_options, is_asked

if TYPE_CHECKING:
    from signaltrace.testing import Observed

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_configure", "signaltrace"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and ini settings."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; where an option or a setting asks for it, get ready to record."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    if is_asked(config):
        from signaltrace.pytest_plugin.parts import register

        register(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Markers ask as well: for the tests that carry them."""
    if any(item.get_closest_marker(name) for item in items for name in ("signaltrace", "signaltrace_mute")):
        from signaltrace.pytest_plugin.parts import register_for_markers

        register_for_markers(config, items)


@pytest.fixture
def signaltrace() -> Iterator[Observed]:
    """What this test's signals did so far: `dispatches()`, `calls()`, and assertions about them."""
    from signaltrace.testing import observe

    with observe() as observed:
        yield observed
