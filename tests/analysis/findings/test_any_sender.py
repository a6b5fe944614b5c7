"""I009 and I010: receivers of any sender that all models pay for."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import any_sender_delete, any_sender_init
from signaltrace.model_map import Related
from tests.analysis.findings.building import (
    FILE,
    PAID,
    POST_DELETE,
    POST_INIT,
    conn,
    facts,
    found,
    model,
    signal,
)

PRE_DELETE = POST_DELETE.replace("post", "pre")
ORDER, LINE = model("shop.Order", related=(Related("shop.Line", "order", "CASCADE"),)), model("shop.Line")


def test_the_models_that_lose_fast_delete_are_named():
    """Those that nothing else keeps from it, the project's own first."""
    log = model("audit.Log", related=(Related("audit.Note", "log", "DO_NOTHING"),))
    through = model("shop.Order_tags", auto_created="shop.Order")
    given = facts(signal(POST_DELETE, conn()), models=(through, log, ORDER, LINE))
    (finding,) = found(any_sender_delete, given)
    assert (
        finding.title == "shop.receivers.notify hears post_delete of any sender: 3 models have no fast delete"
    )
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("deleted row by row because of it: audit.Log, shop.Line and shop.Order_tags"),
    )
    assert finding.subject == "shop.receivers.notify"


def test_both_signals_are_one_finding():
    """It is one receiver."""
    given = facts(signal(POST_DELETE, conn()), signal(PRE_DELETE, conn()), models=(LINE,))
    (finding,) = found(any_sender_delete, given)
    assert finding.title == (
        "shop.receivers.notify hears pre_delete and post_delete of any sender: 1 model has no fast delete"
    )


@pytest.mark.parametrize(
    "one",
    [
        ORDER,
        model("shop.Gift", parents=("shop.Order",)),
        model("shop.Late", proxy_for="shop.Order"),
        model("shop.User", swapped="accounts.User"),
        model("shop.Tagged", related=(Related("tags.Tag", "content", "DO_NOTHING", generic=True),)),
    ],
    ids=["it cascades", "a child", "a proxy", "swapped", "generic"],
)
def test_no_finding_where_no_model_could_be_deleted_fast(one):
    """Nothing is lost by it."""
    assert found(any_sender_delete, facts(signal(POST_DELETE, conn()), models=(one,))) == []


@pytest.mark.parametrize(
    "given",
    [
        facts(signal(POST_DELETE, conn(sender="shop.Line")), models=(LINE,)),
        facts(signal(POST_DELETE, conn(alive=False)), models=(LINE,)),
        facts(signal(PAID, conn()), models=(LINE,)),
        facts(signal(POST_DELETE, conn(), conn("audit", sender="shop.Line")), models=(LINE,)),
        facts(signal(POST_DELETE, conn())),
    ],
    ids=["of one sender", "dead", "another signal", "it has a receiver of its own", "no models"],
)
def test_no_delete_finding_of(given):
    """Only a receiver of any sender takes it from models that have none."""
    assert found(any_sender_delete, given) == []


@pytest.mark.parametrize("moment", ["pre_init", "post_init"])
def test_each_instance_of_each_model(moment):
    """Counted."""
    name = POST_INIT.replace("post_init", moment)
    (finding,) = found(any_sender_init, facts(signal(name, conn()), models=(ORDER, LINE)))
    assert finding.title == (
        f"shop.receivers.notify hears {moment} of any sender: each instance of all 2 models"
    )
    assert finding.subject == f"{name}: shop.receivers.notify"


@pytest.mark.parametrize(
    "given",
    [
        facts(signal(POST_INIT, conn(sender="shop.Line"))),
        facts(signal(POST_INIT, conn(alive=False))),
        facts(signal("shop.signals.post_init", conn())),
    ],
    ids=["of one sender", "dead", "a signal of the project's own"],
)
def test_no_init_finding_of(given):
    """Nor of anything else."""
    assert found(any_sender_init, given) == []
