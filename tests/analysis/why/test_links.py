"""Every link of the chain: broken, holding and not known, each on facts made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.why.link import BROKEN, HOLDS, UNKNOWN, Link
from signaltrace.connections import Pending
from signaltrace.declarations import LAMBDA, LOCAL_FUNCTION, METHOD, UNDECIDED, BulkCall, Reference, SendCall
from signaltrace.history import (
    CONNECTED,
    DIED,
    DISCONNECTED,
    IGNORED,
    NOT_FOUND,
    REFUSED,
    REMOVED,
    SAME_RECEIVER,
    SAME_UID,
    WAITING,
    History,
)
from signaltrace.span import CallSite, SenderInfo
from tests.analysis.why.building import (
    ADVICE,
    ANY,
    APPS,
    M2M_CHANGED,
    NONE,
    NOTIFY,
    PAID,
    POST_DELETE,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    WHO_KNOWS,
    Shop,
    app,
    connect,
    connection,
    event,
    function,
    label,
    module,
    name,
    other_receiver,
    receiver,
    saw,
    uid,
    unconnected,
)

ORDER = name("shop.models.Order")


def place(link: Link) -> tuple[str | None, int | None]:
    """Where the first piece of evidence is."""
    return link.evidence[0].file, link.evidence[0].line


def fix_of(link: Link) -> tuple[str | None, int | None, tuple[str, ...]]:
    """Where the fix goes, and its lines."""
    assert link.fix is not None
    return link.fix.file, link.fix.line, link.fix.code


def test_a_receiver_that_runs_has_a_chain_without_a_broken_link() -> None:
    """All that can be known holds, and when it runs is said."""
    chain = Shop().chain()
    assert {each.name: each.state for each in chain.links} == dict.fromkeys(
        ("exists", "imported", "reached", "accepted", "alive", "connected", "sender", "sent", "called"), HOLDS
    )
    assert chain.moment == "after each save() of any model"


# -- exists ---------------------------------------------------------------------------------------


def test_a_def_in_the_source_exists() -> None:
    """The first link names the line of the def."""
    link = Shop().link("exists")
    assert (link.state, place(link)) == (HOLDS, (RECEIVERS, 10))


def test_a_file_that_is_not_python_breaks_the_first_link() -> None:
    """Nothing in a file that cannot be parsed exists."""
    broken = module("shop.late", loaded=False, error="line 3: invalid syntax")
    late = connect(receiver=name("shop.late.notify_late"), receiver_line=None, form="call", line=12)
    link = unconnected(connects=[late], others=[broken]).link("exists", "notify_late")
    assert (link.state, place(link)) == (BROKEN, (f"{ROOT}/shop/late.py", 1))
    assert "line 3: invalid syntax" in link.text


def test_a_name_the_source_has_no_def_of_may_be_made_otherwise() -> None:
    """``notify = make()`` is not seen by the source: that it does not exist is not said."""
    made = connect(receiver=name("shop.receivers.made"), receiver_line=None, form="call", line=12)
    link = unconnected(connects=[made], loaded=False).link("exists", "made")
    assert link.state == UNKNOWN


# -- imported -------------------------------------------------------------------------------------


def test_a_module_that_was_never_imported_breaks_the_chain_with_the_line_to_add() -> None:
    """The fix is the very import, in the ready() that is there."""
    chain = unconnected(loaded=False).chain()
    link = chain.broken[0]
    assert (link.name, place(link)) == ("imported", (RECEIVERS, 10))
    assert fix_of(link) == (APPS, 8, ("from . import receivers  # noqa: F401",))
    assert "shop.receivers was never imported" in link.text
    # what comes after it in the making of a connection is not asked any more
    assert {each.name for each in chain.links} == {"exists", "imported", "sender", "sent"}


@pytest.mark.parametrize(
    ("apps", "wanted"),
    [
        (
            (app(ready_line=None),),
            (APPS, 4, ("def ready(self):", "    from . import receivers  # noqa: F401")),
        ),
        (
            (app(config="", file=None, line=None, ready_line=None),),
            (
                APPS,
                None,
                (
                    "from django.apps import AppConfig",
                    "",
                    "class ShopConfig(AppConfig):",
                    '    name = "shop"',
                    "",
                    "    def ready(self):",
                    "        from . import receivers  # noqa: F401",
                ),
            ),
        ),
        ((), (RECEIVERS, None, ("import shop.receivers  # noqa: F401",))),
    ],
)
def test_the_import_goes_where_the_project_has_a_place_for_it(apps: tuple, wanted: tuple) -> None:
    """An AppConfig without a ready(), none at all, and a module that no app holds: each its own fix."""
    assert fix_of(unconnected(loaded=False, apps=apps).chain().broken[0]) == wanted


def test_a_module_that_only_a_view_imports_is_possibly_broken() -> None:
    """It is imported when a URLconf is: here it is not, and who would do it is named."""
    views = module("shop.views", loaded=False, brings=(("receivers", "shop.receivers"),))
    link = unconnected(loaded=False, others=[views]).chain().broken[0]
    assert (link.name, link.possible) == ("imported", True)
    assert "shop.views would import it, and was not imported either" in link.text


def test_a_module_that_is_imported_in_a_line_that_did_not_run() -> None:
    """An import inside of a function: who has it is named, those that are not there themselves are not."""
    views = module("shop.views", brings=(("receivers", "shop.receivers"),))
    tasks = module("shop.tasks", loaded=False, brings=(("receivers", "shop.receivers"),))
    link = unconnected(loaded=False, others=[views, tasks]).chain().broken[0]
    assert "shop.views imports it in a line that did not run" in link.text
    assert "shop.tasks" not in link.text


def test_an_imported_module_holds() -> None:
    """The name it is loaded under is enough."""
    assert Shop().link("imported").state == HOLDS


def test_without_any_connect_the_import_is_no_question() -> None:
    """A module that connects nothing is not what is missing."""
    shop = unconnected(connects=[], functions=[function(decorators=())], loaded=False)
    assert shop.link("imported").state == UNKNOWN
    assert shop.chain().broken[0].name == "reached"


# -- reached --------------------------------------------------------------------------------------


def test_nothing_that_connects_it_is_a_broken_link() -> None:
    """A def without a decorator and without a connect() anywhere."""
    link = unconnected(connects=[], functions=[function(decorators=())]).chain().broken[0]
    assert link.name == "reached"
    assert link.text == "Nothing connects it: no @receiver above it, no connect() in the source names it."
    assert fix_of(link) == (RECEIVERS, 11, ("@receiver(SIGNAL)",))


def test_what_it_is_connected_to_instead_is_named() -> None:
    """Asked for another signal, the answer says to which it is connected, and writes the decorator."""
    link = Shop().chain(signal="post_delete", sender="shop.Order").broken[0]
    assert "it is connected to post_save alone" in link.text
    assert fix_of(link)[2] == ("@receiver(post_delete, sender=Order)",)


def test_a_connect_the_source_leaves_open_may_be_it() -> None:
    """A line that connects what the source does not name keeps the link from being broken."""
    open_one = connect(receiver=WHO_KNOWS, receiver_line=None, form="call", line=14)
    other = module("shop.wiring", connects=(open_one,))
    shop = unconnected(connects=[], functions=[function(decorators=())], others=[other])
    link = shop.link("reached")
    assert (link.state, place(link), link.tells) == (UNKNOWN, (f"{ROOT}/shop/wiring.py", 14), ADVICE)
    shop.history = saw()
    assert shop.link("reached").state == BROKEN


def test_a_branch_is_not_known_without_a_history() -> None:
    """Whether a condition held is not for the source to say."""
    link = unconnected(connects=[connect(conditional=True)]).link("reached")
    assert (link.state, link.tells) == (UNKNOWN, ADVICE)


def test_a_function_that_nothing_called_is_broken_with_a_history() -> None:
    """A ledger that missed nothing and has no event of the line: it was not reached."""
    inside = connect(form="call", line=40, scope="connect_all")
    shop = unconnected(connects=[inside])
    assert shop.link("reached").state == UNKNOWN
    shop.history = saw()
    link = shop.link("reached")
    assert (link.state, place(link)) == (BROKEN, (RECEIVERS, 40))
    assert "nothing has called connect_all()" in link.text


def test_a_branch_not_taken_is_broken_with_a_history() -> None:
    """The same for a condition."""
    link = unconnected(connects=[connect(conditional=True)], history=saw()).link("reached")
    assert (link.state, "was not taken" in link.text) == (BROKEN, True)


def test_the_ready_of_an_appconfig_that_django_does_not_use_is_never_reached() -> None:
    """INSTALLED_APPS names another AppConfig: known without any history."""
    inside = connect(form="call", line=9, scope="OldConfig.ready", receiver_line=None)
    apps = module("shop.apps", connects=(inside,))
    link = unconnected(connects=[], others=[apps]).link("reached")
    assert (link.state, link.possible, place(link)) == (BROKEN, True, (APPS, 9))
    assert not unconnected(connects=[], others=[apps], history=saw()).link("reached").possible
    assert "shop.apps.OldConfig" in link.text
    assert link.evidence[1].text == "Django uses shop.apps.ShopConfig for the app shop"


def test_the_ready_of_the_appconfig_in_use_is_reached() -> None:
    """Django calls it: nothing is left open."""
    inside = connect(form="call", line=9, scope="ShopConfig.ready", receiver_line=None)
    apps = module("shop.apps", connects=(inside,))
    assert unconnected(connects=[], others=[apps]).link("reached").state == HOLDS


# -- accepted -------------------------------------------------------------------------------------


def shadow(**more: object) -> Shop:
    """notify lost its dispatch_uid to audit, as the ledger saw it."""
    audit = event(1) if False else event(CONNECTED, 1, receiver=other_receiver(), dispatch_uid="shop")
    audit = replace(audit, site=CallSite(RECEIVERS, 30, "<module>"))
    lost = event(IGNORED, 2, dispatch_uid="shop", reason=SAME_UID, rival=1)
    return unconnected(connects=[connect(dispatch_uid=uid("shop"))], history=saw(audit, lost), **more)


def test_a_uid_that_another_has_breaks_the_chain_and_names_it() -> None:
    """Django ignores the second connect without a word."""
    link = shadow().chain().broken[0]
    assert link.name == "accepted"
    assert "shop.receivers.audit has the same dispatch_uid 'shop'" in link.text
    assert [(each.file, each.line) for each in link.evidence] == [(RECEIVERS, 10), (RECEIVERS, 30)]
    assert fix_of(link) == (RECEIVERS, 10, (f'dispatch_uid="{NOTIFY}"',))


def test_a_uid_that_another_has_is_seen_without_a_history() -> None:
    """The receiver that is connected under the uid the source gives to this one."""
    audit = connection(receiver=other_receiver(), dispatch_uid="shop", qualname="audit")
    shop = Shop(connects=[connect(dispatch_uid=uid("shop"))], connections={POST_SAVE: [audit]})
    link = shop.chain().broken[0]
    assert (link.name, "shop.receivers.audit" in link.text) == ("accepted", True)


def test_a_uid_for_another_sender_is_nobodys_rival() -> None:
    """Django tells connections apart by uid and sender."""
    audit = connection("shop.Order", receiver=other_receiver(), dispatch_uid="shop", qualname="audit")
    shop = Shop(connects=[connect(dispatch_uid=uid("shop"))], connections={POST_SAVE: [audit]})
    assert shop.link("accepted").state == UNKNOWN


def test_a_second_connect_of_the_same_receiver_changes_nothing() -> None:
    """Ignored for being the same is as good as accepted."""
    first, second = event(CONNECTED, 1), event(IGNORED, 2, reason=SAME_RECEIVER, rival=1)
    shop = Shop(history=saw(first, second))
    assert shop.link("accepted").state == HOLDS


def test_an_address_that_was_used_again_is_told() -> None:
    """Django knows a receiver by its id, and an id comes again once its owner is gone."""
    lost = event(IGNORED, 2, reason=SAME_RECEIVER, rival=1, rival_receiver=other_receiver())
    link = unconnected(history=saw(lost)).chain().broken[0]
    assert (link.name, "whose address in memory" in link.text) == ("accepted", True)


def test_a_refused_connect_tells_the_exception() -> None:
    """What connect() raised, and the def it is about."""
    reason = "ValueError: Signal receivers must accept keyword arguments (**kwargs)."
    bare = function(parameters=("sender", "instance"))
    link = unconnected(functions=[bare], history=saw(event(REFUSED, 1, reason=reason))).chain().broken[0]
    assert (link.name, reason.rstrip(".") in link.text) == ("accepted", True)
    assert fix_of(link) == (RECEIVERS, 11, ("def notify(sender, instance, **kwargs):",))


@pytest.mark.parametrize("seen", [False, True])
def test_a_model_that_does_not_exist_is_waited_for(seen: bool) -> None:
    """A typo in the name of a model raises nothing: the nearest model is named, and the line."""
    history = saw(event(WAITING, 1, sender="shop.Ordr")) if seen else History(advice=ADVICE)
    shop = unconnected(
        connects=[connect(sender=label("shop.Ordr"))],
        pending=(Pending(POST_SAVE, receiver(), "shop.ordr"),),
        history=history,
    )
    chains = shop.ask().chains
    assert len(chains) == 1
    link = chains[0].broken[0]
    assert link.name == "accepted"
    assert "which does not exist; the closest is shop.Order" in link.text
    assert fix_of(link) == (RECEIVERS, 10, ('sender="shop.Order"',))


def test_without_a_history_what_django_made_of_it_is_not_known() -> None:
    """Not connected, and nothing says why: the advice tells how to know."""
    shop = unconnected()
    assert (shop.link("accepted").state, shop.link("accepted").tells) == (UNKNOWN, ADVICE)
    assert shop.chain().broken[0].name == "connected"


# -- alive ----------------------------------------------------------------------------------------


def test_a_receiver_kept_by_debug_alone_is_broken() -> None:
    """It runs in development and is gone in production."""
    local = connection(kind=LOCAL_FUNCTION, kept_by_debug=True)
    link = Shop(connections={POST_SAVE: [local]}, debug=True).chain().broken[0]
    assert (link.name, "only because DEBUG is True" in link.text) == ("alive", True)
    assert fix_of(link) == (RECEIVERS, 10, ("weak=False",))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (LOCAL_FUNCTION, "a function made inside another one"),
        (LAMBDA, "a lambda that nothing else names"),
        (METHOD, "a method of an object that nothing else keeps"),
    ],
)
def test_a_receiver_that_died_tells_what_it_was(kind: str, said: str) -> None:
    """The reason is that of the kind of receiver."""
    shop = unconnected(
        connects=[connect(receiver_kind=kind)], history=saw(event(), event(DIED, 2, site=None))
    )
    link = shop.chain().broken[0]
    assert (link.name, link.possible, said in link.text) == ("alive", False, True)
    assert place(link) == (RECEIVERS, 10)


def test_what_nothing_keeps_is_possibly_gone_without_a_history() -> None:
    """A lambda connected weakly in an imported module, and not there: inferred, and said so."""
    shop = unconnected(connects=[connect(receiver_kind=LAMBDA, temporary=True, form="call")])
    link = shop.chain().broken[0]
    assert (link.name, link.possible) == ("alive", True)


@pytest.mark.parametrize("seen", [True, False])
def test_a_second_function_of_its_name_lets_it_die(seen: bool) -> None:
    """Two receivers called notify in one file: the module keeps the last alone."""
    again = connection(receiver=receiver(line=40), order=1)
    shop = Shop(
        connects=[connect(), connect(line=40, receiver_line=40)],
        functions=[function(), function(line=40)],
        connections={POST_SAVE: [again]},
    )
    if seen:
        shop.history = saw(event(), event(DIED, 2, site=None))
    link = shop.chain("receivers.py:10").broken[0]
    assert (link.name, link.possible) == ("alive", not seen)
    assert "makes another notify later" in link.text
    assert fix_of(link)[:2] == (RECEIVERS, 41)
    assert shop.chain("receivers.py:40").holds


def test_a_collected_sender_takes_the_connection_with_it() -> None:
    """Django 6 drops a connection whose sender is gone."""
    dead = connection("collected sender", alive=False, order=0)
    shop = Shop(connects=[connect(sender=name("shop.local.Order"))], connections={POST_SAVE: [dead]})
    link = shop.chain().broken[0]
    assert (link.name, "The sender" in link.text) == ("alive", True)


def test_a_strong_receiver_is_alive() -> None:
    """weak=False keeps it."""
    link = Shop(connections={POST_SAVE: [connection(weak=False)]}).link("alive")
    assert (link.state, "strongly" in link.text) == (HOLDS, True)


def test_one_that_is_not_connected_is_not_known_to_live() -> None:
    """No connection, no history: no verdict."""
    assert unconnected().link("alive").state == UNKNOWN


# -- connected ------------------------------------------------------------------------------------


def test_a_disconnect_is_found_with_its_line() -> None:
    """The last thing that happened to it, and where."""
    gone = event(DISCONNECTED, 2, site=CallSite(f"{ROOT}/shop/tests.py", 7, "setUp"), rival=1)
    link = unconnected(history=saw(event(), gone)).chain().broken[0]
    assert (link.name, place(link)) == ("connected", (f"{ROOT}/shop/tests.py", 7))
    assert "in setUp()" in link.text


def test_a_connection_made_again_after_a_disconnect_holds() -> None:
    """Only the last counts."""
    events = (event(), event(DISCONNECTED, 2), event(CONNECTED, 3))
    assert Shop(history=saw(*events)).link("connected").state == HOLDS


def test_a_disconnect_that_matched_nothing_is_no_event_of_it() -> None:
    """It changed nothing, and connects nothing."""
    shop = unconnected(connects=[], functions=[function(decorators=())], history=saw(event(NOT_FOUND, 1)))
    assert shop.chain().broken[0].name == "reached"


def test_a_receiver_removed_behind_djangos_back_is_told() -> None:
    """Something wrote Signal.receivers."""
    link = unconnected(history=saw(event(), event(REMOVED, 2, site=None))).chain().broken[0]
    assert (link.name, "nothing disconnected it" in link.text) == ("connected", True)


def test_a_disconnect_in_the_source_is_possible_without_a_history() -> None:
    """Whether it ran is not known, and that it names this very receiver is."""
    line = connect(action="disconnect", form="call", line=22, receiver_line=None)
    other = module("shop.views", connects=(line,))
    link = unconnected(others=[other]).chain().broken[0]
    assert (link.name, link.possible, place(link)) == ("connected", True, (f"{ROOT}/shop/views.py", 22))


def test_a_disconnect_in_the_source_that_did_not_run_is_not_accused() -> None:
    """A history that missed nothing has no such event."""
    line = connect(action="disconnect", form="call", line=22, receiver_line=None)
    link = (
        unconnected(others=[module("shop.views", connects=(line,))], history=saw(event())).chain().broken[0]
    )
    assert (link.name, place(link)) == ("connected", (RECEIVERS, 10))


def test_a_disconnect_of_another_sender_is_not_it() -> None:
    """It ends another connection."""
    line = connect(action="disconnect", form="call", line=22, receiver_line=None, sender=ORDER)
    link = unconnected(others=[module("shop.views", connects=(line,))]).chain().broken[0]
    assert (link.name, place(link)) == ("connected", (RECEIVERS, 10))


def test_a_decorator_that_hides_the_name_leaves_it_open() -> None:
    """Without functools.wraps the live receiver has another name: no verdict."""
    shop = unconnected(functions=[function(decorators=("receiver", "retry"))])
    assert (shop.link("connected").state, shop.chain().broken) == (UNKNOWN, ())


# -- sender ---------------------------------------------------------------------------------------


def for_order(sender: str = "shop.Order", **more: object) -> Shop:
    """notify, connected for a sender, in a shop."""
    signal = str(more.pop("signal", POST_SAVE))
    return Shop(connects=[], connections={signal: [connection(sender)]}, **more)


@pytest.mark.parametrize(
    ("connected", "expected", "said"),
    [
        ("shop.Order", "shop.GiftOrder", "shop.GiftOrder inherits from shop.Order, and sends as itself"),
        (
            "shop.GiftOrder",
            "shop.Order",
            "shop.GiftOrder inherits from shop.Order; the parent sends as itself",
        ),
        ("shop.Order", "shop.PaidOrder", "shop.PaidOrder is a proxy of shop.Order, and sends as itself"),
        ("shop.PaidOrder", "shop.Order", "only what is saved through the proxy sends as it"),
        ("shop.Order", "shop.Customer", "shop.Customer is another"),
    ],
)
def test_senders_are_compared_by_identity(connected: str, expected: str, said: str) -> None:
    """Parent, child, proxy and stranger: each is its own sender, and the relation is told."""
    link = for_order(connected).chain(sender=expected).broken[0]
    assert (link.name, said in link.text) == ("sender", True)
    assert fix_of(link)[2] == (f"sender={expected.rpartition('.')[2]}",)


def test_the_right_sender_and_any_sender_hold() -> None:
    """What is connected for it, or for all, hears it."""
    assert for_order().link("sender", sender="shop.Order").state == HOLDS
    assert Shop().link("sender", sender="shop.Order").state == HOLDS


def test_a_delete_of_a_child_deletes_the_parent_too() -> None:
    """Django sends post_delete for each row of the inheritance: the parent's receiver does run."""
    shop = for_order(signal=POST_DELETE)
    assert shop.link("sender", sender="shop.GiftOrder").state == HOLDS


