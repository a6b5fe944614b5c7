"""What the pytest plugin consists of once something is asked of it, each part under a name of its own.

What not every run needs is loaded by those that do.
"""

from __future__ import annotations

from typing import Any

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.pytest_plugin.budgets import Budgets
from signaltrace.pytest_plugin.options import is_recorded, is_worker
from signaltrace.pytest_plugin.session import Session
from signaltrace.pytest_plugin.summary import Summary
from signaltrace.pytest_plugin.workers import Workers
from signaltrace.storage import check_writable


def register(config: pytest.Config) -> None:
    """The parts that options and settings ask for. Raises UsageError where they cannot be followed."""
    if config.option.collectonly:
        return
    if config.option.signaltrace_mute:
        _add_mutes(config)
    if config.option.signaltrace_rerun:
        from signaltrace.pytest_plugin.rerun import Rerun

        _add(config, "rerun", Rerun(config))
        return
    try:
        if config.option.signaltrace_save is not None and not is_worker(config):
            check_writable(config.option.signaltrace_save)
        budgets = Budgets(config)
    except SignaltraceError as error:
        raise pytest.UsageError(f"signaltrace: {error}") from None
    if not (is_recorded(config) or budgets.are_set):
        return
    session = _session(config, budgets)
    if is_recorded(config):
        _add_to_recording(config, session)


def _add_to_recording(config: pytest.Config, session: Session) -> None:
    from signaltrace.pytest_plugin.leaks import Leaks

    _add(config, "leaks", Leaks(config, session))
    if getattr(config.option, "xmlpath", None) or is_worker(config):
        from signaltrace.pytest_plugin.junit import JunitProperties

        _add(config, "junit", JunitProperties(session))
    if not is_worker(config) and _asks_what_if(config):
        from signaltrace.pytest_plugin.what_if import WhatIf

        _add(config, "what-if", WhatIf(config, session))


def _add_mutes(config: pytest.Config) -> None:
    from signaltrace.pytest_plugin.mutes import Mutes

    _add(config, "mutes", Mutes(config))


def register_for_markers(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The parts that markers of these tests ask for, where no option did already."""
    if config.option.collectonly:
        return
    if any(item.get_closest_marker("signaltrace_mute") for item in items):
        _add_mutes(config)
    if config.option.signaltrace_rerun:
        return
    if any(item.get_closest_marker("signaltrace") for item in items):
        try:
            _session(config, Budgets(config)).start()
        except SignaltraceError as error:
            raise pytest.UsageError(f"signaltrace: {error}") from None


def register_for_worker(node: Any) -> None:
    """On the controller: the parts for what a worker has to tell, where they are not there yet."""
    config: pytest.Config = node.config
    if config.pluginmanager.hasplugin("signaltrace.session"):
        return
    budgets = Budgets(config)
    _session(config, budgets)
    workers: Workers | None = config.pluginmanager.get_plugin("signaltrace.workers")
    budgets.pytest_testnodedown(node, None)  # registered too late to be called
    if workers is not None:
        workers.pytest_testnodedown(node, None)


def _session(config: pytest.Config, budgets: Budgets) -> Session:
    """The recording of this run, with what belongs to it; one for whoever asks."""
    session: Session | None = config.pluginmanager.get_plugin("signaltrace.session")
    if session is None:
        session = Session(config)
        budgets.attach(session)
        _add(config, "session", session)
        _add(config, "budgets", budgets)
        _add(config, "workers", Workers(config, session))
        if not is_worker(config):
            _add(config, "summary", Summary(config, session))
    return session


def _asks_what_if(config: pytest.Config) -> bool:
    return config.option.signaltrace_what_if or config.option.signaltrace_what_if_top is not None


def _add(config: pytest.Config, name: str, part: object) -> None:
    if not config.pluginmanager.hasplugin(f"signaltrace.{name}"):
        config.pluginmanager.register(part, f"signaltrace.{name}")
