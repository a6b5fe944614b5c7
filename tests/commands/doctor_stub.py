"""Facts for doctor in place of those it would read: the command and the checks are what is tested."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from signaltrace.facts import Facts

READER = "signaltrace.inventory.facts_read"


class Stub:
    """What was asked for, and what is given."""

    def __init__(self, given: Facts) -> None:
        self.given = given
        self.asked: list[dict[str, Any]] = []

    def read_facts(self, **asked: Any) -> Facts:
        """In place of the reader's."""
        self.asked.append(asked)
        return replace(self.given, **asked)


def stub_facts(monkeypatch: pytest.MonkeyPatch, given: Facts) -> Stub:
    """Have these facts read for the time of a test."""
    stub, module = Stub(given), ModuleType(READER)
    module.read_facts = stub.read_facts  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, READER, module)
    return stub