def test_relatives_it_does_not_hear_are_a_remark_and_no_fault() -> None:
    """Nobody said that they are saved."""
    link = for_order().link("sender")
    assert link.state == HOLDS
    assert "not for its proxies and children shop.PaidOrder and shop.GiftOrder" in link.text
    assert "not for its proxy shop.PaidOrder, which" in for_order(signal=POST_DELETE).link("sender").text


def test_a_swapped_model_sends_nothing() -> None:
    """The model in its place does."""
    chain = for_order("auth.User").chain()
    link = chain.broken[0]
    assert (link.name, "swapped out for accounts.User" in link.text) == ("sender", True)
    # when it would be sent, and who would come before it, is no question then
    assert not {"sent", "called"} & {each.name for each in chain.links}
    assert fix_of(link)[2] == ("sender=settings.AUTH_USER_MODEL",)


def test_an_instance_is_never_what_sends() -> None:
    """sender=order, where the class was meant."""
    link = for_order("instance of shop.models.Order").chain().broken[0]
    assert (link.name, fix_of(link)[2]) == ("sender", ("sender=Order",))


def test_m2m_changed_comes_from_the_through_model() -> None:
    """Connected for the model that has the field, it never runs."""
    link = for_order(signal=M2M_CHANGED).chain().broken[0]
    assert (link.name, fix_of(link)[2]) == ("sender", ("sender=Order.items.through",))
    assert for_order("shop.Order_items", signal=M2M_CHANGED).link("sender").state == HOLDS


