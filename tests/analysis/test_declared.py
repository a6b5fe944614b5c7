"""What came of each declaration: connected under whatever name, not there, or not to be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis import declared as states
from signaltrace.analysis.declared import declared
from signaltrace.connections import Pending
from signaltrace.declarations import (
    LABEL,
    LAMBDA,
    LOCAL_FUNCTION,
    METHOD,
    OBJECT,
    PARTIAL,
    TESTS,
    UNDECIDED,
    UNKNOWN_KIND,
    Reference,
)
from signaltrace.history import DISCONNECTED
from signaltrace.span import CallSite, SenderInfo
from tests.analysis.findings.building import (
    FILE,
    PAID,
    POST_SAVE,
    conn,
    declaration,
    event,
    facts,
    model,
    module,
    receiver,
    signal,
)
from tests.analysis.findings.source_building import SHOP, decorated, function, name, with_apps

NOTIFY = "shop.receivers.notify"
NOTIFIED = module("shop.receivers", decorated(PAID, NOTIFY), functions=(function("notify"),))


def only(given):
    (one,) = declared(given)
    return one


def state(given):
    return only(given).state


def test_a_function_is_found_by_name():
    """And the connection is given along."""
    one = only(facts(signal(PAID, conn(), conn("other", line=30)), modules=(NOTIFIED,)))
    assert (one.state, one.signal, one.sender, one.receiver) == (states.CONNECTED, PAID, "any sender", NOTIFY)
    assert [each.receiver.name for each in one.connections] == [NOTIFY]


def test_a_receiver_is_found_by_its_place():
    """What a decorator made of it may go by another name."""
    other = conn("shop.wrap.logged.<locals>.inner", line=10)
    assert state(facts(signal(PAID, other), modules=(NOTIFIED,))) == states.CONNECTED


def test_the_place_is_the_same_through_a_link(tmp_path):
    """A checkout may be reached by two paths."""
    (tmp_path / "code").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "code")
    (tmp_path / "code" / "receivers.py").touch()
    source = replace(NOTIFIED, file=str(tmp_path / "link" / "receivers.py"))
    other = conn("another", line=10, file=str(tmp_path / "code" / "receivers.py"))
    assert state(facts(signal(PAID, other), modules=(source,))) == states.CONNECTED


def test_another_function_of_its_name_is_not_it():
    """The second def took the name, and nothing holds the first."""
    source = replace(NOTIFIED, functions=(function("notify", 10), function("notify", 30)))
    assert state(facts(signal(PAID, conn(line=30)), modules=(source,))) == states.NOT_CONNECTED


def test_senders_are_compared():
    """Connected for another model is not connected for this one."""
    source = module("shop.receivers", decorated(POST_SAVE, NOTIFY, sender=name("shop.models.Order")))
    models = (model("shop.Order"), model("shop.Book"))
    for sender, came in (("shop.Order", states.CONNECTED), ("shop.Book", states.NOT_CONNECTED)):
        assert state(facts(signal(POST_SAVE, conn(sender=sender)), modules=(source,), models=models)) == came


def test_an_undecided_sender_fits_every_connection():
    """`sender=self` of a ready()."""
    source = module("shop.receivers", decorated(PAID, NOTIFY, sender=Reference(UNDECIDED, "", "self")))
    assert state(facts(signal(PAID, conn(sender="app shop")), modules=(source,))) == states.CONNECTED


@pytest.mark.parametrize(
    ("loaded", "connections", "came"),
    [
        (True, (), states.NOT_CONNECTED),
        (True, (conn(alive=False, order=0),), states.DEAD),
        (False, (), states.NEVER_IMPORTED),
        (False, (conn(),), states.CONNECTED),
    ],
)
def test_what_is_not_there_may_never_have_been(loaded, connections, came):
    """By whether its module was imported."""
    source = NOTIFIED if loaded else replace(NOTIFIED, loaded_as=())
    one = only(facts(signal(PAID, *connections), modules=(source,)))
    assert one.state == came
    assert one.elsewhere is (not loaded and bool(connections))


@pytest.mark.parametrize(
    "more",
    [{"conditional": True}, {"scope": "connect_all"}, {"scope": "OtherConfig.ready"}],
    ids=["a branch", "a function", "a ready() of no app"],
)
def test_a_line_that_may_not_have_been_reached_is_not_judged(more):
    """Whether it was, the source does not say."""
    source = module("shop.apps", declaration(PAID, NOTIFY, receiver_line=None, **more))
    defined = replace(NOTIFIED, connects=())
    assert state(with_apps(facts(signal(PAID), modules=(source, defined)), SHOP)) == states.NOT_REACHED


def test_a_ready_of_an_installed_app_is_reached():
    """Django calls it, and the receiver is defined in another file."""
    source = module("shop.apps", declaration(PAID, NOTIFY, receiver_line=None, scope="ShopConfig.ready"))
    given = with_apps(facts(signal(PAID), modules=(source, replace(NOTIFIED, connects=()))), SHOP)
    assert state(given) == states.NOT_CONNECTED


@pytest.mark.parametrize(
    "more",
    [
        {"receiver_kind": LAMBDA, "receiver": Reference(UNDECIDED, "", "lambda"), "temporary": True},
        {"receiver_kind": PARTIAL},
        {
            "receiver_kind": UNKNOWN_KIND,
            "receiver": Reference(UNDECIDED, "", "make()"),
            "receiver_line": None,
        },
        {"receiver_kind": LOCAL_FUNCTION},
        {"receiver": "shop.stock.alert", "receiver_kind": OBJECT, "receiver_line": None},
    ],
    ids=["lambda", "partial", "made by a call", "weak local function", "object"],
)
def test_what_would_not_be_known_for_its_own_is_not_judged(more):
    """Collected and swept away, or there under a name the source does not tell."""
    given = {"receiver": NOTIFY, **more}
    source = module("shop.receivers", declaration(PAID, **given), functions=(function("notify"),))
    assert state(facts(signal(PAID), modules=(source,))) == states.NOT_TOLD


@pytest.mark.parametrize(
    ("decorators", "came"),
    [
        (("receiver",), states.NOT_CONNECTED),
        (("dispatch.receiver(post_save)", "transaction.atomic"), states.NOT_CONNECTED),
        (("receiver", "logged"), states.NOT_TOLD),
    ],
)
def test_a_decorator_may_make_something_else_of_it(decorators, came):
    """What is connected then is called after the decorator's own function."""
    source = replace(NOTIFIED, functions=(function("notify", decorators=decorators),))
    assert state(facts(signal(PAID), modules=(source,))) == came


