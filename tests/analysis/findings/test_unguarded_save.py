"""W016: a receiver that calls itself by saving; and those that something stops."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import unguarded_save as rule
from tests.analysis.findings.building import (
    FILE,
    PAID,
    POST_DELETE,
    POST_SAVE,
    conn,
    declaration,
    facts,
    found,
    model,
    module,
    signal,
)
from tests.analysis.findings.source_building import function

PRE_SAVE = "django.db.models.signals.pre_save"


def given(sender="shop.Order", on=POST_SAVE, connects=(), line=10, **more):
    saving = function("notify", **{"saves_instance": (13,), "unguarded_saves": (13,), **more})
    source = module("shop.receivers", *connects, functions=(saving,))
    return facts(signal(on, conn(sender=sender, line=line)), modules=(source,), models=(model("shop.Order"),))


@pytest.mark.parametrize(
    ("on", "fix"), [(POST_SAVE, "Guard it, with `if created:`"), (PRE_SAVE, "Set the fields and leave")]
)
def test_a_receiver_that_saves_its_instance_always(on, fix):
    """The line of the save comes first."""
    (finding,) = found(rule, given(on=on))
    name = on.rpartition(".")[2]
    assert finding.title == (
        f"shop.receivers.notify saves its instance on every {name} of shop.Order, and so calls itself"
    )
    assert finding.subject == f"{on}: shop.receivers.notify"
    assert finding.evidence == (
        Evidence("saved here, and nothing prevents it", FILE, 13),
        Evidence("the receiver", FILE, 10),
    )
    assert finding.fix.startswith(fix)
    assert not finding.possible


def test_a_receiver_of_every_model_calls_itself_too():
    """Whatever it saves is a sender it hears."""
    (finding,) = found(rule, given("any sender"))
    assert "on every post_save, and so" in finding.title


@pytest.mark.parametrize(
    "more",
    [
        {"unguarded_saves": ()},
        {"on": POST_DELETE},
        {"on": PAID},
        {"sender": "shop.cart.Cart"},
        {"line": 99},
        {"decorators": ("receiver", "once")},
        {"connects": (declaration(POST_SAVE, action="disconnect", scope="notify"),)},
    ],
    ids=["guarded", "a delete", "another signal", "no model", "unread", "decorated", "disconnects"],
)
def test_no_finding_of(more):
    """What its save sends does not come back, or something stops it."""
    assert found(rule, given(**more)) == []


def test_a_disconnect_elsewhere_does_not_stop_it():
    """It would have to be in the function itself."""
    other = declaration(POST_SAVE, action="disconnect", scope="quiet")
    assert len(found(rule, given(connects=(other,)))) == 1