def test_a_through_model_of_djangos_making_sends_no_save() -> None:
    """Django saves its rows in bulk and sends m2m_changed."""
    link = for_order("shop.Order_items").chain().broken[0]
    assert fix_of(link)[2] == ("@receiver(m2m_changed, sender=Order.items.through)",)


def test_a_class_that_is_no_model_sends_no_save() -> None:
    """An abstract base class, say."""
    link = for_order("shop.Base").chain().broken[0]
    assert (link.name, "no registered model" in link.text) == ("sender", True)


def test_a_text_is_no_class_for_a_signal_of_ones_own() -> None:
    """Lazy senders are known to the signals of models alone."""
    text = replace(connection(), sender=SenderInfo("shop.Order"))
    shop = Shop(connects=[connect(PAID, label("shop.Order"))], connections={PAID: [text]})
    link = shop.chain().broken[0]
    assert (link.name, fix_of(link)) == ("sender", (RECEIVERS, 10, ("sender=Order",)))


def test_every_send_with_another_sender_is_possibly_broken() -> None:
    """All lines of the source that send it name somebody else."""
    sends = (SendCall(name(PAID), "send", name("shop.models.Customer"), 30),)
    shop = for_order(signal=PAID, sends=sends)
    link = shop.chain().broken[0]
    assert (link.name, link.possible, place(link)) == ("sender", True, (f"{ROOT}/shop/cart.py", 30))
    # one that the source leaves open may be the right one
    shop.sends = (*sends, SendCall(name(PAID), "send", WHO_KNOWS, 31))
    link = shop.link("sender")
    assert (link.state, link.fix, place(link)) == (UNKNOWN, None, (f"{ROOT}/shop/cart.py", 31))
    # and one that names the right one settles it
    shop.sends = (*shop.sends, SendCall(name(PAID), "send", name("shop.models.Order"), 32))
    assert shop.link("sender").state == HOLDS


