"""Receivers that keep the index: one behind a decorator, one that asks the database for every row."""

from functools import wraps

from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.models import Book
from shop.signals import order_paid

from .models import IndexEntry

FRONT_PAGE = 12


def unless_raw(function):
    """Leave out what loaddata saves: its related rows may not be there yet."""

    @wraps(function)
    def inner(sender, raw=False, **kwargs):
        return None if raw else function(sender=sender, **kwargs)

    return inner


@receiver(post_save, sender=Book)
@unless_raw
def index_book(sender, instance, **kwargs):
    """Keep the words of a saved book."""
    words = f"{instance.title} {instance.publisher.name}".lower()
    IndexEntry.objects.update_or_create(book=instance, defaults={"words": words})


@receiver(order_paid)
def rank_sold_books(sender, order, **kwargs):
    """Pitfall, N+1: two queries for each book on the front page, where select_related and Count would do."""
    ranks = {}
    for book in Book.objects.order_by("pk")[:FRONT_PAGE]:
        ranks[book.pk] = (book.publisher.name, book.tags.count())
    return ranks
