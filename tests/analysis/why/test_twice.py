"""Why a receiver runs twice: every cause, and what is none."""

from __future__ import annotations

import pytest

from signaltrace.analysis.why.cause import (
    ANY_AND_ONE,
    EVERY_CALL,
    IMPORTED_TWICE,
    READY_TWICE,
    SENT_TWICE,
    SEVERAL_OBJECTS,
    TWO_SIGNALS,
    TWO_UIDS,
    Cause,
)
from signaltrace.connections import Connection
from signaltrace.declarations import LOCAL_FUNCTION, METHOD, VALUE, Reference
from signaltrace.history import History
from signaltrace.span import CallSite
from signaltrace.testing import build_trace, called, sent
from tests.analysis.why.building import (
    APPS,
    NOTIFY,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    Shop,
    connect,
    connection,
    event,
    module,
    name,
    receiver,
    saw,
)

PRE_SAVE = "django.db.models.signals.pre_save"


def cause(shop: Shop) -> Cause:
    """The only cause, with and without --twice."""
    (found,) = shop.ask().causes
    assert shop.ask(twice=True).causes == (found,)
    assert shop.ask(twice=True).chains == ()
    return found


def twice(*connections: Connection, **more: object) -> Shop:
    """Several connections to post_save."""
    return Shop(connections={POST_SAVE: list(connections)}, **more)


def test_one_connection_runs_once() -> None:
    """Nothing to say."""
    assert Shop().ask().causes == Shop().ask(twice=True).causes == ()


def test_two_senders_that_no_dispatch_has_both_of_run_once() -> None:
    """Connected for two models is no fault."""
    assert twice(connection("shop.Order"), connection("shop.Customer", 2)).ask(twice=True).causes == ()


def test_two_uids_are_two_connections() -> None:
    """Each line is shown with its uid."""
    events = [
        event(number=1, dispatch_uid="one", site=CallSite(APPS, 9, "ready")),
        event(number=2, dispatch_uid="two", site=CallSite(APPS, 10, "ready")),
    ]
    shop = twice(
        connection(dispatch_uid="one"), connection(order=2, dispatch_uid="two"), history=saw(*events)
    )
    found = cause(shop)
    assert (found.name, found.times) == (TWO_UIDS, 2)
    assert "'one' and 'two'" in found.text
    assert [(each.file, each.line) for each in found.evidence] == [(APPS, 9), (APPS, 10)]
    assert (found.fix.file, found.fix.line) == (APPS, 10)


def test_without_a_history_each_uid_is_told_of_its_own_line() -> None:
    """Both lines connect the one name, and what they write tells which is which."""
    lines = [
        connect(line=line, dispatch_uid=Reference(VALUE, each)) for line, each in ((9, "two"), (10, "one"))
    ]
    shop = twice(connection(dispatch_uid="one"), connection(order=2, dispatch_uid="two"), connects=lines)
    assert [(each.line, each.text) for each in cause(shop).evidence] == [
        (10, "connected with dispatch_uid 'one' here"),
        (9, "connected with dispatch_uid 'two' here"),
    ]


def test_a_sender_and_any_sender_meet() -> None:
    """What the model sends reaches both."""
    shop = twice(
        connection("shop.Order"),
        connection(order=2),
        connects=[connect(sender=name("shop.models.Order")), connect(line=9)],
    )
    found = cause(shop)
    assert (found.name, found.sender) == (ANY_AND_ONE, "shop.Order")
    assert [(each.file, each.line) for each in found.evidence] == [(RECEIVERS, 10), (RECEIVERS, 9)]


def test_a_file_imported_under_two_names() -> None:
    """Who imports the other name is named."""
    other = connection(
        order=2, receiver=receiver("bookshop.shop.receivers.notify"), module="bookshop.shop.receivers"
    )
    views = module("shop.views", brings=(("receivers", "bookshop.shop.receivers"),))
    found = cause(twice(connection(), other, others=[views]))
    assert found.name == IMPORTED_TWICE
    assert "shop.receivers and bookshop.shop.receivers" in found.text
    assert found.evidence[1].file == f"{ROOT}/shop/views.py"
    assert (found.fix.file, found.fix.code) == (f"{ROOT}/shop/views.py", ("import shop.receivers",))


def local(order: int, **more: object) -> Connection:
    """A function made in another."""
    return connection(order=order, kind=LOCAL_FUNCTION, **more)


def test_ready_that_ran_twice_with_a_history() -> None:
    """Two events of one line, each in ready()."""
    at = CallSite(APPS, 9, "ShopConfig.ready")
    found = cause(twice(local(1), local(2), history=saw(event(site=at), event(number=2, site=at))))
    assert (found.name, found.possible) == (READY_TWICE, False)
    assert (
        found.text == "shop.apps.ShopConfig.ready() ran two times, and connected another receiver each time."
    )
    assert (found.evidence[0].file, found.evidence[0].line) == (APPS, 9)