@pytest.mark.parametrize(("scope", "suspect"), [("Order.pay", True), ("Customer.pay", False), ("pay", False)])
def test_a_method_that_sends_itself_points_at_the_link(scope: str, suspect: bool) -> None:
    """An object is another sender than its class: the fix is at the line that sends."""
    send = SendCall(name(PAID), "send", Reference(UNDECIDED, "", "self"), 12, scope)
    shop = for_order(signal=PAID, others=[module("shop.models", sends=(send,))])
    link = shop.link("sender")
    assert (link.state, link.suspect, place(link)) == (UNKNOWN, suspect, (f"{ROOT}/shop/models.py", 12))
    if suspect:
        assert fix_of(link) == (f"{ROOT}/shop/models.py", 12, ("sender=Order",))


def test_a_sender_the_source_leaves_open_is_not_known() -> None:
    """Not connected, and the source does not say for whom it would be."""
    assert unconnected(connects=[connect(sender=WHO_KNOWS)]).link("sender").state == UNKNOWN


# -- sent -----------------------------------------------------------------------------------------


def test_a_bulk_write_of_the_model_points_at_the_link() -> None:
    """It is not known that the user writes this way: one line, no fix, and the chain is not broken."""
    bulk = tuple(BulkCall("bulk_create", name("shop.models.Order"), line) for line in (44, 45))
    chain = for_order(bulk=bulk).chain()
    (link,) = [each for each in chain.links if each.name == "sent"]
    assert (link.state, link.suspect, place(link)) == (UNKNOWN, True, (RECEIVERS, 44))
    assert (link.fix, len(link.evidence)) == (None, 1)
    assert link.text == "2 lines of the source write shop.Order in bulk, which sends no post_save."
    assert chain.holds
    # beside a broken link it is no news
    broken = unconnected(loaded=False, connects=[connect(sender=ORDER)], bulk=bulk).chain()
    assert [each.name for each in broken.broken] == ["imported"]
    assert not any(each.suspect for each in broken.links)


