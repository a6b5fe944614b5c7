"""What runs for a model, foretold from data: the same as happens, on SQLite, in a process of its own."""

from dataclasses import replace
from typing import Any

import pytest

from signaltrace.analysis.deletes import FAST, LOADED, follow
from signaltrace.analysis.model_reach import find_model, model_reach
from signaltrace.connections import Inventory
from signaltrace.declarations import FUNCTION, METHOD
from signaltrace.errors import SignaltraceError
from signaltrace.facts import Facts
from signaltrace.model_map import ModelInfo, Related
from tests.inventory.samples import connected, connection
from tests.model_site.running import results
from tests.views.reach_samples import POST_DELETE, POST_INIT, POST_SAVE, shop

SETS = ("nothing", "any", "mixed", "leaves")
OCCASIONS = ("create", "save", "init", "delete", "delete by queryset", "loaded", "init of loaded")
FEWER = (
    "zoo.Order",
    "zoo.Person",
    "zoo.Place",
    "zoo.Shop",
    "zoo.BigShop",
    "zoo.ShopProxy",
    "zoo.Line",
    "zoo.Tag",
)


def cases(receivers: str) -> dict[str, Any]:
    return dict(results()[receivers])


@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("receivers", SETS)
def test_what_was_foretold_happened(receivers: str, occasion: str) -> None:
    """Which models sent what, in which order, which receivers ran, whose rows were loaded: for each model."""
    found = cases(receivers)
    assert len(found) == 16
    assert {label: case[occasion][1] for label, case in found.items()} == {
        label: case[occasion][0] for label, case in found.items()
    }


@pytest.mark.parametrize("receivers", SETS)
def test_changes_of_relations_were_foretold(receivers: str) -> None:
    """From both sides, through a model of Django's and of the project's, with itself."""
    found = results()[f"{receivers}: changes"]
    assert len(found) == 21
    assert {way: happened for way, (_, happened) in found.items()} == {
        way: foretold for way, (foretold, _) in found.items()
    }


def test_the_experiment_had_something_to_show() -> None:
    """Receivers ran, async ones last; a child's delete sent for its parents, its save did not."""
    first, waiting, second, third = (
        f"tests.model_site.program.{name}" for name in ("first", "waiting", "second", "third")
    )
    mixed = cases("mixed")
    signal = "django.db.models.signals."
    assert mixed["zoo.Shop"]["save"][1] == [
        [f"{signal}pre_save", "zoo.Shop", []],
        [f"{signal}post_save", "zoo.Shop", [first, second, waiting]],
    ]
    assert mixed["zoo.ShopProxy"]["save"][1][1] == [f"{signal}post_save", "zoo.ShopProxy", [second, third]]
    deleted = mixed["zoo.BigShop"]["delete"][1]
    assert [each for each in deleted if each[1] in ("zoo.Place", "zoo.Shop") and each[2]] == [
        [f"{signal}pre_delete", "zoo.Shop", [second]],
        [f"{signal}post_delete", "zoo.Place", [first]],
    ]
    assert [f"{signal}pre_delete", "zoo.ShopProxy", [third]] in mixed["zoo.ShopProxy"]["delete"][1]


@pytest.mark.parametrize("label", FEWER)
def test_lost_fast_deletes_cost_statements(label: str) -> None:
    """Each model said to be slowed is one SELECT more than without receivers, and no other is."""
    for receivers in SETS:
        case, bare = cases(receivers)[label], cases("nothing")[label]
        loaded, before = set(case["loaded"][1]), set(bare["loaded"][1])
        tables = {each.replace(".", "_").lower().replace("markproxy", "mark") for each in case["slowed"]}
        assert loaded - before == tables
        assert bare["slowed"] == []
        assert (case["statements"] > bare["statements"]) == bool(case["slowed"])


def test_a_root_that_would_be_fast_is_told() -> None:
    """A queryset's delete takes one statement, or loads first because of a receiver."""
    assert cases("nothing")["zoo.Kept"]["statements by queryset"] == 1
    assert cases("mixed")["zoo.Kept"]["statements by queryset"] == 2
    assert cases("mixed")["zoo.Kept"]["slowed"] == ["zoo.Kept"]


def test_senders_are_told_apart_by_identity() -> None:
    """A receiver of the parent is not the child's: it is named as what does not run."""
    reach = model_reach(shop(), "shop.Ebook")
    names = [one.receiver.name for each in reach.save for one in each.live]
    assert names == ["audit.log_save", "shop.receivers.pack"]
    assert [(each.relative, each.kinship, each.signal) for each in reach.unheard] == [
        ("shop.Book", "parent", POST_INIT),
        ("shop.Book", "parent", POST_SAVE),
    ]


