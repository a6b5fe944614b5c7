"""A program is the same with the ledger and without: receivers, results, exceptions, deaths."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from signaltrace.history import CONNECTED, DIED, DISCONNECTED, REMOVED, History
from signaltrace.internals import ANY_SENDER_KEY, Entry, entries, is_default_key
from signaltrace.inventory import ledger
from signaltrace.inventory.uids import uid_text
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.signals import SignalNames
from tests.inventory.ledger_programs import Program, forget_pending, pending

SEEDS = range(30)
NAMES = SignalNames()  # looking through all modules is done once


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Garbage of other tests is none of these programs'; what waits for a model is forgotten."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    ledger.end()
    forget_pending()


def bare(seed: int) -> tuple[list[Any], int]:
    forget_pending()
    log = Program(seed).run()
    gc.collect()
    return log, pending()


def watched(seed: int) -> tuple[list[Any], int]:
    forget_pending()
    ledger.begin("a test")
    try:
        log = Program(seed).run()
        gc.collect()
        assert ledger.history(NAMES).faults == ()
        return log, pending()
    finally:
        ledger.end()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_sees_no_difference(seed: int, debug: bool) -> None:
    """Under DEBUG too, where Django asks and keeps the receivers."""
    with override_settings(DEBUG=debug):
        assert watched(seed) == bare(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_history_tells_what_stands(seed: int) -> None:
    """Connections made, less those that ended, are the entries that Django would call."""
    ledger.begin("a test")
    program = Program(seed)
    program.run()
    found = ledger.history(NAMES)
    assert found.faults == ()
    live = Counter(key(each) for signal in program.signals for each in entries(signal) if each.alive)
    assert standing(found) == live


def key(entry: Entry) -> tuple[str, str | None, bool, bool]:
    uid = None if is_default_key(entry) else uid_text(entry.key_receiver)
    name = describe_receiver(entry.receiver).name
    return name, uid, entry.weak, entry.key_sender == ANY_SENDER_KEY


def standing(history: History) -> Counter[tuple[str, str | None, bool, bool]]:
    made = {each.number: each for each in history.events if each.what == CONNECTED}
    for each in history.events:
        if each.what in (DISCONNECTED, DIED, REMOVED):
            del made[each.rival]
    return Counter(
        (each.receiver.name, each.dispatch_uid, each.weak, each.sender.name == "any sender")
        for each in made.values()
        if each.receiver.name != "NoneType()"  # connected, and never called
    )
