"""Signals of the tests' own, and the connection of one signal in an inventory."""

import sys
import types
from collections.abc import Callable, Iterator

import pytest
from django.dispatch import Signal

from signaltrace.connections import ConnectedSignal
from signaltrace.inventory.registry import read_inventory

NAME = "zz_inventory.signals"


@pytest.fixture
def signal() -> Iterator[Signal]:
    """A signal called `zz_inventory.signals.paid`."""
    module = types.ModuleType(NAME)
    paid = Signal()
    module.paid = paid  # type: ignore[attr-defined]
    sys.modules[NAME] = module
    yield paid
    del sys.modules[NAME]


@pytest.fixture
def read(signal: Signal) -> Callable[[], ConnectedSignal]:
    """Reads the inventory and gives what it says of `signal`."""

    def read_one() -> ConnectedSignal:
        return next(each for each in read_inventory().signals if each.signal.name == f"{NAME}.paid")

    return read_one
