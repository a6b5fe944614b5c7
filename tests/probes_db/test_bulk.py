"""Writes that send no signal, or another one: the same rows, numbers and statements on every database."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from tests.probes_db.facts import bypassed
from tests.probes_db.running import Refused, Run, author, heard, same
from tests.probes_db.worlds import World
from tests.testapp.models import Author, Book, Tag


def shown(objects: list[Any]) -> list[tuple[Any, ...]]:
    """Instances as they were left: whether they have a number, and what Django knows of them."""
    return [(each.pk, each.name, each._state.adding, each._state.db) for each in objects]


def test_bulk_create(world: World) -> None:
    """The list given is the list returned, numbered; in batches, for no rows, for twins."""

    def program(run: Run) -> None:
        heard(run)
        given = [Author(name=name) for name in "abc"]
        made = Author.objects.bulk_create(given, batch_size=2)
        run.add("made", made is given, shown(made))
        run.add("none", Author.objects.bulk_create([]))
        with run.caught("size", ValueError):
            Author.objects.bulk_create([Author(name="d")], batch_size=-1)
        with run.caught("twins", IntegrityError):
            Tag.objects.bulk_create([Tag(name="t"), Tag(name="t")])
        run.add("elsewhere", shown(Author.objects.using("other").bulk_create([Author(pk=1, name="o")])))

    assert bypassed(same(world, program)) == [
        "bulk_create Author 3 receiver",
        "bulk_create Author 1 receiver",
    ]


def test_bulk_create_over_what_is_there(world: World) -> None:
    """`ignore_conflicts` and `update_conflicts`: which rows are written, and which objects get numbers."""

    def program(run: Run) -> None:
        heard(run)
        Tag.objects.create(pk=1, name="t")
        ignored = Tag.objects.bulk_create([Tag(name="t"), Tag(name="u")], ignore_conflicts=True)
        run.add("ignored", shown(ignored))
        updated = Tag.objects.bulk_create(
            [Tag(pk=1, name="v"), Tag(pk=70, name="w")],
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=["name"],
        )
        run.add("updated", shown(updated))
        run.add("names", sorted(Tag.objects.values_list("name", flat=True)))

    assert bypassed(same(world, program)) == ["bulk_create Tag 2 receiver"] * 2


def test_updates(world: World) -> None:
    """`update` and `bulk_update` say how many rows; of nothing, by expression, in a receiver."""

    def program(run: Run) -> None:
        heard(run)
        for pk in (1, 2, 3):
            author(pk)

        def follow(instance: Any, **kwargs: Any) -> None:
            run.add("within", Author.objects.filter(pk__lt=instance.pk).update(name=instance.name))

        run.hear(post_save, follow, Tag)
        Tag.objects.create(pk=3, name="t")
        run.add("expression", Author.objects.update(id=F("id") + 10))
        run.add("none", Author.objects.none().update(name="x"), Author.objects.filter(pk=99).update(name="x"))
        held = list(Author.objects.order_by("pk"))
        for each in held:
            each.name = "bulk"
        run.add("bulk", Author.objects.bulk_update(held, ["name"], batch_size=2))
        run.add("bulk of none", Author.objects.bulk_update([], ["name"]))
        with run.caught("refused", ValueError):
            Author.objects.bulk_update(held, [])

    assert bypassed(same(world, program)) == [
        "update Author 2 receiver",
        "update Author 3 receiver",
        "bulk_update Author 3 receiver",
    ]


@pytest.mark.parametrize("heard_of", ["nothing", "books", "everything"])
def test_deletes(world: World, heard_of: str) -> None:
    """A fast delete where nobody hears of it, a slow one where somebody does: counts and statements."""

    def program(run: Run) -> None:
        def gone(instance: Any, **kwargs: Any) -> None:
            run.state(f"{type(instance).__name__} {instance.pk}")

        if heard_of != "nothing":
            for signal in (pre_delete, post_delete):
                run.hear(signal, gone, Book if heard_of == "books" else None)
        for pk in (1, 2, 3):
            Book.objects.create(pk=pk, title=f"B{pk}", author=author(pk)).tags.create(pk=pk, name=f"T{pk}")
        run.add("one", author(9).delete())
        run.add("cascade", Author.objects.get(pk=1).delete())
        run.add("many", Author.objects.filter(pk__gt=1).delete())
        run.add("raw", Tag.objects.filter(pk=1)._raw_delete("default"))
        run.add("none", Tag.objects.none().delete())

    assert bypassed(same(world, program)) == ["_raw_delete Tag 1" + " gone" * (heard_of == "everything")]


def test_relations(world: World) -> None:
    """Many-to-many rows are written in bulk, with a signal of their own, in a block of their own."""

    def program(run: Run) -> None:
        def changed(action: str, pk_set: set[int] | None, using: str, **kwargs: Any) -> None:
            run.add("changed", action, sorted(pk_set or ()))
            run.state("changed", using)

        run.hear(m2m_changed, changed, Book.tags.through)
        book = Book.objects.create(pk=1, title="B", author=author(1))
        tags = [Tag.objects.create(pk=pk, name=f"T{pk}") for pk in (1, 2, 3)]
        book.tags.add(*tags)
        book.tags.set(tags[:1])
        with run.caught("outside", Refused), transaction.atomic():
            tags[2].books.add(book)
            raise Refused
        book.tags.clear()

    assert bypassed(same(world, program)) == []


def test_async_forms(world: World) -> None:
    """`acreate`, `abulk_create`, `aupdate` and the rest give and write what their sync forms do."""

    def program(run: Run) -> None:
        heard(run)

        async def main() -> None:
            run.add("create", (await Author.objects.acreate(pk=1, name="a")).pk)
            made = await Author.objects.abulk_create([Author(pk=2, name="b"), Author(pk=3, name="c")])
            run.add("bulk create", shown(made))
            made[0].name = "d"
            run.add("bulk update", await Author.objects.abulk_update(made, ["name"]))
            run.add("update", await Author.objects.filter(pk=3).aupdate(name="e"))
            run.add("or", await Author.objects.aupdate_or_create(pk=3, defaults={"name": "f"}))
            run.add("delete", await Author.objects.filter(pk=2).adelete())
            run.add("names", [each.name async for each in Author.objects.order_by("pk")])
            book = await Book.objects.acreate(pk=1, title="B", author_id=1)
            await book.tags.aadd(await Tag.objects.acreate(pk=1, name="t"))
            await book.tags.aclear()

        async_to_sync(main)()

    assert bypassed(same(world, program)) == [
        "bulk_create Author 2 receiver",
        "bulk_update Author 2 receiver",
        "update Author 1 receiver",
    ]


def test_bulk_writes_that_are_taken_back(world: World) -> None:
    """In blocks that roll back nothing of them stays, and the objects keep what Django gave them."""

    def program(run: Run) -> None:
        heard(run)
        with transaction.atomic():
            author(1)
            with run.caught("inner", Refused), transaction.atomic():
                run.add("made", shown(Author.objects.bulk_create([Author(pk=2, name="b")])))
                run.add("updated", Author.objects.update(name="x"))
                run.add("deleted", Author.objects.filter(pk=1).delete())
                raise Refused
            with run.caught("twins", IntegrityError), transaction.atomic():
                Tag.objects.bulk_create([Tag(name="t"), Tag(name="t")])
            run.add("kept", list(Author.objects.values_list("name", flat=True)))

    assert bypassed(same(world, program)) == [
        "bulk_create Author 1 receiver",
        "update Author 2 receiver",
    ]