@pytest.mark.parametrize(
    ("signal", "operation", "model", "expected"),
    [
        (POST_SAVE, "_raw_delete", "shop.models.Order", HOLDS),
        (POST_DELETE, "bulk_create", "shop.models.Order", HOLDS),
        (POST_DELETE, "_raw_delete", "shop.models.Order", UNKNOWN),
        (POST_SAVE, "update", "shop.models.Order", UNKNOWN),
        (POST_SAVE, "update", "shop.models.Customer", HOLDS),
    ],
)
def test_only_what_leaves_out_this_signal_points_at_it(
    signal: str, operation: str, model: str, expected: str
) -> None:
    """An update sends no save, and a delete is another matter; another model's is its own."""
    bulk = (BulkCall(operation, name(model), 44),)
    assert for_order(signal=signal, bulk=bulk).link("sent").state == expected


def test_a_signal_that_no_line_sends_is_broken() -> None:
    """A signal of the project's own, connected and never sent."""
    link = Shop(connects=[], connections={PAID: [connection()]}).chain().broken[0]
    assert (link.name, link.possible, place(link)) == ("sent", True, (f"{ROOT}/shop/signals.py", 3))


def test_a_module_that_imports_a_signal_may_send_it_in_ways_nobody_sees() -> None:
    """``on_commit(partial(paid.send, …))`` is no call of send: an unexplained import keeps the link open."""
    views = module("shop.views", brings=(("paid", "shop.signals.paid"),))
    shop = Shop(connects=[], connections={PAID: [connection("shop.Order")]}, others=[views])
    link = shop.link("sent")
    assert (link.state, link.evidence[0].file) == (UNKNOWN, f"{ROOT}/shop/views.py")
    shop.sends = (SendCall(name(PAID), "send", name("shop.models.Customer"), 30),)
    assert shop.link("sender").state == HOLDS
    # one that connects it is explained, and so is the app's own apps.py
    shop.others = [
        module(
            "shop.views",
            brings=(("paid", "shop.signals.paid"),),
            connects=(connect(PAID, form="call", receiver=name("shop.receivers.audit"), receiver_line=None),),
        ),
        module("shop.apps", brings=(("signals", "shop.signals"),)),
    ]
    assert shop.link("sender").state == BROKEN
    shop.sends = ()
    assert shop.link("sent").state == BROKEN