@pytest.mark.parametrize(("kind", "told"), [(FUNCTION, False), (METHOD, True)])
def test_what_is_connected_for_a_parent_and_runs_all_the_same_is_not_told_as_idle(kind, told) -> None:
    """A function that is connected for both runs for the child; a method may be another object's."""
    both = [
        replace(connection("shop.receivers.count", label, order=at), kind=kind)
        for at, label in enumerate(("shop.Book", "shop.Ebook"), 1)
    ]
    book = ModelInfo("shop.Book", "shop.models.Book", children=("shop.Ebook",))
    ebook = ModelInfo("shop.Ebook", "shop.models.Ebook", parents=("shop.Book",))
    facts = Facts(Inventory((connected(POST_SAVE, *both),)), models=(book, ebook))
    assert bool(model_reach(facts, "shop.Ebook").unheard) is told


def test_the_order_is_counted_anew_and_the_dead_have_none() -> None:
    """What runs third of all may be the first for this model."""
    reach = model_reach(shop(), "shop.Order")
    sent = {each.signal: each for each in reach.save}[POST_SAVE]
    assert [(each.order, each.receiver.name) for each in sent.connections] == [
        (1, "shop.receivers.keep_total"),
        (0, "shop.receivers.lost"),
        (2, "audit.log_save"),
        (3, "shop.mail.thank"),
    ]
    assert [each.order for each in sent.live] == [1, 2, 3]


def test_a_dead_receiver_slows_nothing() -> None:
    """Django does not count it as one that listens."""
    leaf = ModelInfo("a.Leaf", "a.Leaf")
    for alive in (True, False):
        inventory = Inventory((connected(POST_DELETE, connection("a.gone", "a.Leaf", alive=alive)),))
        reach = model_reach(Facts(inventory=inventory, models=(leaf,)), "a.Leaf")
        assert (reach.deleted.slowed, reach.deleted.fast) == (alive, not alive)


def test_models_that_point_at_each_other_end() -> None:
    """Where no order would do, Django keeps that in which it met them."""
    models = {
        "a.A": ModelInfo("a.A", "a.A", related=(Related("a.B", "a", "CASCADE", to="a.A"),)),
        "a.B": ModelInfo("a.B", "a.B", related=(Related("a.A", "b", "CASCADE", to="a.B"),)),
    }
    deleted = follow("a.A", models, lambda model: False)
    assert deleted.order == ("a.A", "a.B")
    assert [(each.through, each.how, each.again) for each in deleted.reached] == [
        ("a.B.a", LOADED, False),
        ("a.A.b", LOADED, True),
    ]


def test_a_relation_to_a_model_nobody_knows_is_no_obstacle() -> None:
    """A model may be gone from the registry; its rows are not said to be fast."""
    models = {"a.A": ModelInfo("a.A", "a.A", related=(Related("a.Gone", "a", "CASCADE", to="a.A"),))}
    assert [each.how for each in follow("a.A", models, lambda model: False).reached] == [LOADED]
    assert FAST not in {each.how for each in follow("a.Gone", models, lambda model: False).reached}


@pytest.mark.parametrize("name", ["shop.Order", "SHOP.ORDER", "order", "shop.models.Order", " Order "])
def test_a_model_by_any_of_its_names(name: str) -> None:
    """Label, dotted name, or the class name where one model alone has it; in any case."""
    assert find_model(shop(), name).label == "shop.Order"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shop.Ordr", "no model is called 'shop.Ordr'; the closest is shop.Order"),
        ("zzzzzz", "no model is called 'zzzzzz'; --model takes a label such as shop.Order"),
        ("", "no model is called ''; --model takes a label such as shop.Order"),
        ("tag", "several models are called 'tag'; say which: news.Tag, shop.Tag"),
    ],
)
def test_a_model_there_is_not(name: str, message: str) -> None:
    """One line that names the nearest, or those that share the name."""
    with pytest.raises(SignaltraceError) as caught:
        model_reach(shop(), name)
    assert str(caught.value) == message


def test_a_swapped_model_has_nothing_run() -> None:
    """What is connected for it is told as what does not run."""
    reach = model_reach(shop(), "auth.User")
    assert (reach.init, reach.save, reach.delete, reach.changes) == ((), (), (), ())
    assert [(each.relative, each.kinship) for each in reach.unheard] == [("auth.User", "swapped out")]


def test_a_through_model_shows_the_field_it_serves() -> None:
    """It is the sender of m2m_changed, and of none of the signals of save and delete."""
    reach = model_reach(shop(), "shop.Book_tags")
    assert [(each.field, each.sent.sender) for each in reach.changes] == [
        ("shop.Book.tags", "shop.Book_tags")
    ]
    assert (reach.save, reach.delete) == ((), ())
