"""Bounded shrinking, and the proof that a test leaves Signal as it found it."""

from __future__ import annotations

import pytest
from hypothesis.internal.conjecture import engine

from signaltrace.capture import assembly
from tests.capture.conftest import _leaves_nothing as _leaves_nothing
from tests.random_programs.comparing import ShelfNames
from tests.random_programs.profiles import SHRINKING_SECONDS


@pytest.fixture(autouse=True)
def _quick_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings here are short and many: the search for the names of signals is tested elsewhere."""
    monkeypatch.setattr(assembly, "SignalNames", ShelfNames)


@pytest.fixture(autouse=True)
def _bounded_shrinking(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is made smaller for a while, not for the five minutes that Hypothesis takes. It has no
    setting for that; a version without this name takes its own time."""
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", SHRINKING_SECONDS, raising=False)