def test_a_function_that_ready_calls_twice_is_no_second_ready() -> None:
    """The function that connects is named, and ready() is not said to have run again."""
    at = CallSite(RECEIVERS, 40, "register")
    line = connect(form="call", line=40, scope="register", weak=False)
    found = cause(
        twice(local(1), local(2), connects=[line], history=saw(event(site=at), event(number=2, site=at)))
    )
    assert (found.name, found.possible) == (EVERY_CALL, False)
    assert (
        found.text == "register() connects another function each time it is called: 2 are connected by now."
    )


@pytest.mark.parametrize("loop", [True, False])
def test_a_line_of_ready_that_ran_twice_is_no_second_ready(loop: bool) -> None:
    """A loop that is not over a literal may run it; or another line of that ready() ran once."""
    at, other = CallSite(APPS, 9, "ShopConfig.ready"), CallSite(APPS, 12, "ShopConfig.ready")
    line = connect(form="call", line=9, scope="ShopConfig.ready", weak=False, conditional=loop)
    once = [] if loop else [event(number=3, signal=PRE_SAVE, receiver=receiver("shop.other"), site=other)]
    shop = twice(
        local(1),
        local(2),
        connects=[],
        others=[module("shop.apps", connects=(line,))],
        history=saw(event(site=at), event(number=2, site=at), *once),
    )
    found = cause(shop)
    assert (found.name, found.possible) == (EVERY_CALL, False)
    assert found.text == (
        "One line of ShopConfig.ready() connects another function each time it is run: "
        "2 are connected by now."
    )


def test_ready_that_ran_twice_is_possible_without_a_history() -> None:
    """The only line of the source that connects it stands in ready()."""
    shop = twice(
        local(1), local(2), connects=[connect(form="call", line=40, scope="ShopConfig.ready", weak=False)]
    )
    assert (cause(shop).name, cause(shop).possible) == (READY_TWICE, True)


@pytest.mark.parametrize("seen", [True, False])
def test_a_function_that_connects_at_each_call(seen: bool) -> None:
    """Per request, say: as many receivers as calls."""
    at = CallSite(f"{ROOT}/shop/views.py", 9, "checkout")
    events = [event(number=number, site=at, within="") for number in (1, 2, 3)]
    line = connect(form="call", line=9, scope="checkout", weak=False)
    shop = twice(
        *map(local, (1, 2, 3)),
        connects=[],
        others=[module("shop.views", connects=(line,))],
        history=saw(*events) if seen else History(),
    )
    found = cause(shop)
    assert (found.name, found.times, found.possible) == (EVERY_CALL, 3, not seen)
    assert (
        found.text == "checkout() connects another function each time it is called: 3 are connected by now."
    )
    assert (found.fix.file, found.fix.line, found.fix.code) == (
        f"{ROOT}/shop/views.py",
        9,
        (f'dispatch_uid="{NOTIFY}"',),
    )


def test_a_line_that_names_two_receivers_connects_two() -> None:
    """A loop over a literal is no second call of ready()."""
    at = CallSite(APPS, 9, "ShopConfig.ready")
    line = connect(form="call", line=9, scope="ShopConfig.ready", weak=False)
    shop = twice(
        local(1),
        local(2),
        connects=[],
        others=[module("shop.apps", connects=(line, line))],
        history=saw(event(site=at), event(number=2, site=at)),
    )
    assert [each.name for each in shop.ask(twice=True).causes] == [SEVERAL_OBJECTS]


def test_methods_of_two_objects() -> None:
    """Each is a receiver of its own."""
    shop = twice(connection(kind=METHOD), connection(order=2, kind=METHOD), connects=[])
    (found,) = shop.ask(twice=True).causes
    assert (found.name, found.possible) == (SEVERAL_OBJECTS, True)
    # which may well be meant: nobody is told who did not ask
    assert shop.ask().well


def test_a_signal_sent_twice_for_one_instance() -> None:
    """One connection, two saves: only a recording tells, and only --twice asks."""
    pk = {"instance": {"type": "shop.Order", "pk": 5}}
    dispatches = [
        sent(POST_SAVE, "shop.Order", arguments=pk, site=CallSite(f"{ROOT}/shop/cart.py", line, "pay"))(
            called(NOTIFY, file=RECEIVERS, line=10)
        )
        for line in (12, 15)
    ]
    shop = Shop(trace=build_trace(*dispatches))
    assert shop.ask().causes == ()
    (found,) = shop.ask(twice=True).causes
    assert (found.name, found.times) == (SENT_TWICE, 1)
    assert "sent two times for shop.Order pk=5" in found.text
    assert [each.line for each in found.evidence] == [12, 15]


def test_saves_of_two_instances_are_not_one_thing_done_twice() -> None:
    """Each order is saved once."""
    dispatches = [
        sent(POST_SAVE, "shop.Order", arguments={"instance": {"type": "shop.Order", "pk": pk}})(
            called(NOTIFY, file=RECEIVERS, line=10)
        )
        for pk in (5, 6)
    ]
    assert Shop(trace=build_trace(*dispatches)).ask(twice=True).causes == ()


def test_two_signals_of_one_save() -> None:
    """pre_save and post_save each call it."""
    both = Shop(
        connects=[connect(PRE_SAVE)], connections={POST_SAVE: [connection()], PRE_SAVE: [connection()]}
    )
    (found,) = both.ask(twice=True).causes
    assert found.name == TWO_SIGNALS