def test_class_prepared_is_over_before_a_ready_runs() -> None:
    """A receiver connected in ready() hears no model of the project."""
    prepared = "django.db.models.signals.class_prepared"
    shop = Shop(connects=[connect(prepared)], connections={prepared: [connection()]})
    assert (shop.link("sent").state, shop.link("sent").suspect) == (UNKNOWN, True)


def test_a_line_that_sends_it_holds() -> None:
    """Its place is the evidence."""
    sends = (SendCall(name(PAID), "send", NONE, 30),)
    link = Shop(connects=[], connections={PAID: [connection()]}, sends=sends).link("sent")
    assert (link.state, place(link)) == (HOLDS, (f"{ROOT}/shop/cart.py", 30))


def test_a_send_of_what_the_source_leaves_open_may_be_it() -> None:
    """``signal.send()`` of a variable."""
    sends = (SendCall(WHO_KNOWS, "send", NONE, 30),)
    link = Shop(connects=[], connections={PAID: [connection()]}, sends=sends).link("sent")
    assert link.state == UNKNOWN


# -- called ---------------------------------------------------------------------------------------


def test_receivers_before_it_are_named_and_not_accused() -> None:
    """Any of them could raise; only a recording can say that one does."""
    first = connection(receiver=other_receiver(), qualname="audit")
    shop = Shop(connections={POST_SAVE: [first, connection(order=2)]})
    link = shop.link("called")
    assert (link.state, "shop.receivers.audit" in link.text, "--run" in link.tells) == (UNKNOWN, True, True)


def test_one_for_another_sender_does_not_come_before_it() -> None:
    """No dispatch reaches both."""
    first = connection("shop.Customer", receiver=other_receiver(), qualname="audit")
    shop = Shop(connects=[], connections={POST_SAVE: [first, connection("shop.Order", order=2)]})
    assert shop.link("called").state == HOLDS


def test_one_that_comes_after_it_cannot_stop_it() -> None:
    """Receivers are called in order."""
    last = connection(order=2, receiver=other_receiver(), qualname="audit")
    assert Shop(connections={POST_SAVE: [connection(), last]}).link("called").state == HOLDS


def test_any_is_named_where_the_sender_is_any() -> None:
    """The words for it are those of the inventory."""
    assert Shop().chain().sender == ANY
