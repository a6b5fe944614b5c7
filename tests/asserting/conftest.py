"""Every test begins with no receivers on the shop's signals, ends so, and leaves nothing installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.patch import install, uninstall
from signaltrace.testing import FakeClock, Observed, observe
from tests.asserting import shop
from tests.capture.conftest import _leaves_nothing as _leaves_nothing

SIGNALS = (shop.order_paid, shop.stock_low, shop.never_sent, shop.Rare.returned)


@pytest.fixture(autouse=True)
def _disconnected() -> Iterator[None]:
    """What a test connects is disconnected for it."""
    yield
    for signal in SIGNALS:
        with signal.lock:
            signal.receivers.clear()
            signal.sender_receivers_cache.clear()


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """A clock for all that is recorded in the test: a microsecond passes at each reading."""
    clock = FakeClock(step=1_000)
    install(clock)
    yield clock
    uninstall()


@pytest.fixture
def seen(clock: FakeClock) -> Iterator[Observed]:
    """The recording of the test so far."""
    with observe() as seen:
        yield seen


def connect(signal: Signal, *receivers: Any, sender: Any = None) -> None:
    """Connect receivers so that they stay."""
    for receiver in receivers:
        signal.connect(receiver, sender=sender, weak=False)
