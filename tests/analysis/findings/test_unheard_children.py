"""I011: proxies and children that a receiver does not hear."""

from __future__ import annotations

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import unheard_children as rule
from signaltrace.declarations import LAMBDA
from tests.analysis.findings.building import (
    FILE,
    PAID,
    POST_DELETE,
    POST_SAVE,
    conn,
    facts,
    found,
    model,
    signal,
)

VOUCHER = model("shop.Voucher", children=("shop.Gift",), proxies=("shop.Late",))
GIFT = model("shop.Gift", parents=("shop.Voucher",), proxies=("shop.LateGift",))
LATE = model("shop.Late", proxy_for="shop.Voucher")
LATE_GIFT = model("shop.LateGift", proxy_for="shop.Gift")
MODELS = (VOUCHER, GIFT, LATE, LATE_GIFT)


def test_children_and_proxies_and_theirs_are_named():
    """All are senders of their own."""
    (finding,) = found(rule, facts(signal(POST_SAVE, conn(sender="shop.Voucher")), models=MODELS))
    assert finding.title == (
        "shop.receivers.notify hears post_save of shop.Voucher, "
        "and not of shop.Gift, shop.Late and shop.LateGift"
    )
    assert finding.evidence == (
        Evidence("the receiver", FILE, 10),
        Evidence("shop.Gift, a child of shop.Voucher", "/srv/shop/models.py", 5),
        Evidence("shop.Late, a proxy of shop.Voucher", "/srv/shop/models.py", 5),
        Evidence("shop.LateGift, a proxy of shop.Gift", "/srv/shop/models.py", 5),
    )
    assert finding.subject == f"{POST_SAVE}: shop.receivers.notify of shop.Voucher"


def test_those_it_is_connected_for_are_left_out():
    """Two of three."""
    both = [conn(sender=each) for each in ("shop.Voucher", "shop.Gift", "shop.LateGift")]
    (finding,) = found(rule, facts(signal(POST_SAVE, *both), models=MODELS))
    assert finding.title.endswith("and not of shop.Late")


def test_the_fix_is_the_same_for_all():
    """So that it is told once for a group of findings."""
    some = [conn(sender="shop.Voucher"), conn("other", sender="shop.Voucher", line=30)]
    some.append(conn("other", sender="shop.Gift", line=30))
    fixes = [each.fix for each in found(rule, facts(signal(POST_SAVE, *some), models=MODELS))]
    assert len(fixes) > 1
    assert set(fixes) == {"If it is to hear them, connect it with sender= for each of these models as well."}


def test_a_delete_of_a_child_is_heard_by_the_parents_receivers():
    """Django deletes the parent's row too, and sends for it; a proxy has none of its own."""
    (finding,) = found(rule, facts(signal(POST_DELETE, conn(sender="shop.Voucher")), models=MODELS))
    assert finding.title.endswith("hears post_delete of shop.Voucher, and not of shop.Late")


def test_a_lambda_each_is_one_receiver_in_two_places():
    """Who wrote it anew for the proxy thought of the proxy; in another module it was another thing."""

    def each(sender, line, module="shop.apps"):
        name = f"<lambda> at shop/apps.py:{line}"
        return conn(name, sender=sender, line=line, kind=LAMBDA, module=module, qualname="ready.<lambda>")

    both = signal(POST_DELETE, each("shop.Voucher", 1), each("shop.Late", 2))
    assert found(rule, facts(both, models=MODELS)) == []
    apart = signal(POST_DELETE, each("shop.Voucher", 1), each("shop.Late", 2, "shop.other"))
    assert len(found(rule, facts(apart, models=MODELS))) == 1


@pytest.mark.parametrize(
    "given",
    [
        facts(signal(POST_SAVE, conn()), models=MODELS),
        facts(signal(POST_SAVE, conn(sender="shop.Voucher"), conn()), models=MODELS),
        facts(signal(POST_SAVE, conn(sender="shop.LateGift")), models=MODELS),
        facts(signal(POST_SAVE, conn(sender="shop.Voucher", alive=False)), models=MODELS),
        facts(signal(PAID, conn(sender="shop.Voucher")), models=MODELS),
        facts(signal(POST_SAVE, conn(sender="shop.Voucher")), models=(VOUCHER,)),
        facts(
            signal(POST_SAVE, *(conn(sender=each.label) for each in MODELS)),
            models=MODELS,
        ),
    ],
    ids=[
        "any sender",
        "any sender too",
        "nothing below",
        "dead",
        "no model signal",
        "not there",
        "all of them",
    ],
)
def test_no_finding_of(given):
    """What it hears, or can't miss."""
    assert found(rule, given) == []
