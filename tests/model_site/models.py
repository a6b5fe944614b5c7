"""Models related in every way: parents, proxies, through models, each on_delete, generic, swapped."""

from __future__ import annotations

import django
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Saving(models.Model):
    """An abstract base with a save of its own."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        """Django's."""
        super().save(*args, **kwargs)


class Deleting:
    """A mixin that is no model."""

    async def adelete(self, *args, **kwargs):
        """Django's."""
        return await super().adelete(*args, **kwargs)  # type: ignore[misc]


class Mark(models.Model):
    """What can be put on anything."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveIntegerField()
    content_object = GenericForeignKey()


class MarkProxy(Mark):
    """Only to see that a proxy of it sends on its own."""

    class Meta:
        proxy = True


class Place(models.Model):
    """The parent of all that have an address."""

    name = models.CharField(max_length=50)


class Shop(Saving, Place):
    """A child with a proxy and a child of its own."""

    marks = GenericRelation(Mark)


class ShopProxy(Shop):
    """A proxy."""

    class Meta:
        proxy = True


class ShopProxyProxy(ShopProxy):
    """A proxy of the proxy."""

    class Meta:
        proxy = True


class BigShop(Shop):
    """A grandchild."""

    floors = models.IntegerField(default=1)


class PlaceNote(models.Model):
    """Points at the parent: it goes with the children, too."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+")


class Tag(models.Model):
    """A leaf that is only related by many-to-many."""


class Person(Deleting, models.Model):
    """Friends are symmetrical, followers are not."""

    friends = models.ManyToManyField("self")
    follows = models.ManyToManyField("self", symmetrical=False, related_name="followers")


class Order(models.Model):
    """What most is about."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag, related_name="orders")
    hidden_tags = models.ManyToManyField(Tag, related_name="+")
    people = models.ManyToManyField(Person, through="Part")
    marks = GenericRelation(MarkProxy)


class Part(models.Model):
    """A through model that the project wrote."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)


class Line(models.Model):
    """Has children of its own: it is never deleted fast."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")


class LineNote(models.Model):
    """A leaf two steps down."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE)


class Receipt(models.Model):
    """A leaf one step down, that any delete signal slows."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE)


class Digital(Receipt):
    """A child that is met through its parent's key."""


class Kept(models.Model):
    """Is set to NULL, to a default, to a value; left alone."""

    nulled = models.ForeignKey(Order, on_delete=models.SET_NULL, null=True, related_name="+")
    defaulted = models.ForeignKey(Order, models.SET_DEFAULT, default=None, null=True, related_name="+")
    valued = models.ForeignKey(Order, models.SET(None), null=True, related_name="+")
    called = models.ForeignKey(Order, models.SET(lambda: None), null=True, related_name="+")
    left = models.ForeignKey(Order, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)


class Guard(models.Model):
    """Stops the delete of an order, one way or the other."""

    protected = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+")
    restricted = models.ForeignKey(Order, models.RESTRICT, null=True, related_name="+")


def archive(collector, field, sub_objs, using):
    """An on_delete of the project's own."""


class Archived(models.Model):
    """Nobody can tell what becomes of it."""

    order = models.ForeignKey(Order, archive, null=True, related_name="+")


class Category(models.Model):
    """A tree, within which a delete goes on."""

    above = models.ForeignKey("self", models.CASCADE, null=True)


class Labelled(models.Model):
    """Nothing but a GenericRelation keeps its delete from being one statement."""

    marks = GenericRelation(Mark)


class Thing(models.Model):
    """A parent that is met through a proxy."""


class ThingProxy(Thing):
    """A proxy that has a child."""

    class Meta:
        proxy = True


class ThingChild(ThingProxy):
    """A child of what the proxy stands for."""

    size = models.IntegerField(default=1)


class Keeper(models.Model):
    """Swapped out."""

    class Meta:
        swappable = "ZOO_KEEPER_MODEL"


class OtherKeeper(models.Model):
    """Stands in its place."""


if django.VERSION >= (6, 1):

    class Logged(models.Model):
        """The database deletes it."""

        order = models.ForeignKey(Order, models.DB_CASCADE, null=True, related_name="+")
