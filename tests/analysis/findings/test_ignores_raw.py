"""W015: a receiver that writes while fixtures are loaded; and those that do not, or look first."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import ignores_raw as rule
from tests.analysis.findings.building import (
    FILE,
    POST_DELETE,
    POST_SAVE,
    conn,
    facts,
    found,
    model,
    module,
    signal,
)
from tests.analysis.findings.source_building import function, writes

FIXTURE = "/srv/shop/fixtures/orders.json"
PRE_SAVE = "django.db.models.signals.pre_save"
LOADED = model("shop.Order", loaded_by_fixtures=(FIXTURE,))
OTHER = model("shop.Book")


def given(sender="shop.Order", on=POST_SAVE, models=(LOADED, OTHER), line=10, **more):
    writing = function("notify", **{"writes": writes(), **more})
    live = conn(sender=sender, line=line)
    return facts(signal(on, live), modules=(module(functions=(writing,)),), models=models)


@pytest.mark.parametrize("on", [PRE_SAVE, POST_SAVE])
def test_a_receiver_that_writes_and_does_not_look(on):
    """The write is what to open first."""
    (finding,) = found(rule, given(on=on))
    name = on.rpartition(".")[2]
    assert finding.title == (
        f"shop.receivers.notify writes on {name} of shop.Order, loaded by fixtures, and does not look at raw"
    )
    assert finding.evidence == (
        Evidence("it writes: Line.objects.create", FILE, 12),
        Evidence("the receiver", FILE, 10),
        Evidence("a fixture", FIXTURE),
    )
    assert not finding.possible


def test_a_receiver_of_every_model_may_look_at_the_sender():
    """That it writes for this one is inferred."""
    (finding,) = found(rule, given("any sender"))
    assert finding.possible


def test_all_models_of_a_receiver_are_one_finding():
    """They are mended in one place."""
    book = model("shop.Book", loaded_by_fixtures=(FIXTURE,))
    both = facts(
        signal(POST_SAVE, conn(sender="shop.Order"), conn(sender="shop.Book")),
        modules=(module(functions=(function("notify", writes=writes()),)),),
        models=(LOADED, book),
    )
    (finding,) = found(rule, both)
    assert "of shop.Order and shop.Book, loaded by fixtures" in finding.title


@pytest.mark.parametrize(
    "more",
    [
        {"reads_raw": True},
        {"writes": ()},
        {"sender": "shop.Book"},
        {"on": POST_DELETE},
        {"models": (OTHER,)},
        {"models": (model("shop.Order", loaded_by_fixtures=(FIXTURE,), swapped="x.Order"),)},
        {"line": 99},
        {"decorators": ("receiver", "not_for_fixtures")},
    ],
    ids=[
        "looks",
        "writes nothing",
        "another model",
        "deletes",
        "no fixture",
        "swapped",
        "unread",
        "decorated",
    ],
)
def test_no_finding_of(more):
    """Senders are compared by identity, as Django does; a decorator may look for it."""
    assert found(rule, given(**more)) == []


def test_decorators_that_do_not_look_are_known():
    """Django's own."""
    assert len(found(rule, given(decorators=("receiver", "transaction.atomic")))) == 1
