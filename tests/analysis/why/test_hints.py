"""What may be the cause though no link is broken, and what is told of the neighbours of a connection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.why.link import BROKEN, HOLDS, UNKNOWN
from signaltrace.connections import Pending
from signaltrace.declarations import BulkCall, SendCall
from signaltrace.history import DIED, SENDER_COLLECTED
from signaltrace.model_map import ModelInfo
from signaltrace.testing import build_trace, sent
from signaltrace.trace import SenderInfo
from tests.analysis.why.building import (
    M2M_CHANGED,
    MODELS,
    NONE,
    PAID,
    POST_DELETE,
    POST_SAVE,
    ROOT,
    Shop,
    connect,
    connection,
    event,
    label,
    module,
    name,
    other_receiver,
    receiver,
    saw,
    unconnected,
)

LINE = ModelInfo("shop.Line", "shop.models.Line", app="shop", mine=True)
BASKET = ModelInfo("shop.Basket", "shop.models.Basket", app="shop", many_to_many=(("goods", "shop.Line"),))
HEAR = ("@receiver(m2m_changed, sender=Basket.goods.through)",)


def hears(sender: str, signal: str = POST_SAVE, **more: object) -> Shop:
    """notify, connected for a model."""
    one = connect(signal, name(f"shop.models.{sender.rpartition('.')[2]}"))
    return Shop(connects=[one], connections={signal: [connection(sender)]}, **more)  # type: ignore[arg-type]


# -- a through model of the project's own -----------------------------------------------------------


def test_a_through_model_may_be_written_by_its_field() -> None:
    """add() sends m2m_changed and no save: perhaps that is what the user does."""
    shop = hears("shop.Line", models=(*MODELS, LINE, BASKET))
    link = shop.link("sent")
    assert (link.state, link.suspect) == (UNKNOWN, True)
    assert link.fix is not None
    assert link.fix.code == HEAR
    # rows are deleted with their signals
    assert hears("shop.Line", POST_DELETE, models=(*MODELS, LINE, BASKET)).link("sent").state == HOLDS


def test_a_recording_of_m2m_changed_alone_is_the_cause() -> None:
    """It was changed by its field, and never saved."""
    trace = build_trace(sent(M2M_CHANGED, "shop.Line"), sent(POST_SAVE, "shop.Basket"))
    shop = hears("shop.Line", models=(*MODELS, LINE, BASKET), trace=trace)
    link = shop.chain().broken[0]
    assert link.name == "sent"
    assert link.fix is not None
    assert link.fix.code == HEAR
    # Django sends m2m_changed where something hears it: without it the cause is perhaps the same
    shop.trace = build_trace(sent(POST_SAVE, "shop.Basket"))
    assert (shop.link("sent").state, shop.link("sent").suspect) == (UNKNOWN, True)
    shop.trace = build_trace(sent(M2M_CHANGED, "shop.Line"), sent(POST_SAVE, "shop.Line"))
    assert shop.link("sent").state == HOLDS


# -- a proxy, a child ---------------------------------------------------------------------------------

OWN = tuple(replace(each, mine=True, file=f"{ROOT}/shop/models.py") for each in MODELS)


@pytest.mark.parametrize("sender", ["shop.PaidOrder", "shop.GiftOrder"])
def test_a_proxy_or_child_that_nothing_imports_may_be_the_wrong_sender(sender: str) -> None:
    """What is saved as the other does not reach it."""
    shop = hears(sender, models=OWN)
    link = shop.link("sender")
    assert (link.state, link.suspect) == (UNKNOWN, True)
    assert "what is saved as shop.Order is not sent to it" in link.text
    assert link.fix is not None
    assert link.fix.code == ("sender=Order",)
    # a module that imports it may save it
    own = sender.rpartition(".")[2]
    shop.others = [module("shop.views", brings=((own, f"shop.models.{own}"),))]
    assert shop.link("sender").state == HOLDS


def test_a_bulk_write_counts_for_the_very_sender_alone() -> None:
    """``Order.objects.update()`` is no matter of a receiver of the proxy."""
    bulk = (BulkCall("update", name("shop.models.Order"), 44),)
    assert hears("shop.PaidOrder", bulk=bulk).link("sent").state == HOLDS
    assert hears("shop.Order", bulk=bulk).link("sent").suspect


# -- an app that is not installed ---------------------------------------------------------------------


def test_a_module_of_an_app_that_is_not_installed_is_to_be_installed() -> None:
    """The app goes to INSTALLED_APPS: an import elsewhere would not do."""
    lost = module(
        "loose.receivers", loaded=False, app="", connects=(connect(receiver=name("loose.receivers.lost")),)
    )
    others = [lost, module("loose.apps", loaded=False, app="")]
    link = unconnected(connects=[], others=others).chain("loose.receivers.lost").broken[0]
    assert (link.name, "loose looks like an app, and is not in INSTALLED_APPS" in link.text) == (
        "imported",
        True,
    )
    assert link.fix is not None
    assert "Add loose to INSTALLED_APPS" in link.fix.text
    assert link.fix.code[0] == '"loose",'


# -- whoever comes before it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("methods", "state"), [(("send_robust", "asend_robust"), HOLDS), (("send_robust", "send"), UNKNOWN)]
)
def test_under_send_robust_nobody_stops_the_others(methods: tuple[str, ...], state: str) -> None:
    """One send() among them, and it is open again."""
    first = connection(receiver=other_receiver(), qualname="audit")
    sends = tuple(SendCall(name(PAID), method, NONE, 30) for method in methods)
    shop = Shop(connects=[connect(PAID)], connections={PAID: [first, connection(order=2)]}, sends=sends)
    assert shop.link("called").state == state


def test_the_first_of_its_sender_is_not_the_first_of_all() -> None:
    """Number 2 of 2 is the first for its own sender."""
    first = connection("shop.Customer", receiver=other_receiver(), qualname="audit")
    shop = Shop(connects=[], connections={POST_SAVE: [first, connection("shop.Order", order=2)]})
    assert shop.link("called").text == "Of those that hear shop.Order it is the first to be called."
    shop.connections = {POST_SAVE: [connection("shop.Order")]}
    assert shop.link("called").text == "It is the first to be called."


# -- signals of one name ------------------------------------------------------------------------------


def test_a_signal_of_the_same_name_that_is_sent_is_the_likely_one() -> None:
    """Two modules have a ``paid``: the receiver imports the one nobody sends."""
    till = "till.signals.paid"
    other = module(
        "till.signals", signals=(("paid", 3),), sends=(SendCall(name(till), "send", NONE, 9, "pay"),)
    )
    shop = Shop(connects=[connect(PAID)], connections={PAID: [connection()]}, others=[other])
    link = shop.chain().broken[0]
    assert (link.name, link.possible, till in link.text) == ("sent", True, True)
    assert link.fix is not None
    assert link.fix.code == ("from till.signals import paid",)
    # a recording without it takes nothing from that
    shop.trace = build_trace(sent(POST_SAVE, "shop.Order"))
    assert (shop.link("sent").state, till in shop.link("sent").text) == (BROKEN, True)
    shop.trace = None
    # what may send this one leaves it open
    shop.others.append(module("shop.views", brings=(("paid", PAID),)))
    assert (shop.link("sent").state, shop.link("sent").suspect) == (UNKNOWN, True)


def test_a_send_in_a_function_may_never_run() -> None:
    """Only a recording tells whether it is called."""
    shop = Shop(connects=[connect(PAID)], connections={PAID: [connection()]})
    shop.sends = (SendCall(name(PAID), "send", NONE, 30, "pay"),)
    assert (shop.link("sent").state, "--run" in shop.link("sent").tells) == (HOLDS, True)
    shop.sends = (SendCall(name(PAID), "send", NONE, 30),)
    assert shop.link("sent").tells == ""


# -- words --------------------------------------------------------------------------------------------


def test_a_model_that_does_not_exist_is_never_saved() -> None:
    """It waits for a name: nothing is said of when that is sent."""
    shop = unconnected(
        connects=[connect(sender=label("shop.Ordr"))], pending=(Pending(POST_SAVE, receiver(), "shop.ordr"),)
    )
    chain = shop.chain()
    assert [each.name for each in chain.broken] == ["accepted"]
    assert "sent" not in {each.name for each in chain.links}


def test_what_never_ran_is_to_be_connected() -> None:
    """A sender that is never sent, in a module that was never imported."""
    shop = unconnected(loaded=False, connects=[connect(M2M_CHANGED, name("shop.models.Order"))])
    link = shop.link("sender")
    assert (link.state, link.evidence[0].text) == (BROKEN, "to be connected for shop.Order here")


def test_a_sender_that_is_gone_is_one_connection() -> None:
    """What the ledger saw be made, and what is left of it."""
    temp = "shop.views.make.<locals>.Temp"
    made = event(sender=temp)
    gone = event(DIED, 2, sender=temp, site=None, reason=SENDER_COLLECTED)
    left = replace(connection(alive=False), sender=SenderInfo("collected sender"))
    (chain,) = Shop(connects=[], connections={POST_SAVE: [left]}, history=saw(made, gone)).ask().chains
    assert (chain.sender, [each.name for each in chain.broken]) == (temp, ["alive"])
    assert not {"sender", "sent"} & {each.name for each in chain.links}