def test_an_undecided_signal_is_not_judged():
    """Anything has a connect()."""
    source = module("shop.receivers", decorated("shop.socket", NOTIFY))
    assert state(facts(signal(PAID), modules=(source,))) == states.NOT_TOLD


def test_an_object_of_a_module_goes_by_its_class():
    """`stock_low.connect(alert)`: the inventory knows a LowStockAlert()."""
    source = module(
        "shop.apps", declaration(PAID, "shop.stock.alert", receiver_kind=UNKNOWN_KIND, receiver_line=None)
    )
    stock = module("shop.stock")
    there = conn("shop.stock.LowStockAlert()", kind=OBJECT, module="shop.stock", line=5)
    elsewhere = conn("shop.mail.Mailer()", kind=OBJECT, module="shop.mail", line=5)
    assert state(facts(signal(PAID, there), modules=(source, stock))) == states.CONNECTED
    assert state(facts(signal(PAID, elsewhere), modules=(source, stock))) == states.NOT_TOLD


def test_a_method_of_an_object_goes_by_its_class():
    """`post_save.connect(trail.saved)`."""
    source = module(
        "shop.apps", declaration(PAID, "shop.trail.trail.saved", receiver_kind=METHOD, receiver_line=None)
    )
    trail = module("shop.trail")
    saved = conn("shop.trail.AuditTrail.saved", kind=METHOD, module="shop.trail", line=5)
    deleted = conn("shop.trail.AuditTrail.deleted", kind=METHOD, module="shop.trail", line=9)
    one = only(facts(signal(PAID, saved, deleted), modules=(source, trail)))
    assert one.connections == (saved,)


