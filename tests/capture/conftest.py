"""Proof that a test leaves no trace: Signal's methods and Django's own receivers are as they were."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture import assembly
from signaltrace.capture.cells import CELL
from signaltrace.capture.patch import installed, uninstall
from signaltrace.trace import SignalInfo

pytest.register_assert_rewrite("tests.capture.observing")

HOMES = (
    "django.core.signals",
    "django.db.backends.signals",
    "django.db.models.signals",
    "django.test.signals",
    "django.contrib.auth.signals",
)


def methods() -> dict[str, Any]:
    """The attributes of the Signal class: compared by identity."""
    return dict(vars(Signal))


def receiver_counts() -> dict[str, int]:
    """How many receivers each of Django's own signals has."""
    return {
        f"{home}.{name}": len(value.receivers)
        for home in HOMES
        for name, value in vars(importlib.import_module(home)).items()
        if isinstance(value, Signal)
    }


@pytest.fixture(autouse=True)
def _leaves_nothing() -> Iterator[None]:
    """Every test ends with the very objects it began with, nothing installed, no span left open."""
    before, counts = methods(), receiver_counts()
    yield
    left = installed()
    while installed():  # one test's fault is not to be that of all that follow
        uninstall()
    assert not left
    after = methods()
    assert after.keys() == before.keys()
    assert [name for name in before if after[name] is not before[name]] == []
    assert receiver_counts() == counts
    cell = CELL.get()
    assert cell is None or cell.current == 0


class NoNames:
    """Names no signal, at once: to search all loaded modules is most of what a short recording takes."""

    def refresh(self) -> None:
        """Nothing to search."""

    def name(self, signal: Signal) -> SignalInfo:
        """The same for all."""
        return SignalInfo("(a signal)")


@pytest.fixture
def unnamed_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests by the hundred that ask for no names."""
    monkeypatch.setattr(assembly, "SignalNames", NoNames)
