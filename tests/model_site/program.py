"""Makes, saves, relates and deletes under a recording; prints what was foretold and what happened."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import asdict
from typing import Any

import django
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import signals
from django.test.utils import CaptureQueriesContext

import signaltrace
from signaltrace.analysis.model_reach import ModelReach, Sending, model_reach
from signaltrace.facts import Facts
from signaltrace.inventory.models_read import read_models
from signaltrace.inventory.registry import read_inventory
from tests.model_site import models as zoo

SIGNALS = {
    name: getattr(signals, name)
    for name in (
        "pre_init",
        "post_init",
        "pre_save",
        "post_save",
        "pre_delete",
        "post_delete",
        "m2m_changed",
    )
}
SENDS_INIT = ("django.db.models.signals.pre_init", "django.db.models.signals.post_init")


def first(**kwargs: Any) -> None:
    """A receiver."""


def second(**kwargs: Any) -> None:
    """Another."""


async def waiting(**kwargs: Any) -> None:
    """Comes last, wherever it was connected."""
    await asyncio.sleep(0)


def third(**kwargs: Any) -> None:
    """Connected after it."""


NOTHING: list[tuple[str, Any, Any]] = []
ANY = [(name, receiver, None) for name in SIGNALS for receiver in (first, waiting, second)]
MIXED = [
    ("post_save", first, zoo.Shop),
    ("post_save", waiting, zoo.Shop),
    ("post_save", second, None),
    ("pre_save", third, zoo.Place),
    ("post_save", third, zoo.ShopProxy),
    ("post_save", first, zoo.BigShop),
    ("post_init", first, zoo.Place),
    ("pre_init", second, zoo.ShopProxy),
    ("post_delete", first, zoo.Place),
    ("pre_delete", second, zoo.Shop),
    ("pre_delete", third, zoo.ShopProxy),
    ("post_delete", third, zoo.BigShop),
    ("post_delete", first, zoo.Receipt),
    ("pre_delete", first, zoo.Digital),
    ("post_delete", second, zoo.LineNote),
    ("post_delete", third, zoo.PlaceNote),
    ("pre_delete", first, zoo.MarkProxy),
    ("pre_delete", second, zoo.Mark),
    ("post_delete", waiting, zoo.Category),
    ("post_delete", first, zoo.Part),
    ("post_delete", first, zoo.Kept),
    ("m2m_changed", first, zoo.Order.tags.through),
    ("m2m_changed", second, zoo.Order.people.through),
    ("m2m_changed", third, zoo.Order),
    ("post_delete", second, zoo.Tag),
    ("m2m_changed", first, zoo.Person.friends.through),
    ("m2m_changed", second, zoo.Person.follows.through),
]
LEAVES = [("post_delete", first, each) for each in (zoo.LineNote, zoo.Digital, zoo.Order.tags.through)]
SETS = {"nothing": NOTHING, "any": ANY, "mixed": MIXED, "leaves": LEAVES}


def shop(kind: Any = zoo.BigShop) -> Any:
    """A shop with everything that can hang on it, no row met by two ways."""
    made = kind.objects.create(name="x")
    zoo.PlaceNote.objects.create(place_id=made.pk)
    zoo.Mark.objects.create(
        content_type=ContentType.objects.get_for_model(kind, for_concrete_model=True), object_id=made.pk
    )
    order(shop_id=made.pk)
    return made


def order(**fields: Any) -> zoo.Order:
    """An order with everything but what would stop its delete."""
    made = zoo.Order.objects.create(**fields)
    made.tags.add(zoo.Tag.objects.create())
    made.hidden_tags.add(zoo.Tag.objects.create())
    zoo.Part.objects.create(order=made, person=zoo.Person.objects.create())
    zoo.LineNote.objects.create(line=zoo.Line.objects.create(order=made))
    zoo.Digital.objects.create(order=made)
    zoo.Receipt.objects.create(order=made)
    zoo.Kept.objects.create(nulled=made, defaulted=made, valued=made, called=made, left=made)
    marked(made)
    if django.VERSION >= (6, 1):
        zoo.Logged.objects.create(order=made)
    return made


def marked(made: Any) -> Any:
    """With a mark on it."""
    zoo.Mark.objects.create(content_type=ContentType.objects.get_for_model(made), object_id=made.pk)
    return made


def category() -> zoo.Category:
    """A tree of three."""
    top = zoo.Category.objects.create()
    zoo.Category.objects.create(above=zoo.Category.objects.create(above=top))
    return top


def person() -> zoo.Person:
    """With friends and orders."""
    made = zoo.Person.objects.create()
    made.friends.add(zoo.Person.objects.create())
    made.follows.add(zoo.Person.objects.create())
    zoo.Part.objects.create(order=zoo.Order.objects.create(), person=made)
    return made


def tag() -> zoo.Tag:
    """On an order."""
    made = zoo.Tag.objects.create()
    zoo.Order.objects.create().tags.add(made)
    zoo.Order.objects.create().hidden_tags.add(made)
    return made


ROOTS: dict[str, Any] = {
    "zoo.Place": lambda: zoo.Place.objects.get(pk=shop().pk),
    "zoo.Shop": lambda: zoo.Shop.objects.get(pk=shop().pk),
    "zoo.BigShop": shop,
    "zoo.ShopProxy": lambda: zoo.ShopProxy.objects.get(pk=shop().pk),
    "zoo.Order": order,
    "zoo.Line": lambda: zoo.LineNote.objects.create(line=zoo.Line.objects.create(order=order())).line,
    "zoo.Receipt": lambda: zoo.Receipt.objects.get(pk=zoo.Digital.objects.create(order=order()).pk),
    "zoo.Digital": lambda: zoo.Digital.objects.create(order=order()),
    "zoo.Category": category,
    "zoo.Person": person,
    "zoo.Tag": tag,
    "zoo.Kept": zoo.Kept.objects.create,
    "zoo.Labelled": lambda: marked(zoo.Labelled.objects.create()),
    "zoo.Thing": lambda: zoo.Thing.objects.get(pk=zoo.ThingChild.objects.create().pk),
    "zoo.ThingProxy": lambda: zoo.ThingProxy.objects.get(pk=zoo.ThingChild.objects.create().pk),
    "zoo.ThingChild": zoo.ThingChild.objects.create,
}


def watched(act: Any) -> tuple[list[list[Any]], list[str]]:
    """The model signals that were sent, as (signal, sender, receivers), and the statements."""
    with CaptureQueriesContext(connection) as queries, signaltrace.record(orphaned=True) as recording:
        act()
    found = []
    for _, span in recording.trace.walk():
        if span.signal.name.startswith("django.db.models.signals."):
            if span.receiver is None:
                found.append([span.signal.name, span.sender.name, []])
            else:
                found[-1][2].append(span.receiver.name)
    said = [each["sql"] for each in queries.captured_queries]
    return found, [each for each in said if not re.match("BEGIN|SAVEPOINT|RELEASE|COMMIT", each)]


def told(sendings: tuple[Sending, ...]) -> list[list[Any]]:
    """What was foretold, in the same words."""
    return [[each.signal, each.sender, [one.receiver.name for one in each.live]] for each in sendings]


def folded(sent: list[list[Any]]) -> list[list[Any]]:
    """Several rows of one model, one after the other, as one."""
    return [each for at, each in enumerate(sent) if not at or each != sent[at - 1]]


def without_init(sent: list[list[Any]]) -> list[list[Any]]:
    """Saves, deletes and relations alone."""
    return folded([each for each in sent if each[0] not in SENDS_INIT])


def selected(statements: list[str]) -> list[str]:
    """The tables whose rows were loaded."""
    tables = (re.match(r'SELECT .*? FROM "(\w+)"', each) for each in statements)
    return sorted({each[1] for each in tables if each})


def loaded(reach: ModelReach) -> list[str]:
    """The tables of which rows are loaded, by what was foretold. A parent's row comes with its child's."""
    made = (each.model for each in reach.deleted.reached if each.made and not each.parent)
    tables = {apps.get_model(each)._meta.db_table for each in made}
    return sorted(tables)


def case(facts: Facts, label: str) -> dict[str, Any]:
    """One model: each occasion foretold and watched."""
    model = apps.get_model(label)
    reach = model_reach(facts, label)
    made: list[Any] = []
    fields = {"name": "x"} if hasattr(model, "name") else {}
    fields |= (
        {"order": zoo.Order.objects.create()} if label in ("zoo.Line", "zoo.Receipt", "zoo.Digital") else {}
    )
    create = watched(lambda: made.append(model.objects.create(**fields)))[0]
    save = watched(made[0].save)[0]
    init = watched(lambda: model.objects.get(pk=made[0].pk))[0]
    root = ROOTS[label]()
    deleted, statements = watched(root.delete)
    root = ROOTS[label]()
    by_queryset, statements_by_queryset = watched(model.objects.filter(pk=root.pk).delete)
    foretold = without_init(told(reach.delete))
    return {
        "create": [told(reach.create), create],
        "save": [told(reach.save), save],
        "init": [told(reach.init), init],
        "delete": [foretold, without_init(deleted)],
        "delete by queryset": [[] if reach.deleted.fast else foretold, without_init(by_queryset)],
        "loaded": [loaded(reach), [each for each in selected(statements) if not parent_table(reach, each)]],
        "init of loaded": [
            sorted({each.sender for each in reach.loaded} - {"zoo.Guard", "zoo.Archived"}),  # without rows
            sorted({each[1] for each in deleted if each[0] in SENDS_INIT} - {label}),
        ],
        "slowed": sorted({each.model for each in reach.slowed}),
        "statements": len(statements),
        "statements by queryset": len(statements_by_queryset),
    }


def parent_table(reach: ModelReach, table: str) -> bool:
    """Whether only a parent is there."""
    parents = {apps.get_model(each.model)._meta.db_table for each in reach.deleted.reached if each.parent}
    return table in parents and table not in loaded(reach)


def changes(facts: Facts) -> dict[str, Any]:
    """Each relation from both sides, each way of changing it: what was foretold and what happened."""
    found = {}
    for name, label, field, other in (
        ("tags", "zoo.Order", "tags", zoo.Tag),
        ("tags from the other side", "zoo.Tag", "zoo.Order.tags", zoo.Order),
        ("written by the project", "zoo.Order", "people", zoo.Person),
        ("written, from the other side", "zoo.Person", "zoo.Order.people", zoo.Order),
        ("symmetrical", "zoo.Person", "friends", zoo.Person),
        ("with itself", "zoo.Person", "follows", zoo.Person),
        ("with itself, backwards", "zoo.Person", "zoo.Person.follows", zoo.Person),
    ):
        model = apps.get_model(label)
        (change,) = (each for each in model_reach(facts, label).changes if each.field == field)
        accessors = {
            "zoo.Order.tags": "orders",
            "zoo.Order.people": "order_set",
            "zoo.Person.follows": "followers",
        }
        one, two = model.objects.create(), other.objects.create()
        manager = getattr(one, accessors.get(field, field))
        sent = told((change.sent,))[0]
        between = [[], told(change.rows), told(change.rows)]
        for number, (way, act) in enumerate(
            (
                ("add", lambda manager=manager, two=two: manager.add(two)),
                ("remove", lambda manager=manager, two=two: manager.remove(two)),
                ("clear", lambda manager=manager, two=two: (manager.add(two), manager.clear())),
            )
        ):
            happened = [each for each in watched(act)[0] if each[0] not in SENDS_INIT]
            foretold = [sent, *between[number], sent]
            if way == "add" and not sent[2]:
                foretold = []  # Django asks first whether anybody listens
            if way == "clear":
                foretold = ([sent, sent] if sent[2] else []) + foretold
            found[f"{name}: {way}"] = [foretold, happened]
    return found


def main() -> None:
    """Everything, as JSON on one line."""
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if not model._meta.proxy:
                editor.create_model(model)
    for model in apps.get_models():
        ContentType.objects.get_for_model(model, for_concrete_model=False)
    found: dict[str, Any] = {"models": [asdict(each) for each in read_models()]}
    for name, receivers in SETS.items():
        for signal, receiver, sender in receivers:
            SIGNALS[signal].connect(receiver, sender=sender, weak=False)
        facts = Facts(inventory=read_inventory(), models=read_models())
        found[name] = {label: case(facts, label) for label in ROOTS}
        found[f"{name}: changes"] = changes(facts)
        for signal, receiver, sender in receivers:
            assert SIGNALS[signal].disconnect(receiver, sender=sender)
    json.dump(found, sys.stdout)
