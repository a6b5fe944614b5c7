"""Answers of ``why`` for the golden files: each a shop with one thing wrong, or with none."""

from __future__ import annotations

from dataclasses import replace

from signaltrace.analysis.why.answer import Answer
from signaltrace.declarations import LOCAL_FUNCTION, BulkCall
from signaltrace.history import CONNECTED, DIED, DISCONNECTED, IGNORED, SAME_UID
from signaltrace.span import CallSite
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import ErrorInfo
from tests.analysis.why.building import (
    APPS,
    NOTIFY,
    POST_DELETE,
    POST_SAVE,
    RECEIVERS,
    ROOT,
    Shop,
    connect,
    connection,
    event,
    function,
    module,
    name,
    other_receiver,
    receiver,
    saw,
    uid,
    unconnected,
)

ORDER = name("shop.models.Order")


def runs() -> Answer:
    """Nothing is wrong."""
    return Shop().ask()


def never_imported() -> Answer:
    """The module that connects it is not imported."""
    return unconnected(loaded=False, connects=[connect(sender=ORDER)]).ask()


def shadowed() -> Answer:
    """Another receiver has its dispatch_uid."""
    audit = event(CONNECTED, 1, receiver=other_receiver(), dispatch_uid="shop")
    audit = replace(audit, site=CallSite(RECEIVERS, 30, "<module>"))
    lost = event(IGNORED, 2, dispatch_uid="shop", reason=SAME_UID, rival=1)
    return unconnected(connects=[connect(dispatch_uid=uid("shop"))], history=saw(audit, lost)).ask()


def died() -> Answer:
    """A local function that nothing keeps."""
    qualname = "ShopConfig.ready.<locals>.greet"
    greet = receiver(f"shop.apps.{qualname}", 12, file=APPS)
    line = connect(
        receiver=name(f"shop.apps.{qualname}"),
        receiver_kind=LOCAL_FUNCTION,
        receiver_line=12,
        form="call",
        line=14,
        scope="ShopConfig.ready",
    )
    at = CallSite(APPS, 14, "ShopConfig.ready")
    gone = event(DIED, 2, receiver=greet, site=None, reason="the receiver was collected")
    apps = module("shop.apps", connects=(line,), functions=(function(qualname, 12),))
    history = saw(event(receiver=greet, site=at), gone)
    return unconnected(connects=[], others=[apps], history=history).ask("greet")


def disconnected() -> Answer:
    """Somebody disconnected it."""
    at = CallSite(f"{ROOT}/shop/imports.py", 31, "load_catalogue")
    return unconnected(history=saw(event(), event(DISCONNECTED, 2, site=at, rival=1))).ask()


def unknown() -> Answer:
    """Not connected, and no history to say why."""
    return unconnected().ask()


def bulk() -> Answer:
    """Nothing is broken, and lines of the source write without a signal."""
    calls = (BulkCall("bulk_create", ORDER, 44), BulkCall("update", ORDER, 51))
    first = connection("shop.Order", receiver=other_receiver(), qualname="audit")
    live = {POST_SAVE: [first, connection("shop.Order", 2)]}
    return Shop(connects=[connect(sender=ORDER)], connections=live, bulk=calls).ask()


def stopped() -> Answer:
    """A recording in which an earlier receiver raised."""
    error = ErrorInfo("shop.errors.OutOfStock", "none left of 'Teapot'", f"{ROOT}/shop/stock.py", 21)
    stopping = called("shop.receivers.audit", file=RECEIVERS, line=30, error=error)
    site = CallSite(f"{ROOT}/shop/cart.py", 12, "pay")
    trace = build_trace(
        sent(POST_SAVE, "shop.Order", site=site, not_called=(NOTIFY,))(stopping),
        sent(POST_SAVE, "shop.Order", site=site)(called(NOTIFY, file=RECEIVERS, line=10)),
        argv=["manage.py", "pay", "--all"],
    )
    live = {POST_SAVE: [connection("shop.Order")]}
    return Shop(connects=[connect(sender=ORDER)], connections=live, trace=trace).ask()


def twice() -> Answer:
    """Two connections that one dispatch reaches."""
    live = {POST_SAVE: [connection("shop.Order"), connection(order=2)]}
    return Shop(connects=[connect(sender=ORDER), connect(line=9)], connections=live).ask(twice=True)


def many() -> Answer:
    """A receiver of many signals: the broken ones are shown, those that hold are counted."""
    labels = [f"shop.Model{number}" for number in range(12)]
    connects = [connect(POST_DELETE, ORDER)]
    live = {POST_SAVE: [connection(each, number) for number, each in enumerate(labels, 1)]}
    return Shop(connects=connects, connections=live, models=()).ask()


def hostile() -> Answer:
    """Names that a terminal would obey, and one without end."""
    text = "shop.receivers.evil\x1b[31m_[bold]" + "very_long_" * 20
    live = {POST_SAVE: [connection("shop.\u202eOrder", receiver=receiver(text))]}
    return Shop(connects=[], functions=[], connections=live).ask("receivers.py:10")


SAMPLES = {
    each.__name__: each
    for each in (
        runs,
        never_imported,
        shadowed,
        died,
        disconnected,
        unknown,
        bulk,
        stopped,
        twice,
        many,
        hostile,
    )
}
