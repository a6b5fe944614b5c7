"""The pytest plugin: its options, markers and fixture. What they ask for is loaded when it is asked for.

Importing this imports neither Django nor the recorder: in a suite that does not ask, it costs nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from signaltrace.pytest_plugin.options import MARKERS, add_options, asks_recording, is_asked, width_of

if TYPE_CHECKING:
    from signaltrace.testing import Observed

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_load_initial_conftests",
    "pytest_testnodedown",
    "signaltrace",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and ini settings."""
    add_options(parser)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    """Before anybody sets Django up: let the app know, where it is installed, that it has been asked."""
    option = early_config.known_args_namespace
    if asks_recording(option) and not option.collectonly:
        from signaltrace.pytest_plugin import asked

        asked.ledger = True
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; where an option or a setting asks for it, get ready to record."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    if is_asked(config):
        from signaltrace.pytest_plugin.parts import register

        register(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The fixture sees those of its own scope; markers ask as well, for the tests that carry them."""
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if "signaltrace" in names:
            put_first(item, names)
    if any(item.get_closest_marker(name) for item in items for name in ("signaltrace", "signaltrace_mute")):
        from signaltrace.pytest_plugin.parts import register_for_markers

        register_for_markers(config, items)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist was asked by markers, of which the controller knows nothing."""
    output = getattr(node, "workeroutput", None) or {}
    if any(name.startswith("signaltrace") for name in output):
        from signaltrace.pytest_plugin.parts import register_for_worker

        register_for_worker(node)


def put_first(item: pytest.Item, names: list[str]) -> None:
    """Have the fixture set up before the other ones of a function, so that what they send is recorded."""
    found = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    scopes = [found[name][-1].scope if found.get(name) else "function" for name in names]
    at = scopes.index("function")
    names.remove("signaltrace")
    names.insert(at, "signaltrace")


@pytest.fixture
def signaltrace(request: pytest.FixtureRequest) -> Iterator[Observed]:
    """What this test and its own fixtures sent so far: `dispatches()`, `calls()`, and assertions."""
    from signaltrace.asserting.failing import fit
    from signaltrace.testing import observe

    fit(width_of(request.config))

    with observe() as observed:
        yield observed
