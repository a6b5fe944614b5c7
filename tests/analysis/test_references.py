"""What names in the source stand for: what is decided is right, and what is not decided is None."""

from __future__ import annotations

import pytest

from signaltrace.analysis.references import References
from signaltrace.connections import ConnectedSignal, Inventory
from signaltrace.declarations import LABEL, NAME, NOTHING, UNDECIDED, VALUE, Reference, Source
from signaltrace.facts import Facts
from signaltrace.span import SignalInfo
from tests.analysis.findings.building import PAID, POST_SAVE, model, module
from tests.analysis.findings.source_building import function, name

LIVE = ConnectedSignal(SignalInfo(POST_SAVE), (), ("django.db.models.base.post_save",))


def references(*modules, models=(), signals=(LIVE,)):
    return References(Facts(Inventory(signals), Source(modules), models=models))


@pytest.mark.parametrize("written", [POST_SAVE, "django.db.models.base.post_save"])
def test_a_live_signal_is_known_by_all_its_names(written):
    """Whoever imports a signal lends it a name."""
    assert references().signal(name(written)) == POST_SAVE


def test_a_name_of_its_own_counts_before_another_signals_alias():
    """An alias may be what a second signal is called by."""
    other = ConnectedSignal(SignalInfo("shop.other"), (), (POST_SAVE,))
    assert references(signals=(other, LIVE)).signal(name(POST_SAVE)) == POST_SAVE


def test_a_signal_of_a_module_nobody_imported_is_followed_through_the_source():
    """The process has no names for it."""
    made = module("shop.signals", signals=(("paid", 3),), loaded_as=())
    passed_on = module("shop", brings=(("order_paid", PAID),), loaded_as=())
    late = module("shop.late", brings=(("p", "shop.order_paid"),), loaded_as=())
    assert references(made, passed_on, late).signal(name("shop.late.p")) == PAID


def test_star_imports_are_followed_as_far_as_they_go():
    """The star of a star as well; names with an underscore are brought by none."""
    made = module("shop.signals", signals=(("paid", 3), ("_own", 4)))
    middle = module("shop.api", brings=(("*", "shop.signals"),))
    outer = module("shop", brings=(("*", "shop.api"),))
    known = references(made, middle, outer)
    assert known.signal(name("shop.paid")) == PAID
    assert known.signal(name("shop._own")) is None


def test_a_star_does_not_cover_what_the_module_makes_itself():
    """The function of the module is meant, wherever the star stands."""
    other = module("shop.signals", functions=(function("notify"),))
    own = module("shop", brings=(("*", "shop.signals"),), functions=(function("notify"),))
    assert references(other, own).canonical("shop.notify") == "shop.notify"


def test_names_that_run_in_a_circle_come_to_an_end():
    """Two modules that import a name from one another, by name and by star."""
    known = references(
        module("a", brings=(("x", "b.x"), ("*", "b"))), module("b", brings=(("x", "a.x"), ("*", "a")))
    )
    assert known.signal(name("a.x")) is None
    assert known.signal(name("a.y")) is None


@pytest.mark.parametrize(
    "reference",
    [
        Reference(UNDECIDED, "", "signals[0]"),
        Reference(NOTHING),
        Reference(VALUE, POST_SAVE),
        name("a.socket"),
    ],
)
def test_what_is_not_decided_is_no_signal(reference):
    """Anything has a connect()."""
    assert references().signal(reference) is None


ORDER = model("shop.Order", many_to_many=(("tags", "shop.Order_tags"),))
MODELS = (ORDER, model("shop.Order_tags"))


@pytest.mark.parametrize(
    ("reference", "sender"),
    [
        (Reference(NOTHING), "any sender"),
        (name("shop.models.Order"), "shop.Order"),
        (name("shop.Order"), "shop.Order"),
        (name("shop.Order.tags.through"), "shop.Order_tags"),
        (name("shop.models.Order.lines.through"), "shop.models.Order.lines.through"),
        (Reference(LABEL, "shop.order"), "shop.Order"),
        (Reference(LABEL, "shop.Ordr"), "shop.Ordr"),
        (Reference(VALUE, "till"), "till"),
        (name("shop.cart.Cart"), "shop.cart.Cart"),
        (Reference(UNDECIDED, "", "model"), None),
    ],
)
def test_senders_go_by_their_names_in_the_inventory(reference, sender):
    """Models by label, the rest as it is written."""
    known = references(module("shop", brings=(("Order", "shop.models.Order"),)), models=MODELS)
    assert known.sender(reference) == sender


@pytest.mark.parametrize(
    ("reference", "found", "may_be"),
    [
        (Reference(NOTHING), "any sender", True),
        (Reference(NOTHING), "shop.Order", False),
        (Reference(NOTHING), "sender #1", False),
        (name("shop.models.Order"), "shop.Order", True),
        (name("shop.models.Order"), "shop.Order_tags", False),
        (name("shop.models.Order"), "any sender", False),
        (name("shop.models.Order"), "sender #1", True),
        (name("shop.cart.cart"), "instance of shop.cart.Cart", True),
        (name("shop.models.Abstract"), "shop.Abstract", True),
        (name("shop.cart.cart"), "shop.Order", False),
        (name("shop.cart.cart"), "any sender", False),
        (Reference(UNDECIDED), "shop.Order", True),
        (Reference(LABEL, "shop.Ordr"), "shop.Order", False),
    ],
)
def test_what_is_no_model_may_go_by_another_name(reference, found, may_be):
    """An instance is described by its class; a model is always told by its label."""
    assert references(models=MODELS).may_be_sender(reference, found) is may_be


def test_functions_are_found_where_they_are_defined():
    """A second one of the same name is what the name stands for."""
    source = module(functions=(function("notify", 10), function("notify", 30), function("Till.close", 50)))
    known = references(source)
    assert known.function("shop.receivers.notify")[1].line == 30
    assert known.function("shop.receivers.Till.close")[1].line == 50
    assert known.function("shop.receivers.other") is None
    assert known.function("nowhere.notify") is None


def test_a_module_is_the_longest_that_holds_the_name():
    """Packages hold modules hold names."""
    known = references(module("shop"), module("shop.signals"))
    assert known.module("shop.signals.paid").name == "shop.signals"
    assert known.module("shop.other.paid").name == "shop"
    assert known.module("other") is None


def test_a_name_alone_is_no_label():
    """Reference kinds are not mixed up."""
    assert references(models=MODELS).model(Reference(NAME, "shop.Order")) is None