def test_an_objects_own_method_goes_by_the_class_around():
    """`post_save.connect(self.saved)` in a method of AuditTrail."""
    source = module(
        "shop.trail",
        declaration(
            PAID,
            Reference(UNDECIDED, "", "self.saved"),
            receiver_kind=METHOD,
            receiver_line=None,
            scope="AuditTrail.connect",
        ),
    )
    saved = conn("shop.sub.SubTrail.saved", kind=METHOD, module="shop.trail", qualname="AuditTrail.saved")
    other = conn("shop.trail.Other.saved", kind=METHOD, module="shop.trail", qualname="Other.saved")
    assert only(facts(signal(PAID, saved, other), modules=(source,))).connections == (saved,)


def test_the_ledger_knows_what_a_line_connected():
    """Whatever it is called: a made-up name is found by the line of its connect()."""
    source = module(
        "shop.receivers", declaration(PAID, Reference(UNDECIDED, "", "make()"), receiver_line=None, line=20)
    )
    made = event(name="shop.make.<locals>.run", site=CallSite(FILE, 20, "<module>"))
    live = conn("shop.make.<locals>.run")
    assert only(facts(signal(PAID, live), modules=(source,), events=(made,))).connections == (live,)
    other = replace(made, site=CallSite(FILE, 21, "<module>"))
    assert state(facts(signal(PAID, live), modules=(source,), events=(other,))) == states.NOT_TOLD


def test_a_decorators_line_is_any_from_the_first_to_the_def():
    """Python tells that of the decorator; of several, which one."""
    live = conn("shop.wrap.inner", line=99)
    made = replace(event(site=CallSite(FILE, 11, "<module>")), receiver=live.receiver)
    assert only(facts(signal(PAID, live), modules=(NOTIFIED,), events=(made,))).connections == (live,)


def test_a_line_that_connects_several_is_told_apart_by_name_and_sender():
    """A loop over receivers: each has its own connection, and not its neighbour's."""
    both = module(
        "shop.receivers",
        declaration(PAID, "shop.receivers.a", line=20, receiver_line=1),
        declaration(PAID, "shop.receivers.b", line=20, receiver_line=5),
    )
    made = event(site=CallSite(FILE, 20, "<module>"))
    made = replace(made, receiver=receiver("a", 1))
    a, b = declared(facts(signal(PAID, conn("a", line=1)), modules=(both,), events=(made,)))
    assert (a.state, b.state) == (states.CONNECTED, states.NOT_TOLD)
    assert b.connections == ()


def test_what_was_seen_and_is_gone_is_for_the_history_to_tell():
    """It was connected once: it can't be said that it never was."""
    events = (
        event(name="notify", site=CallSite(FILE, 10, "<module>")),
        event(DISCONNECTED, 2, "notify"),
    )
    assert state(facts(signal(PAID), modules=(NOTIFIED,), events=events)) == states.NOT_TOLD


def test_what_waits_for_a_model_is_told_so():
    """Neither connected nor forgotten."""
    source = module("shop.receivers", decorated(POST_SAVE, NOTIFY, sender=Reference(LABEL, "shop.Ordr")))
    waits = Pending(POST_SAVE, receiver("notify"), "shop.Ordr")
    assert state(facts(signal(POST_SAVE), modules=(source,), pending=(waits,))) == states.WAITING


def test_tests_and_disconnects_are_no_declarations():
    """Of the project's code, and of what connects."""
    gone = declaration(action="disconnect")
    modules = (module("shop.tests", declaration(), role=TESTS), module("shop.receivers", gone))
    assert declared(facts(signal(PAID), modules=modules)) == []


def test_a_sender_that_the_inventory_cannot_name_is_not_held_against_it():
    """Django 5.2 keeps ids alone."""
    source = module("shop.receivers", decorated(PAID, NOTIFY, sender=name("shop.cart.Cart")))
    live = replace(conn(), sender=SenderInfo("sender #1"))
    assert state(facts(signal(PAID, live), modules=(source,))) == states.CONNECTED
