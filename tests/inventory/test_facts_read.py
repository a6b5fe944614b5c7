"""All that why and doctor reason about, read at once; what waits for a model that never comes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models.signals import post_save
from django.test import override_settings

from signaltrace.connections import Pending
from signaltrace.inventory import ledger
from signaltrace.inventory.facts_read import read_facts
from signaltrace.inventory.registry import read_inventory
from signaltrace.labels.receivers import describe_receiver
from signaltrace.labels.signals import SignalNames
from signaltrace.testing import build_trace
from tests.inventory.ledger_programs import forget_pending


def first(**kwargs: Any) -> None:
    pass


def test_facts_hold_all_there_is_to_know() -> None:
    """Inventory, history, source, models and the two settings; the trace that was given."""
    trace = build_trace()
    facts = read_facts(trace, 5)
    assert facts.inventory.signals
    assert {each.label for each in facts.models} >= {"testapp.Book", "auth.User"}
    assert {each.label for each in facts.source.apps} >= {"testapp", "signaltrace"}
    assert (facts.debug, facts.user_model) == (settings.DEBUG, "auth.User")
    assert (facts.trace, facts.budget_ns) == (trace, 5)
    assert (facts.history.on, facts.history.events) == (False, ())


def test_the_history_is_that_of_the_process() -> None:
    """With signals under the names that the inventory has."""
    ledger.begin("a test")
    try:
        post_save.connect(first)
        post_save.disconnect(first)
        facts = read_facts(names=SignalNames())
    finally:
        ledger.end()
    names = {each.signal for each in facts.history.events}
    assert names == {"django.db.models.signals.post_save"}
    assert names <= {each.signal.name for each in facts.inventory.signals}


@override_settings(DEBUG=True, AUTH_USER_MODEL="testapp.Author")
def test_settings_are_those_of_now() -> None:
    """As they are when it is asked."""
    facts = read_facts()
    assert (facts.debug, facts.user_model) == (True, "testapp.Author")


def test_what_waits_for_a_model_is_in_the_inventory() -> None:
    """It is called never; the sentence about it is the overview's."""
    post_save.connect(first, sender="testapp.Nowhere")
    try:
        inventory = read_inventory()
    finally:
        forget_pending()
    waits = Pending("django.db.models.signals.post_save", describe_receiver(first), "testapp.nowhere")
    assert inventory.pending == (waits,)
    assert len([note for note in inventory.notes if "testapp.nowhere" in note]) == 1
    assert read_inventory().pending == ()
